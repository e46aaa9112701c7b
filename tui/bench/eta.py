"""The estimate of how long a run still takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from tui.bench.events import (
    Event,
    ModelDied,
    ModelLoaded,
    ModelLoading,
    RoundsAdded,
    SampleFinished,
    SampleStarted,
)
from tui.bench.planning.steps import agendas, total_samples
from tui.records import Mode, Plan, Purpose, Sample


@dataclass(slots=True)
class _Durations:
    """The number and the sum of durations, which is all that their mean needs."""

    count: int = 0
    total_s: float = 0.0

    def add(self, duration_s: float) -> None:
        self.count += 1
        self.total_s += duration_s

    @property
    def mean_s(self) -> float:
        """Their mean, in seconds; 0 if there are none."""
        return self.total_s / self.count if self.count else 0.0


class Eta:
    """Estimates the rest of a run from the mean duration of each model's finished samples.

    It reads the events of the run, with the time at which each came.
    """

    def __init__(self, plan: Plan, kept: Sequence[Sample] = ()) -> None:
        """``kept`` are the samples that a resumed run has already."""
        self._together = plan.method.mode is Mode.SIDE_BY_SIDE
        if kept:
            to_do = agendas(plan, kept)
            self._left = {key: len(agenda) for key, agenda in to_do.items()}
            self._launches = {key: len({step.launch for step in agenda}) for key, agenda in to_do.items()}
        else:
            # A plan may have a million steps, which need not be listed to be counted.
            keys = [model.key for model in plan.models]
            launches = 1 if plan.purpose is Purpose.ASK else plan.method.launches
            self._left = dict.fromkeys(keys, total_samples(plan) // max(1, len(keys)))
            self._launches = dict.fromkeys(keys, launches)
        self._begun_launches = dict.fromkeys(self._left, 0)
        self._loading: set[str] = set()
        self._begun_s: dict[str, float] = {}
        self._samples_s = {key: _Durations() for key in self._left}
        self._loads_s = _Durations()

    def note(self, event: Event, now_s: float) -> None:
        """Read one event; ``now_s`` is the time of a steady clock in seconds."""
        match event:
            case RoundsAdded(key=key, samples=samples, new_launch=new_launch):
                self._left[key] += samples
                self._launches[key] += new_launch
            case ModelLoading(key=key):
                self._begun_s[key] = now_s
                self._begun_launches[key] += 1
                self._loading.add(key)
            case ModelLoaded(key=key):
                self._loading.discard(key)
                self._loads_s.add(now_s - self._begun_s.pop(key, now_s))
            case SampleStarted(key=key):
                self._begun_s[key] = now_s
                self._begun_launches[key] = max(1, self._begun_launches[key])
            case SampleFinished(key=key):
                self._left[key] -= 1
                self._samples_s[key].add(now_s - self._begun_s.pop(key, now_s))
            case ModelDied(key=key):
                self._left[key] = 0
                self._begun_s.pop(key, None)
            case _:
                pass

    def left_s(self, now_s: float) -> float | None:
        """Estimate the seconds until the last planned sample; ``None`` before the first sample has finished.

        A model without a finished sample is taken to be as fast as the mean of the others.
        """
        means = {key: durations.mean_s for key, durations in self._samples_s.items() if durations.count}
        if not means:
            return None
        usual_s = fmean(means.values())
        load_s = self._loads_s.mean_s
        spans = [
            left * means.get(key, usual_s) + self._loads_left(key) * load_s - self._spent_s(key, now_s)
            for key, left in self._left.items()
            if left
        ]
        whole_s = max(spans, default=0.0) if self._together else sum(spans)
        return max(0.0, whole_s)

    def _loads_left(self, key: str) -> int:
        """Count the loads that a model has before it, including one that is under way."""
        return self._launches[key] - self._begun_launches[key] + (key in self._loading)

    def _spent_s(self, key: str, now_s: float) -> float:
        """Compute the seconds that a sample or load in flight has taken, at most its mean duration."""
        begun_s = self._begun_s.get(key)
        if begun_s is None:
            return 0.0
        durations = self._loads_s if key in self._loading else self._samples_s[key]
        return min(now_s - begun_s, durations.mean_s)
