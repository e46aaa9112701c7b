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
from tui.records import Mode, Plan, Purpose, Sample, asked_tokens


@dataclass(slots=True)
class _Durations:
    """The work that was done and the time that it took, which is all that their mean needs."""

    work: float = 0.0
    total_s: float = 0.0

    def add(self, duration_s: float, work: float = 1.0) -> None:
        self.work += work
        self.total_s += duration_s

    @property
    def mean_s(self) -> float:
        """The mean time of a unit of work, in seconds; 0 if none was done."""
        return self.total_s / self.work if self.work else 0.0


class Eta:
    """Estimates the rest of a run from the mean duration of each model's finished samples.

    It reads the events of the run, with the time at which each came. A sample is one unit of work; in a sweep over
    lengths it is as many as it has tokens, since the long ones take most of the time.
    """

    def __init__(self, plan: Plan, kept: Sequence[Sample] = ()) -> None:
        """``kept`` are the samples that a resumed run has already."""
        self._together = plan.method.mode is Mode.SIDE_BY_SIDE
        self._work = {prompt.id: float(asked_tokens(prompt.id)) for prompt in plan.prompts} if plan.method.sweep else {}
        self._mean_work = fmean(self._work.values()) if self._work else 1.0
        if kept:
            to_do = agendas(plan, kept)
            self._left = {key: sum(self._work_of(step.prompt.id) for step in agenda) for key, agenda in to_do.items()}
            self._launches = {key: len({step.launch for step in agenda}) for key, agenda in to_do.items()}
        else:
            # A plan may have a million steps, which need not be listed to be counted.
            keys = [model.key for model in plan.models]
            launches = 1 if plan.purpose is Purpose.ASK else plan.method.launches
            self._left = dict.fromkeys(keys, total_samples(plan) // max(1, len(keys)) * self._mean_work)
            self._launches = dict.fromkeys(keys, launches)
        self._begun_launches = dict.fromkeys(self._left, 0)
        self._loading: set[str] = set()
        self._begun_s: dict[str, float] = {}
        self._in_flight: dict[str, float] = {}
        self._samples_s = {key: _Durations() for key in self._left}
        self._loads_s = _Durations()

    def note(self, event: Event, now_s: float) -> None:
        """Read one event; ``now_s`` is the time of a steady clock in seconds."""
        match event:
            case RoundsAdded(key=key, samples=samples, new_launch=new_launch):
                self._left[key] += samples * self._mean_work
                self._launches[key] += new_launch
            case ModelLoading(key=key):
                self._begun_s[key] = now_s
                self._begun_launches[key] += 1
                self._loading.add(key)
            case ModelLoaded(key=key):
                self._loading.discard(key)
                self._loads_s.add(now_s - self._begun_s.pop(key, now_s))
            case SampleStarted(key=key, prompt=prompt):
                self._begun_s[key] = now_s
                self._in_flight[key] = self._work_of(prompt.id)
                self._begun_launches[key] = max(1, self._begun_launches[key])
            case SampleFinished(key=key, sample=sample):
                work = self._work_of(sample.prompt_id)
                self._left[key] = max(0.0, self._left[key] - work)
                self._samples_s[key].add(now_s - self._begun_s.pop(key, now_s), work)
            case ModelDied(key=key):
                self._left[key] = 0
                self._begun_s.pop(key, None)
            case _:
                pass

    def left_s(self, now_s: float) -> float | None:
        """Estimate the seconds until the last planned sample; ``None`` before the first sample has finished.

        A model without a finished sample is taken to be as fast as the mean of the others.
        """
        means = {key: durations.mean_s for key, durations in self._samples_s.items() if durations.work}
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
        work = 1.0 if key in self._loading else self._in_flight.get(key, 1.0)
        return min(now_s - begun_s, durations.mean_s * work)

    def _work_of(self, prompt_id: str) -> float:
        return self._work.get(prompt_id, self._mean_work)
