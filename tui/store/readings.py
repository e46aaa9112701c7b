"""What memory held during a run that is over, for its reports."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tui import paths
from tui.records import MemoryReading
from tui.store.history import History, HistoryError


def readings_of(file: Path | None, run_id: str) -> tuple[MemoryReading, ...]:
    """The readings that the history has of a run; nothing where there is none, or one that cannot be read.

    A report is worth having without them, and whoever wrote to the history has said what is wrong with it.
    """
    if file is None or not paths.exists(file):
        return ()
    try:
        with closing(History(file)) as history:
            return tuple(history.readings(run_id))
    except HistoryError:
        return ()
