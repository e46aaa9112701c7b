"""This module decides which requests other load or a slow processor has disturbed, by what that did to the run.

The same load costs one machine nothing and another one half of its pace: it depends on the processor, on the model and
on what the load is. So a run judges its own requests at its end. The time per token of each request is held against
that of its neighbours, the rounds of the same prompt in the same launch, and a regression over all of them estimates
how much longer requests take for each core of other load and for a slower pace of the processor. A request is disturbed
if its load or pace has made it slower by ``SLOWED``. It is judged by the cause and never by its own time alone:
to leave out slow rounds as such would make every model look faster than it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.measure.disturbance import OTHER_CORES, SLOW, SLOWED, TICKS_S
from tui.measure.timing import metrics
from tui.records import Disturbance, Purpose, RunRecord, Sample, SampleKind, SampleStatus
from tui.records.sample import YARDSTICK

_LIMIT: Final = math.log1p(SLOWED)
_EXPECTED: Final = np.array([_LIMIT / OTHER_CORES, _LIMIT / math.log(SLOW)])
"""The logarithm of time for each core of other load, and for each unit of the logarithm of the pace's time, that are
expected before a run tells: with them the limits are those by which a request is judged at its end.
"""
_EXPECTED_SD: Final = np.array([0.1, 0.3])
"""How far the effects of a machine may be from the expected ones."""
_LEAST_NOISE: Final = 0.002
_HUBER: Final = 1.5
"""Residuals beyond this many standard deviations count less: a request that stalled for another reason."""
_STEPS: Final = 8
_MAD_TO_SD: Final = 1.4826
_BEST_SHARE: Final = 25
"""The percentile of the rounds' paces that counts as the processor's usual pace when nothing slows it."""

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Effect:
    """How the logarithm of a request's time goes with the load of others and with the pace of the processor."""

    slopes: _Floats
    covariance: _Floats


@dataclass(frozen=True, slots=True)
class _Rounds:
    """Rounds with a known load: their causes and the logarithms of their times, both about their neighbours' means."""

    causes: _Floats
    times: _Floats
    groups: NDArray[np.int64]

    def of(self, chosen: NDArray[np.bool_]) -> _Rounds:
        return _Rounds(self.causes[chosen], self.times[chosen], self.groups[chosen])


def judged_run(run: RunRecord) -> RunRecord:
    """Return a run at its end, whose samples are flagged by what load and pace did to it; see ``judged``.

    A question to models is not judged, because it has no rounds.
    """
    if run.plan.purpose is not Purpose.BENCHMARK:
        return run
    return replace(run, samples=judged(run.samples))


def judged(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Return the samples of a run, flagged anew for the load of other programs and for a slow processor.

    Samples whose load was not read, and those that were in flight together, stay as they are.
    """
    fitted = [sample for sample in samples if _tells(sample)]
    if not fitted:
        return tuple(samples)
    rounds, keys = _rounds(fitted), np.array([sample.key for sample in fitted])
    every = _fit(rounds, _Effect(_EXPECTED, np.diag(_EXPECTED_SD**2)))
    verdicts = {
        key: _Verdict.of(
            [sample for sample in fitted if sample.key == key],
            _fit_of(rounds.of(keys == key), every),
        )
        for key in dict.fromkeys(keys.tolist())
    }
    return tuple(
        verdicts[sample.key].flagged(sample) if sample.key in verdicts and _can_be_judged(sample) else sample
        for sample in samples
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the requests of one model are judged by."""

    slopes: _Floats
    usual_pace_ns: float | None

    @classmethod
    def of(cls, rounds: Sequence[Sample], effect: _Effect) -> _Verdict:
        paces = [pace for sample in rounds if (pace := _pace_ns(sample)) is not None]
        return cls(
            effect.slopes,
            float(np.percentile(paces, _BEST_SHARE)) if paces else None,
        )

    def flagged(self, sample: Sample) -> Sample:
        """Return a sample whose disturbances by load and pace are judged anew."""
        span_s = (sample.timeline.end_ns or metrics.e2e_ns(sample.timeline) or 0) / metrics.NS_PER_S
        cores = (sample.other_cores or 0.0) - (TICKS_S / span_s if span_s else 0.0)
        pace = _pace_ns(sample)
        slower = math.log(pace / self.usual_pace_ns) if pace is not None and self.usual_pace_ns else 0.0
        happened = {
            Disturbance.OTHER_LOAD: self.slopes[0] * cores >= _LIMIT and cores > 0,
            Disturbance.SLOW: self.slopes[1] * slower >= _LIMIT and slower > 0,
        }
        kept = {kind for kind in sample.disturbances if kind not in happened}
        kept |= {kind for kind, did in happened.items() if did}
        if kept == set(sample.disturbances):
            return sample
        return replace(sample, disturbances=tuple(kind for kind in Disturbance if kind in kept))


def _can_be_judged(sample: Sample) -> bool:
    cores = sample.other_cores
    return cores is not None and math.isfinite(cores) and sample.concurrency == 1 and sample.arrivals_per_s is None


def _tells(sample: Sample) -> bool:
    """Return whether a sample's time can tell what load does: a successful round, or a turn of the yardstick."""
    kind = SampleKind.YARDSTICK if sample.key == YARDSTICK else SampleKind.ROUND
    return (
        _can_be_judged(sample)
        and sample.kind is kind
        and sample.status is SampleStatus.OK
        and (metrics.e2e_ns(sample.timeline) or 0) > 0
    )


def _rounds(samples: Sequence[Sample]) -> _Rounds:
    numbers: dict[tuple[str, str, int, int, int], int] = {}
    groups = [
        numbers.setdefault((each.key, each.prompt_id, each.launch, each.segment, each.turn), len(numbers))
        for each in samples
    ]
    loads = [each.other_cores or 0.0 for each in samples]
    # A round without a pace has the mean of its neighbours, which tells nothing about the effect of a pace.
    paces = [math.nan if (pace := _pace_ns(each)) is None else math.log(pace) for each in samples]
    times = [math.log(metrics.e2e_ns(each.timeline) or 1) - _log_tokens(each) for each in samples]
    index = np.array(groups)
    causes = np.column_stack([_about_mean(np.array(column), index) for column in (loads, paces)])
    return _Rounds(causes, _about_mean(np.array(times), index), index)


def _pace_ns(sample: Sample) -> int | None:
    return sample.pace_ns if sample.pace_ns is not None and sample.pace_ns > 0 else None


def _log_tokens(sample: Sample) -> float:
    return math.log(max(1, sample.timeline.output_tokens or 1))


def _about_mean(values: _Floats, groups: NDArray[np.int64]) -> _Floats:
    """Subtract from each value the mean of its group; unknown values become 0."""
    known = ~np.isnan(values)
    sums = np.bincount(groups[known], values[known], minlength=int(groups.max()) + 1)
    counts = np.bincount(groups[known], minlength=len(sums))
    return np.where(known, values - (sums / np.maximum(counts, 1))[groups], 0.0)


def _fit_of(rounds: _Rounds, every: _Effect) -> _Effect:
    """Estimate the effect on one model; what is expected of it is the effect on all rows of the run.

    The effect on others may be another one, so the estimate of one model may be as far from it as from no estimate at
    all.
    """
    return _fit(rounds, _Effect(every.slopes, every.covariance + np.diag((_EXPECTED_SD / 2) ** 2)))


def _fit(rounds: _Rounds, expected: _Effect) -> _Effect:
    """Estimate the effect of load and pace by a regression with Huber's weights and a normal prior.

    The estimate is ``(X'WX / s^2 + P)^-1 (X'Wy / s^2 + P m)``, where ``m`` and ``P`` are the mean and the precision of
    what is expected, and ``s`` is the noise of the rounds, by their median absolute deviation (Huber, Robust
    Statistics, 1981, ch. 7; Gelman et al., Bayesian Data Analysis, 3rd ed., 14.8).
    """
    precision = np.linalg.inv(expected.covariance)
    slopes: _Floats = expected.slopes
    covariance: _Floats = expected.covariance
    free = len(rounds.times) - len(np.unique(rounds.groups))
    if free < 1:
        return expected
    for _ in range(_STEPS):
        off = np.abs(rounds.times - rounds.causes @ slopes)
        noise = max(float(np.median(off)) * _MAD_TO_SD * math.sqrt(len(off) / free), _LEAST_NOISE)
        weights = np.minimum(1.0, _HUBER * noise / np.maximum(off, _LEAST_NOISE * 1e-6))
        weighted = rounds.causes.T * weights / noise**2
        covariance = np.asarray(np.linalg.inv(weighted @ rounds.causes + precision), dtype=np.float64)
        slopes = covariance @ (weighted @ rounds.times + precision @ expected.slopes)
    return _Effect(slopes, covariance)
