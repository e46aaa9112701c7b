"""Where a run stands, from its events: the record so far, how much is done, how long it may still take."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui.bench.eta import Eta
from tui.bench.events import Event, ModelDied, ModelLoaded, RoundsAdded, RunFinished, RunStarted, SampleFinished
from tui.records import Load, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressFigures:
    """How far a run is."""

    done: int
    total: int
    left_s: float | None
    """``None`` until a first sample has shown the pace."""
    open_end: bool = False
    """The total may yet grow."""


class RunProgress:
    """Follows the events of one run; time is given to it, so that it needs no clock."""

    def __init__(self) -> None:
        self.record: RunRecord | None = None
        self._total = 0
        self._done = 0
        self._open_end = False
        self._eta: Eta | None = None

    def follow(self, event: Event, now_s: float) -> None:
        """Take in one event that came at ``now_s`` of any steady clock."""
        match event:
            case RunStarted(run=run, total_samples=total, kept_samples=kept):
                self.record, self._total, self._eta = run, total, Eta(run.plan, run.samples)
                self._done, self._open_end = kept, run.plan.method.until_interval is not None
            case RoundsAdded(total_samples=total):
                self._total = total
            case ModelLoaded(load=load):
                self._keep_load(load)
            case ModelDied(load=load, skipped_samples=skipped):
                self._done += skipped
                self._keep_load(load)
            case SampleFinished(sample=sample, done_samples=done) if self.record is not None:
                self._done = max(self._done, done)
                self.record = replace(self.record, samples=(*self.record.samples, sample))
            case RunFinished(run=run):
                self.record = run
            case _:
                pass
        if self._eta is not None:
            self._eta.note(event, now_s)

    def progress(self, now_s: float) -> ProgressFigures:
        """How far the run is at ``now_s``."""
        left_s = self._eta.left_s(now_s) if self._eta is not None else None
        done = min(self._done, self._total)
        return ProgressFigures(done=done, total=self._total, left_s=left_s, open_end=self._open_end)

    def _keep_load(self, load: Load) -> None:
        """A model that died after its load has one load, with the verdict."""
        if self.record is None:
            return
        others = tuple(each for each in self.record.loads if (each.key, each.launch) != (load.key, load.launch))
        self.record = replace(self.record, loads=(*others, load))
