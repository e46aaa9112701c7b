"""The history behind the screens: read and changed in a thread of its own, so that no disk holds up a key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tui import paths
from tui.records import ModelSummary, RunRecord
from tui.records.entries import RunEntry, RunFilter
from tui.workspace.session import summarize

if TYPE_CHECKING:
    from tui.store.history import History
    from tui.store.runs import Runs

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunListing:
    """The runs that were asked for, and how many there are."""

    entries: Sequence[RunEntry] = ()
    kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRun:
    """A run whole, with its rows, and the history that has what else is kept of it."""

    file: Path
    run: RunRecord
    rows: tuple[ModelSummary, ...]


class Archive:
    """One connection, and the one thread that it is used from. A file that is not there yet is not made."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._history: History | None = None
        self._runs: Runs | None = None
        self._seen: tuple[int, int] | None = None

    async def listing(self, asked: RunFilter) -> RunListing:
        """The wanted runs.

        Raises:
            HistoryError: here and below, with one sentence for the user.
        """

        def ask() -> RunListing:
            runs = self._open()
            if runs is None:
                return RunListing()
            return RunListing(entries=runs.entries(asked), kept=runs.count(RunFilter(without=asked.without)))

        return await self._do(ask)

    async def opened(self, run_id: str) -> OpenedRun:
        """A run with its samples, and what they come to."""

        def ask() -> OpenedRun:
            self._open()
            assert self._history is not None
            run = self._history.run(run_id)
            return OpenedRun(file=self._file, run=run, rows=summarize(run))

        return await self._do(ask)

    async def change(self, do: Callable[[Runs], None]) -> None:
        """Have something changed beside the samples."""

        def ask() -> None:
            runs = self._open()
            if runs is not None:
                do(runs)

        await self._do(ask)

    async def has_changed(self) -> bool:
        """Whether somebody has written to the file since this was asked last."""

        def ask() -> bool:
            self._open()
            before = self._seen
            self._seen = None if self._history is None else self._history.database.changes_of_others
            return self._seen != before

        return await self._do(ask)

    async def close(self) -> None:
        """Close the file, and end the thread."""

        def end() -> None:
            if self._history is not None:
                self._history.close()

        await self._do(end)
        self._thread.shutdown(wait=False)

    async def _do(self, ask: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, ask)

    def _open(self) -> Runs | None:
        if self._runs is None and paths.exists(self._file):
            # Imported here: the first frame needs no database.
            from tui.probes import host
            from tui.store.history import History
            from tui.store.runs import Runs

            self._history = History(self._file)
            self._runs = Runs(self._history.database, host.owner_lives)
        return self._runs
