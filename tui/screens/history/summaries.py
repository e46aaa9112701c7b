"""The numbers of the runs that the cursor stands on, which are computed from their samples."""

from __future__ import annotations

import time
from typing import Final

from tui.records import ModelSummary, RunEntry, RunState
from tui.store.errors import HistoryError
from tui.workspace.archive import Archive

READ_SHARE: Final = 0.02
"""The greatest share of the time that reading the history may take while something may be measured."""
_MOST_SAMPLES: Final = 5000
"""A run with more samples is not read only because the cursor is on it."""


class RunSummaries:
    """Reads the rows of runs, and keeps those that it has read."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._rows: dict[str, tuple[RunEntry, tuple[ModelSummary, ...]]] = {}
        """The rows of each run that was read, by its id, with the entry of the run at the time of reading."""
        self._next_read_at_s = 0.0
        """The time from which a run that is still measuring may be read again."""

    def rows_of(self, entry: RunEntry | None) -> tuple[ModelSummary, ...]:
        """The rows of a run as they were read last; empty if they were not read yet."""
        return self._rows[entry.run_id][1] if entry is not None and entry.run_id in self._rows else ()

    async def read(self, entry: RunEntry) -> tuple[ModelSummary, ...] | None:
        """Read the rows of a run; ``None`` if they are up to date already, or the run should not be read now."""
        if entry.samples > _MOST_SAMPLES:
            return None
        previous, began_s = self._rows.get(entry.run_id), time.monotonic()
        is_too_soon = entry.status is RunState.RUNNING and began_s < self._next_read_at_s
        if previous is not None and (previous[0] == entry or is_too_soon):
            return None
        try:
            opened = await self._archive.open_run(entry.run_id)
        except HistoryError:
            # The sentence is shown when a person opens the run; the list does without its numbers.
            return None
        now_s = time.monotonic()
        self._next_read_at_s = now_s + (now_s - began_s) / READ_SHARE
        self._rows[entry.run_id] = entry, opened.rows
        return opened.rows
