"""How far a run has come, derived from its events: its record, the finished samples and the time that is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tui.bench.eta import Eta
from tui.bench.events import Event, ModelDied, ModelLoaded, RoundsAdded, RunFinished, RunStarted, SampleFinished
from tui.records import Load, ModelPace, RunRecord, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressFigures:
    """Finished and planned samples of a run, and the time that it may still take."""

    done: int
    total: int
    left_s: float | None
    """``None`` until a first sample has shown the pace."""
    open_end: bool = False
    """Whether the total may yet grow."""


class RunProgress:
    """Follows the events of one run. The caller passes the time in, so that the class needs no clock."""

    def __init__(self) -> None:
        self._record: RunRecord | None = None
        self._new_samples: list[Sample] = []
        self._total = 0
        self._done = 0
        self._open_end = False
        self._eta: Eta | None = None
        self._paces: Mapping[str, ModelPace] = {}

    @property
    def record(self) -> RunRecord | None:
        """The record as it stands now; ``None`` before the run has started.

        Finished samples are gathered in a list and join the record here: a copy of the record for every sample would
        cost a long run a time that grows with the square of its samples.
        """
        if self._record is not None and self._new_samples:
            self._record = replace(self._record, samples=(*self._record.samples, *self._new_samples))
            self._new_samples.clear()
        return self._record

    def follow(self, event: Event, now_s: float) -> None:
        """Take in one event that came at ``now_s`` of any steady clock."""
        match event:
            case RunStarted(run=run, total_samples=total, done_samples=done):
                self._set_record(run)
                self._total, self._eta = total, Eta(run.plan, run.samples)
                self._eta.know(self._paces)
                self._done, self._open_end = done, run.plan.method.until_interval is not None
            case RoundsAdded(total_samples=total):
                self._total = total
            case ModelLoaded(load=load):
                self._record_load(load)
            case ModelDied(load=load, skipped_samples=skipped):
                self._done += skipped
                self._record_load(load)
            case SampleFinished(sample=sample, done_samples=done) if self._record is not None:
                self._done = max(self._done, done)
                self._new_samples.append(sample)
            case RunFinished(run=run):
                self._set_record(run)
            case _:
                pass
        if self._eta is not None:
            self._eta.note(event, now_s)

    def know(self, paces: Mapping[str, ModelPace]) -> None:
        """Take in how fast the models were in earlier runs, for the time that is left."""
        self._paces = paces
        if self._eta is not None:
            self._eta.know(paces)

    def figures(self, now_s: float) -> ProgressFigures:
        """Tell how far the run is at ``now_s`` of the same clock."""
        left_s = self._eta.left_s(now_s) if self._eta is not None else None
        done = min(self._done, self._total)
        return ProgressFigures(done=done, total=self._total, left_s=left_s, open_end=self._open_end)

    def take_graded(self, run: RunRecord) -> None:
        """Take the run with what its graders found after it had ended."""
        self._set_record(run)

    def _set_record(self, run: RunRecord) -> None:
        self._record = run
        self._new_samples.clear()

    def _record_load(self, load: Load) -> None:
        """Put the load into the record, in place of an earlier one of this launch.

        A model that dies after its load has one load, which names the cause of its death.
        """
        if self._record is None:
            return
        others = tuple(other for other in self._record.loads if (other.key, other.launch) != (load.key, load.launch))
        self._record = replace(self._record, loads=(*others, load))
