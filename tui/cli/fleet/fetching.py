"""A machine of a fleet downloads the models of a plan that it lacks, each from its own catalogue."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import click

from tui.bench.fleet import wire
from tui.cli.fleet.measuring import Work, offered, read_work, serve, wait_for_end_of_stdin
from tui.cli.library.download import progress_line
from tui.cli.shared.options import Refused
from tui.console import Console
from tui.library.foundry_library import FoundryLibrary
from tui.library.protocol import LibraryError
from tui.records import Model, RunStatus
from tui.records.fleet.plan import PlannedModel
from tui.records.library import DownloadState
from tui.text import units
from tui.workspace.library import open_library

_TELL_EVERY_S: Final = 2.0
Send = Callable[[wire.Line], None]


def fetch(ctx: click.Context, plan_file: Path, most_bytes: int, console: Console) -> int:
    """Download what is missing, and tell how far that is."""

    def answer(send: Send) -> None:
        work = read_work(ctx, plan_file, console)
        missing = [content.key for content in work.plan.contents if content.missing]
        planned = [model for model in work.asked.models if model.key in missing]
        asyncio.run(_fetch(work, planned, most_bytes, send))
        send(wire.EndLine(status=RunStatus.DONE))

    return serve(answer)


async def _fetch(work: Work, planned: Sequence[PlannedModel], most_bytes: int, send: Send) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    end = partial(loop.call_soon_threadsafe, stop.set)
    threading.Thread(target=wait_for_end_of_stdin, args=(end,), daemon=True).start()
    async with open_library(work.places) as library:
        offers = {model.key: await _offered(library, model) for model in planned}
        models = [model for model in offers.values() if model is not None]
        wanted = sum(model.size_bytes or 0 for model in models)
        if wanted > most_bytes:
            raise Refused(
                f"the download would be {units.size(wanted)}, and this machine takes {units.size(most_bytes)}; let it "
                "join with a larger --take-models."
            )
        try:
            keys = [library.download(model).key for model in models]
        except LibraryError as error:
            raise Refused(str(error)) from error
        problems = await _watch(library, keys, stop, send)
        problems += [f"{key}: its catalogue does not offer it" for key, model in offers.items() if model is None]
    if problems:
        raise Refused(f"{'; '.join(problems)}.")


async def _offered(library: FoundryLibrary, planned: PlannedModel) -> Model | None:
    """Find a model among those that are offered; the catalogue is asked if it is not known there."""
    model = offered(planned, library.listing().models)
    return model or offered(planned, (await library.refresh()).models)


async def _watch(library: FoundryLibrary, keys: Sequence[str], stop: asyncio.Event, send: Send) -> list[str]:
    """Follow the downloads to their end, and give what went wrong; what has arrived when they are stopped is kept."""
    while True:
        downloads = [download for download in library.downloads if download.key in keys]
        active = [download for download in downloads if download.active]
        if not active or stop.is_set():
            for download in active:
                library.pause(download.key)
            unfinished = (one for one in downloads if one.state is not DownloadState.DONE)
            return [f"{one.key}: {one.note or one.state.value}" for one in unfinished]
        send(wire.StepLine(text="   ".join(progress_line(download) for download in active)))
        try:
            async with asyncio.timeout(_TELL_EVERY_S):
                await stop.wait()
        except TimeoutError:
            continue
