"""What every section of a report is written from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.measure.timing.summary import summarize_fully
from tui.records import ExitCause, MemoryReading, ModelStatus, ModelSummary, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContext:
    """A run with what is derived from it once for all sections."""

    run: RunRecord
    summaries: tuple[ModelSummary, ...]
    readings: tuple[MemoryReading, ...] = ()
    """What memory held meanwhile, where that was kept."""

    @property
    def measured(self) -> tuple[ModelSummary, ...]:
        """The models that finished their rounds."""
        return tuple(each for each in self.summaries if each.status is ModelStatus.OK and each.rounds)

    def verdict(self, key: str) -> ExitCause | None:
        """Why a model ended before it should have."""
        return next((load.verdict for load in reversed(self.run.loads) if load.key == key and load.verdict), None)


def gathered(run: RunRecord, readings: Sequence[MemoryReading] = ()) -> ReportContext:
    """Everything that a report of this run needs."""
    return ReportContext(run=run, summaries=summarize_fully(run), readings=tuple(readings))
