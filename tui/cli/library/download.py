"""``benchtop download``: downloads models of the public catalogue to this machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from tui.cli.library.models import tell_of_refresh
from tui.cli.shared.options import Refused, refusals, set_up
from tui.cli.shared.values import cache_option, completing, config_option
from tui.console import Console, ExitCode, process_console
from tui.engines.foundry import providers
from tui.library.foundry_library import FoundryLibrary
from tui.library.inventory import ModelPlaces
from tui.library.model_names import UnknownModel, matching
from tui.records import Model, ModelPurpose, ModelState
from tui.records.library import Download, DownloadState
from tui.text import units
from tui.workspace.library import open_library

_LOG_EVERY_S: Final = 10.0
_DEVICES: Final = ("gpu", "npu", "cpu")


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=completing("all_models"))
@click.option("--at", metavar="HH:MM", help="Wait until the clock shows this time of day.")
@cache_option
@config_option
@click.pass_context
def command(
    ctx: click.Context, *, config_folder: Path | None, cache_folder: Path | None, names: tuple[str, ...], at: str | None
) -> int:
    """Download models, two at once; progress goes to stderr.

    Stop it with Ctrl-C whenever you like: what arrived is kept, and the same command goes on from there. A model whose
    files are broken is removed and downloaded anew.

    \b
    benchtop download phi-4-mini mistral-7b@gpu
    benchtop download mistral-7b --at 02:00
    """
    console = process_console()
    places = set_up(ctx, config_folder, console, cache_folder).places
    try:
        return asyncio.run(_download(places, names, at, console))
    except KeyboardInterrupt:
        console.say("Stopped. What arrived is kept; the same command goes on from there.")
        return ExitCode.INTERRUPTED


async def _download(places: ModelPlaces, names: Sequence[str], at: str | None, console: Console) -> int:
    async with open_library(places) as library:
        with refusals():
            keys: list[str] = []
            for model in await _choose(library, names, console):
                if model.note and (model.purpose is not ModelPurpose.TEXT or providers.lacking_provider(model)):
                    console.say(f"{model.key}: {model.note}.")
                if model.is_complete:
                    console.say(f"{model.key} is here already.")
                elif model.state is ModelState.BROKEN:
                    console.say(f"{model.key}: {model.note}. Doing that now.")
                    keys.append((await library.repair(model)).key)
                else:
                    keys.append(library.download(model, at=at).key)
        try:
            await _watch(library, keys, console)
        finally:
            for download in library.downloads:
                if download.active:
                    library.pause(download.key)
        failed = any(download.state is not DownloadState.DONE for download in library.downloads)
        return ExitCode.MODEL_FAILED if failed else ExitCode.DONE


async def _choose(library: FoundryLibrary, names: Sequence[str], console: Console) -> list[Model]:
    """Choose the build of each name. The catalogue is asked if a name is unknown, or if it was never asked before."""
    models = library.listing().models
    try:
        if library.listing().as_of is not None:
            return [_build(name, models, console) for name in names]
    except (UnknownModel, Refused):
        pass
    console.status("asking the catalogue")
    listing = await library.refresh()
    tell_of_refresh(listing, console)
    problem = listing.problem if listing.as_of is None else ""
    builds = (_build(name, listing.models, console, problem) for name in names)
    return list({model.key: model for model in builds}.values())


def _build(name: str, models: Sequence[Model], console: Console, problem: str = "") -> Model:
    """Choose the build that is here already, else one that is half here, else the one that the runtime would choose.

    A build whose provider cannot be had on this machine comes after the others.
    """
    named = matching(name, models, console.say)
    builds = [model for model in named if model.catalog is not None or model.is_complete]
    if not builds and problem:
        raise Refused(f"{name} cannot be downloaded now: {problem}, and no list from before is on this machine.")
    if not builds:
        reason = next((model.note for model in named if model.note), "the catalogue does not list it")
        raise Refused(f"{name} cannot be downloaded: {reason.rstrip('.')}.")
    complete = (ModelState.READY, ModelState.NO_PROVIDER, ModelState.NOT_TEXT)
    states = (*complete, ModelState.PARTIAL, ModelState.BROKEN, ModelState.AVAILABLE)

    def rank(model: Model) -> tuple[int, bool, int, int]:
        device = (model.variant or "").partition(":")[0].rpartition("-")[2]
        version = model.catalog.version or 0 if model.catalog else 0
        return (
            states.index(model.state) if model.state in states else len(states),
            providers.can_never_run(model),
            _DEVICES.index(device) if device in _DEVICES else len(_DEVICES),
            -version,
        )

    return min(builds, key=rank)


async def _watch(library: FoundryLibrary, keys: Sequence[str], console: Console) -> None:
    """Show the progress of the downloads until none of them is active."""
    changed = asyncio.Event()
    library.on_change(changed.set)
    told_states: dict[str, tuple[DownloadState, str]] = {}
    logged_s = time.monotonic()
    while True:
        downloads = [download for download in library.downloads if download.key in keys]
        for download in downloads:
            state = (download.state, download.note)
            if told_states.get(download.key) != state:
                told_states[download.key] = state
                _tell_state(download, console)
        active = [download for download in downloads if download.active]
        if not active:
            return
        running = (download for download in active if download.state is not DownloadState.WAITING)
        line = "   ".join(progress_line(download) for download in running)
        if console.has_terminal:
            console.status(line)
        elif line and time.monotonic() - logged_s >= _LOG_EVERY_S:
            logged_s = time.monotonic()
            console.say(line)
        await changed.wait()
        changed.clear()


def _tell_state(download: Download, console: Console) -> None:
    match download.state:
        case DownloadState.RUNNING:
            console.say(f"{download.key}: downloading {units.size(download.total_bytes)}")
        case DownloadState.DONE:
            console.say(f"{download.key}: done, {units.size(download.done_bytes)}")
        case DownloadState.WAITING:
            if download.note:
                console.say(f"{download.key}: {download.note}")
        case _:
            console.say(f"{download.key}: {download.state.value}: {download.note}")


def progress_line(download: Download) -> str:
    """Write the progress, such as ``phi-4-mini@cpu 42 %, 1.20 of 2.90 GiB, 12.3 MiB/s, about 2 min 20 s left``."""
    total = download.total_bytes
    parts = [
        f"{download.key} {units.percent(download.done_bytes / total if total else None)}",
        f"{units.size(download.done_bytes)} of {units.size(total)}",
    ]
    if download.rate_bytes_s is not None:
        parts.append(f"{units.size(download.rate_bytes_s)}/s")
    if download.left_s is not None:
        parts.append(f"about {units.clock(max(1.0, download.left_s))} left")
    return ", ".join(parts)
