"""The columns of the list of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.panes.widgets.columns import Column
from tui.panes.widgets.styles import Tone
from tui.records import Purpose, RunEntry, RunState
from tui.text import units
from tui.text.times import local_start_time_cell

MARKED, PINNED = "●", "★"
_PURPOSES: Final = {Purpose.BENCHMARK: "benchmark", Purpose.ASK: "question"}
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


def run_title(entry: RunEntry) -> str:
    """Return the name of a run, or its purpose if it has no name."""
    return entry.name or _PURPOSES[entry.purpose]


def _marks(row: RunRow) -> str:
    return f"{MARKED if row.marked else ' '}{PINNED if row.entry.pinned else ' '}"


def tags_text(entry: RunEntry) -> str:
    """Return the tags of a run, such as ``#cpu #nightly``."""
    return " ".join(f"#{tag}" for tag in entry.tags)


def _first_model(row: RunRow) -> str:
    first, *others = row.entry.models
    return f"{first} +{len(others)}" if others else first


def _failed(row: RunRow) -> str:
    return units.count(row.entry.failed or None)


COLUMNS: Final[tuple[Column[RunRow], ...]] = (
    Column(id="marks", label="", width=2, text=_marks, tone=lambda row: Tone.PRIMARY if row.marked else Tone.WARNING),
    Column(id="began", label="Began (local)", width=16, text=lambda row: local_start_time_cell(row.entry.started_at)),
    Column(
        id="name",
        label="Name",
        width=14,
        max_width=30,
        text=lambda row: run_title(row.entry),
        tone=lambda row: Tone.PLAIN if row.entry.name else Tone.MUTED,
    ),
    Column(
        id="models",
        label="Models",
        width=20,
        max_width=60,
        text=lambda row: ", ".join(row.entry.models) or units.UNKNOWN,
        short_text=_first_model,
        tone=lambda _: Tone.PLAIN,
    ),
    Column(id="prompts", label="Prompts", width=14, text=lambda row: row.entry.prompt_set or units.UNKNOWN),
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
        text=lambda row: row.entry.status.value,
        tone=lambda row: STATE_TONES[row.entry.status],
    ),
    Column(id="tags", label="Tags", width=12, max_width=30, text=lambda row: tags_text(row.entry)),
)
PRIORITY: Final = ("marks", "began", "status", "name", "models", "samples", "tags", "failed", "prompts")
"""The order in which columns are given room: on a narrow screen the last are left out first."""
