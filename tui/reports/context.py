"""What every section of a report is written from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui.measure.comparison.separation import separations
from tui.measure.timing.summary import summarize_fully
from tui.records import ExitCause, MemoryReading, ModelStatus, ModelSummary, RunRecord
from tui.records.comparison import Separation


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContext:
    """A run with what is derived from it once for all sections."""

    run: RunRecord
    summaries: tuple[ModelSummary, ...]
    readings: tuple[MemoryReading, ...] = ()
    """What memory held during the run; empty if that was not recorded."""

    separations: tuple[Separation, ...] = ()
    """Which of the measured models the data tells apart; empty with one of them, or with too few rounds."""

    @property
    def measured(self) -> tuple[ModelSummary, ...]:
        """The models that finished their rounds."""
        return tuple(summary for summary in self.summaries if summary.status is ModelStatus.OK and summary.rounds)

    def exit_cause(self, key: str) -> ExitCause | None:
        """Return why the process of a model ended too early; ``None`` if it did not."""
        causes = (load.verdict for load in reversed(self.run.loads) if load.key == key)
        return next((cause for cause in causes if cause), None)


def report_context(run: RunRecord, readings: Sequence[MemoryReading] = ()) -> ReportContext:
    """Derive from a run all that its report is written from; the summaries are computed here, once."""
    context = ReportContext(run=run, summaries=summarize_fully(run), readings=tuple(readings))
    keys = [summary.key for summary in context.measured]
    return replace(context, separations=separations(run, keys)) if len(keys) > 1 else context
