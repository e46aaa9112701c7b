"""The history behind the screens, read and changed in a thread of its own so that no slow disk holds up a key press."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tui import paths
from tui.probes import host
from tui.records import ModelSummary, RunEntry, RunFilter, RunRecord
from tui.store.history import History
from tui.store.runs import Runs
from tui.workspace.session import summarize

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunListing:
    """The runs that pass a filter, and how many the history has without it."""

    entries: Sequence[RunEntry] = ()
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRun:
    """A run with its samples and its rows, and the history file that has its memory readings."""

    file: Path
    run: RunRecord
    rows: tuple[ModelSummary, ...]


class Archive:
    """One connection to the history, and the one thread that uses it. A file that does not exist is not created.

    Every method raises ``HistoryError``, whose message is one sentence for the user, if the file cannot be used.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._history: History | None = None
        self._runs: Runs | None = None
        self._seen_changes: tuple[int, int] | None = None

    async def listing(self, run_filter: RunFilter) -> RunListing:
        """List the runs that pass the filter."""

        def read() -> RunListing:
            runs = self._open()
            if runs is None:
                return RunListing()
            total = runs.count(RunFilter(without=run_filter.without))
            return RunListing(entries=runs.entries(run_filter), total=total)

        return await self._in_thread(read)

    async def open_run(self, run_id: str) -> OpenedRun:
        """Read a run with its samples, and compute its rows."""

        def read() -> OpenedRun:
            self._open()
            assert self._history is not None
            run = self._history.run(run_id)
            return OpenedRun(file=self._file, run=run, rows=summarize(run))

        return await self._in_thread(read)

    async def change(self, change_runs: Callable[[Runs], None]) -> None:
        """Change what stands beside the samples of runs, such as a name, or delete runs."""

        def write() -> None:
            runs = self._open()
            if runs is not None:
                change_runs(runs)

        await self._in_thread(write)

    async def has_changed(self) -> bool:
        """Tell whether another process has written to the file since the last call."""

        def look() -> bool:
            self._open()
            before = self._seen_changes
            self._seen_changes = None if self._history is None else self._history.database.changes_of_others
            return self._seen_changes != before

        return await self._in_thread(look)

    async def close(self) -> None:
        """Close the file, and end the thread."""

        def close_history() -> None:
            if self._history is not None:
                self._history.close()

        await self._in_thread(close_history)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> Runs | None:
        if self._runs is None and paths.exists(self._file):
            self._history = History(self._file)
            self._runs = Runs(self._history.database, host.owner_lives)
        return self._runs
