"""The estimate of how long a run still takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from tui.bench.events import (
    Event,
    ModelDied,
    ModelLoaded,
    ModelLoading,
    RoundsAdded,
    SampleFinished,
    SampleStarted,
)
from tui.bench.planning.duration import request_s
from tui.bench.planning.steps import agendas, total_samples
from tui.records import Mode, ModelPace, Plan, Purpose, Sample, asked_tokens

_MOST_BY_SIZE: Final = 8.0
"""A model is taken to be slower than another by its size at most by this factor."""


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


class _Prices:
    """The seconds that a sample or a load of each model takes, also of those that have none yet.

    A model that was measured in this run has its own mean. Another one has that of its earlier runs, times how much
    slower the others are now than in theirs; else what the line through the measured models by size gives, or with one
    of them its time in proportion to the size, by at most a factor of ``_MOST_BY_SIZE``; else the mean of the others.
    """

    def __init__(self, means: Mapping[str, float], known: Mapping[str, float], sizes: Mapping[str, int]) -> None:
        self._means, self._known, self._sizes = means, known, sizes
        ratios = [mean / known[key] for key, mean in means.items() if known.get(key)]
        self._slower = fmean(ratios) if ratios else 1.0
        self._by_size = sorted((sizes[key], mean) for key, mean in means.items() if key in sizes)

    def of(self, key: str) -> float:
        """Return the seconds for this model; 0 if nothing was measured at all."""
        if key in self._means:
            return self._means[key]
        if key in self._known:
            return self._known[key] * self._slower
        if self._by_size and key in self._sizes:
            return self._of_size(self._sizes[key])
        return fmean(self._means.values()) if self._means else 0.0

    def _of_size(self, size: int) -> float:
        (least, first_s), (most, last_s) = self._by_size[0], self._by_size[-1]
        nearest, near_s = min(self._by_size, key=lambda row: abs(row[0] - size))
        ratio = min(_MOST_BY_SIZE, max(1 / _MOST_BY_SIZE, size / nearest))
        if most > least and last_s > first_s and size > most:
            return min(near_s * ratio, last_s + (last_s - first_s) / (most - least) * (size - most))
        return near_s * ratio


class Eta:
    """Estimates the rest of a run from the mean duration of each model's finished samples.

    It reads the events of the run, with the time at which each came. A sample is one unit of work; in a sweep over
    lengths it is as many as it has tokens, since the long ones take most of the time.
    """

    def __init__(self, plan: Plan, kept: Sequence[Sample] = ()) -> None:
        """``kept`` are the samples that a resumed run has already."""
        self._plan = plan
        self._known_s: dict[str, float] = {}
        self._known_load_s: dict[str, float] = {}
        self._sizes = {model.key: size for model in plan.models if (size := model.weights_bytes or model.size_bytes)}
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
        self._loads_s: dict[str, _Durations] = {}

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
                self._loads_s.setdefault(key, _Durations()).add(now_s - self._begun_s.pop(key, now_s))
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

    def know(self, paces: Mapping[str, ModelPace]) -> None:
        """Take in how fast models were in earlier runs, by key; it prices those that have no finished sample yet."""
        plan = self._plan
        # Of 100,000 prompts most have the same length.
        lengths = Counter(prompt.max_tokens for prompt in plan.prompts)
        self._known_s = {
            key: fmean((request_s(plan, pace, length) for length in lengths), lengths.values()) / self._mean_work
            for key, pace in paces.items()
            if key in self._left and plan.prompts
        }
        self._known_load_s = {key: pace.load_s for key, pace in paces.items() if pace.load_s is not None}

    def left_s(self, now_s: float) -> float | None:
        """Estimate the seconds until the last planned sample; ``None`` before the first sample has finished.

        A model without a finished sample is priced by its earlier runs or else by its size; see ``_Prices``.
        """
        means = {key: durations.mean_s for key, durations in self._samples_s.items() if durations.work}
        if not means:
            return None
        loads = {key: durations.mean_s for key, durations in self._loads_s.items() if durations.work}
        samples, load = _Prices(means, self._known_s, self._sizes), _Prices(loads, self._known_load_s, self._sizes)
        spans = [
            self._span_s(key, left, samples.of(key), load.of(key), now_s) for key, left in self._left.items() if left
        ]
        whole_s = max(spans, default=0.0) if self._together else sum(spans)
        return max(0.0, whole_s)

    def _span_s(self, key: str, left: float, sample_s: float, load_s: float, now_s: float) -> float:
        """Compute the seconds that a model still takes, of which a sample or load in flight has taken some."""
        begun_s = self._begun_s.get(key)
        spent_s = 0.0 if begun_s is None else now_s - begun_s
        if key in self._loading:
            load_s = max(load_s, spent_s) if key not in self._loads_s else load_s
            spent_s = min(spent_s, load_s)
        else:
            work = self._in_flight.get(key, 1.0)
            if not self._samples_s[key].work:
                # A first sample that takes longer than was thought tells that the model is slower.
                sample_s = max(sample_s, spent_s / work)
            spent_s = min(spent_s, sample_s * work)
        return left * sample_s + self._loads_left(key) * load_s - spent_s

    def _loads_left(self, key: str) -> int:
        """Count the loads that a model has before it, including one that is under way."""
        return self._launches[key] - self._begun_launches[key] + (key in self._loading)

    def _work_of(self, prompt_id: str) -> float:
        return self._work.get(prompt_id, self._mean_work)
