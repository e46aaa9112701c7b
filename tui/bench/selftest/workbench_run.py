"""Measure streams with the workbench itself while it draws four of them, to see what drawing adds to the times."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui import paths
from tui.bench.selftest.cases import BY_NAME, DRAWN, Transport
from tui.bench.selftest.evaluation import CaseReading
from tui.bench.selftest.measurement import (
    SelftestError,
    paired_readings,
    reference_server,
    server_model,
    truth_file,
    wire_model,
)
from tui.bench.selftest.playback import play_id
from tui.bench.selftest.terminal import Terminal
from tui.engines.process.environment import child_environment
from tui.records import Model, Prompt, Sample
from tui.store.history import History

_NAMES: Final = ("column-1", "column-2", "column-3", "column-4")
TIMES: Final = 3
SIZE: Final = (160, 50)
_LIMIT_S: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbenchRun:
    """The readings that the workbench measured, and the amount that it drew meanwhile."""

    transport: Transport
    readings: tuple[CaseReading, ...]
    frames: int
    written_bytes: int


def models(urls: Sequence[str]) -> tuple[Model, ...]:
    """A model for each column: one on each server, or, if no addresses are given, one with a child process each."""
    if urls:
        return tuple(server_model(url, name) for url, name in zip(urls, _NAMES, strict=True))
    return tuple(wire_model(name) for name in _NAMES)


def prompts(times: int) -> tuple[Prompt, ...]:
    """The prompts of the run in order. The first one meets the models cold and is not counted."""
    plays = [play_id(BY_NAME["every-20-ms"], 0), *(play_id(DRAWN, number) for number in range(1, times + 1))]
    return tuple(Prompt(id=play, text=play) for play in plays)


async def run_workbench(
    transport: Transport, workbench: Sequence[str], folder: Path, times: int = TIMES
) -> WorkbenchRun:
    """Let the workbench stream into four columns in a terminal of its own, and read the samples from its history.

    ``workbench`` is the command that opens it. Its arguments are the folder, the number of counted prompts, and the
    addresses of the servers.

    Raises:
        SelftestError: the workbench failed or was not done in time.
    """
    files = [truth_file(folder, name) for name in _NAMES]
    async with AsyncExitStack() as stack:
        urls: list[str] = []
        if transport is Transport.SERVER:
            urls = [(await stack.enter_async_context(reference_server(file))).url for file in files]
        environment = {**child_environment(), paths.HOME_VARIABLE: str(folder), "TEXTUAL_ANIMATIONS": "none"}
        columns, rows = SIZE
        terminal = Terminal((*workbench, str(folder), str(times), *urls), environment, columns=columns, rows=rows)
        stack.callback(terminal.close)
        try:
            async with asyncio.timeout(_LIMIT_S):
                status = await asyncio.to_thread(terminal.wait)
        except TimeoutError:
            raise SelftestError(f"the workbench that should draw was not done after {_LIMIT_S:g} s") from None
    if status != 0:
        raise SelftestError(f"the workbench that should draw ended with {status}: {terminal.last_output!r}")
    samples = await asyncio.to_thread(_saved_samples, folder)
    readings = tuple(paired_readings(transport, samples, files))
    return WorkbenchRun(
        transport=transport, readings=readings, frames=terminal.frames, written_bytes=terminal.written_bytes
    )


def history_file(folder: Path) -> Path:
    """The history file of the workbench that draws."""
    return folder / "history.sqlite3"


def _saved_samples(folder: Path) -> list[Sample]:
    history = History(history_file(folder))
    try:
        return [sample for run in history.latest() for sample in history.run(run.run_id).samples]
    finally:
        history.close()
