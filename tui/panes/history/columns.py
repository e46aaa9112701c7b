"""The columns of the list of runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tui.panes.widgets.columns import Column
from tui.panes.widgets.styles import Tone
from tui.records import RunEntry, RunState
from tui.text import units
from tui.text.run_titles import run_title, short_run_title
from tui.text.times import local_start_time_cell

MARKED, PINNED = "●", "★"
STATE_TONES: Final = {
    RunState.RUNNING: Tone.PRIMARY,
    RunState.DONE: Tone.SUCCESS,
    RunState.STOPPED: Tone.WARNING,
    RunState.INTERRUPTED: Tone.ERROR,
}


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the list, and whether it is marked."""

    entry: RunEntry
    marked: bool = False


def took_text(entry: RunEntry) -> str | None:
    """Return how long a run took, such as ``4 min 22 s``; ``None`` if it has not ended or that cannot be told."""
    if entry.finished_at is None:
        return None
    try:
        took = datetime.fromisoformat(entry.finished_at) - datetime.fromisoformat(entry.started_at)
    except (ValueError, TypeError):
        return None
    # The clock may have been set back during the run.
    return units.clock(took.total_seconds()) if took.total_seconds() >= 0 else None


def _marks(row: RunRow) -> str:
    return f"{MARKED if row.marked else ' '}{PINNED if row.entry.pinned else ' '}"


def tags_text(entry: RunEntry) -> str:
    """Return the tags of a run, such as ``#cpu #nightly``."""
    return " ".join(f"#{tag}" for tag in entry.tags)


def _few_models(row: RunRow) -> str:
    """Name the first model by its alias, so that a narrow column still tells how many others there were."""
    if not row.entry.models:
        return units.UNKNOWN
    first, *others = row.entry.models
    alias = first.partition("@")[0]
    return f"{alias} +{len(others)}" if others else alias


def _failed(row: RunRow) -> str:
    return units.count(row.entry.failed or None)


def _status(row: RunRow) -> str:
    """Return how the run ended; failures come before ``done``, since a person has to look at them."""
    entry = row.entry
    return f"{units.count(entry.failed)} failed" if entry.failed and entry.status is RunState.DONE else entry.status


COLUMNS: Final[tuple[Column[RunRow], ...]] = (
    Column(id="marks", label="", width=2, text=_marks, tone=lambda row: Tone.PRIMARY if row.marked else Tone.WARNING),
    Column(
        id="began",
        label="Began",
        width=16,
        max_width=19,
        text=lambda row: local_start_time_cell(row.entry.started_at, seconds=True),
        short_text=lambda row: local_start_time_cell(row.entry.started_at),
    ),
    Column(
        id="name",
        label="What",
        width=20,
        max_width=80,
        text=lambda row: run_title(row.entry),
        short_text=lambda row: short_run_title(row.entry),
        tone=lambda _: Tone.PLAIN,
        words=True,
    ),
    Column(
        id="models",
        label="Models",
        width=18,
        max_width=60,
        text=lambda row: ", ".join(row.entry.models) or units.UNKNOWN,
        short_text=_few_models,
    ),
    Column(id="took", label="Took", width=11, text=lambda row: took_text(row.entry) or units.UNKNOWN, number=True),
    Column(id="samples", label="Samples", width=9, text=lambda row: units.count(row.entry.samples), number=True),
    Column(
        id="failed",
        label="Failed",
        width=8,
        text=_failed,
        tone=lambda row: Tone.ERROR if row.entry.failed else Tone.FAINT,
        number=True,
    ),
    Column(
        id="status",
        label="Status",
        width=11,
        text=_status,
        tone=lambda row: Tone.ERROR if row.entry.failed else STATE_TONES[row.entry.status],
    ),
    Column(id="tags", label="Tags", width=12, max_width=30, text=lambda row: tags_text(row.entry), words=True),
)
PRIORITY: Final = ("marks", "began", "status", "name", "models", "took", "tags", "samples", "failed")
"""The order in which columns are given room: on a narrow screen the last are left out first."""
ROOMY: Final = tuple(replace(column, width=30) if column.id == "name" else column for column in COLUMNS)
"""The columns where there is room to read what was asked."""
ROOMY_CELLS: Final = 86
"""The cells of a table from which the columns are roomy."""
_WIDE_WIDTHS: Final = {"began": 19, "name": 30, "models": 49}
WIDE: Final = tuple(replace(column, width=_WIDE_WIDTHS.get(column.id, column.width)) for column in COLUMNS)
"""The columns where there is room to name several models too, before the counts of samples, which the details have."""
WIDE_CELLS: Final = 130
