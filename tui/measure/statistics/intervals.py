"""This module estimates how certain a number is. The launch is the unit of variation, its rounds come second."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Final, TypeGuard

import numpy as np
from numpy.typing import NDArray

from tui.measure.statistics.tails import binomial_cdf, t_quantile, t_two_sided
from tui.records.statistics import Interval, Percentile

LEVEL: Final = 0.95
_DRAWS: Final = 800
"""The bootstrap draws this many resamples, so that the standard error has itself a relative error of 2.5 %."""
_FEWEST_DRAWS: Final = 50
_DRAWN_AT_ONCE: Final = 4_000_000
_SEED: Final = 20_261_122
_LARGEST_LOG: Final = 709.0
"""The logarithm of nearly the largest number that a float holds."""
_launch_of: Final = attrgetter("launch")
_round_of: Final = attrgetter("round")
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """This record is the value of one round, above 0, with its prompt, launch and round."""

    prompt_id: str
    launch: int
    round: int
    value: float


def is_measured(value: float | None) -> TypeGuard[float]:
    """Return whether a number can be the value of a round: a finite one above 0, which damaged records may not hold."""
    return value is not None and 0 < value < math.inf


class MeasuredRounds(tuple[Measured, ...]):
    """Values of rounds that are grouped by prompt once, since every statistic of them needs the groups."""

    @cached_property
    def prompts(self) -> tuple[tuple[Measured, ...], ...]:
        """The rounds of each prompt."""
        return tuple(map(tuple, _grouped(self)))

    @cached_property
    def logs_by_launch(self) -> dict[int, float]:
        """The logarithm of each launch's own headline, by the number of the launch."""
        return _unit_logs(self, _launch_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """This record is a headline with its standard error on the logarithmic scale."""

    value: float
    log_error: float
    freedom: float
    launches: int
    log_mean: float | None = None
    """The mean of the logarithms of the launches' headlines; ``None`` takes the logarithm of ``value``."""

    @property
    def centre(self) -> float:
        """Return the logarithm that the interval lies around."""
        return math.log(self.value) if self.log_mean is None else self.log_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """This record is the ratio of two headlines, with its standard error, on the logarithmic scale."""

    log: float
    log_error: float
    freedom: float

    @property
    def probability(self) -> float:
        """Return the two-sided p-value: the chance of a ratio at least this far from 1 without a difference."""
        if not self.log_error:
            return 0.0 if self.log else 1.0
        return t_two_sided(self.log / self.log_error, self.freedom)

    def interval(self, level: float = LEVEL) -> Interval:
        """Return the interval of the ratio: ``exp(log -+ t * error)``."""
        return _around(self.log, self.log_error, self.freedom, level)


def headline(measured: Sequence[Measured]) -> float:
    """Return the mean over the prompts of each prompt's median."""
    return float(np.mean([np.median([row.value for row in rounds]) for rounds in by_prompt(measured)]))


def estimate(measured: Sequence[Measured]) -> Estimate | None:
    """Return the headline with its error: Student's t on the logarithms of the launches' own headlines.

    The launch is the unit, because rounds of one launch are alike and fresh starts differ. With a single launch its
    rounds are the units, and the error, of their median, does not include what differs from start to start. The result
    is ``None`` below two units, and if a value is not above 0, which only a damaged record holds.
    """
    if not all(row.value > 0 for row in measured):
        return None
    launches = len({row.launch for row in measured})
    logs = [*(_logs_by_launch(measured) if launches > 1 else _unit_logs(measured, _round_of)).values()]
    if len(logs) < 2:
        return None
    return Estimate(
        value=headline(measured),
        log_error=float(np.std(logs, ddof=1)) / math.sqrt(len(logs)) if launches > 1 else _error_of_median(logs),
        freedom=len(logs) - 1,
        launches=launches,
        log_mean=float(np.mean(logs)) if launches > 1 else None,
    )


def headline_interval(estimated: Estimate, level: float = LEVEL) -> Interval:
    """Return ``value * exp(-+ t * error)``. The scale is logarithmic because times and rates are skewed and above 0."""
    return _around(estimated.centre, estimated.log_error, estimated.freedom, level)


def ratio(before: Estimate, after: Estimate) -> Ratio:
    """Return the ratio after / before by Welch's t: degrees of freedom by Welch and Satterthwaite."""
    first, second = before.log_error**2, after.log_error**2
    total = first + second
    below = first**2 / before.freedom + second**2 / after.freedom
    return Ratio(
        log=after.centre - before.centre,
        log_error=math.sqrt(total),
        freedom=total**2 / below if below else before.freedom + after.freedom,
    )


def percentile_needs(percent: float, level: float = LEVEL) -> int:
    """Return the fewest rounds with an equal-tailed interval, whose largest must exceed the percentile often enough.

    The number is the smallest n with ``max(p, 1 - p)^n <= (1 - level) / 2``; at 95 % that is 6, 36, 72
    and 368 for p50, p90, p95 and p99.
    """
    share = max(percent, 100 - percent) / 100
    return math.ceil(math.log((1 - level) / 2) / math.log(share))


def percentile(
    values: Sequence[float], percent: float, level: float = LEVEL, *, with_interval: bool = True
) -> Percentile:
    """Return a percentile (``numpy.percentile``, linear) and the order statistics on both sides of it.

    The r-th smallest of n lies above the percentile with probability ``P(Binomial(n, p) < r)``: no shape is assumed,
    but the rounds are assumed to be independent (Hahn & Meeker 1991, "Statistical Intervals", section 5.2). Rounds of
    several launches are not, and an interval of theirs held the truth in a tenth to three quarters of the cases, so
    they have none (``with_interval``).
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    needs = percentile_needs(percent, level)
    interval = None
    if with_interval and len(ordered) >= needs:
        tail = (1 - level) / 2
        below = binomial_cdf(len(ordered), percent / 100)
        # Ranks count from 1. Each is the one nearest the percentile that misses it with at most the tail probability.
        lowest = int(np.searchsorted(below, tail, side="right"))
        highest = int(np.searchsorted(below, 1 - tail, side="left")) + 1
        interval = Interval(low=float(ordered[lowest - 1]), high=float(ordered[highest - 1]), level=level)
    return Percentile(percent=percent, value=float(np.percentile(ordered, percent)), interval=interval, needs=needs)


def by_prompt(measured: Sequence[Measured]) -> Sequence[Sequence[Measured]]:
    """Return the rounds of each prompt; prompts are in the order in which they were first measured."""
    return measured.prompts if isinstance(measured, MeasuredRounds) else _grouped(measured)


def _grouped(measured: Sequence[Measured]) -> list[list[Measured]]:
    rounds: dict[str, list[Measured]] = {}
    for row in measured:
        rounds.setdefault(row.prompt_id, []).append(row)
    return list(rounds.values())


def _around(log: float, log_error: float, freedom: float, level: float) -> Interval:
    reach = t_quantile((1 + level) / 2, freedom) * log_error
    return Interval(low=_exp(log - reach), high=_exp(log + reach), level=level)


def _exp(log: float) -> float:
    """Return e to this power, at most the largest number that can be written: two rounds may leave it without a limit.

    With two rounds and dozens of comparisons the quantile of t alone is in the thousands.
    """
    return math.exp(min(log, _LARGEST_LOG))


def launch_logs(measured: Sequence[Measured]) -> dict[int, float]:
    """Return the logarithm of each launch's own headline, by the number of the launch.

    There are none if a value is not above 0, which only a damaged record holds.
    """
    whole = measured and all(row.value > 0 for row in measured)
    return _logs_by_launch(measured) if whole else {}


def _logs_by_launch(measured: Sequence[Measured]) -> dict[int, float]:
    return measured.logs_by_launch if isinstance(measured, MeasuredRounds) else _unit_logs(measured, _launch_of)


def _unit_logs(measured: Sequence[Measured], unit_of: Callable[[Measured], int]) -> dict[int, float]:
    """Return the logarithm of each unit's own headline; a unit is a launch or a round.

    A unit that lacks a prompt is held against the medians of the prompts that it has, so that it does not count as
    fast for want of a long prompt.
    """
    typical: list[float] = []
    of_units: dict[int, float] = {}
    of_their_prompts: dict[int, float] = {}
    for rounds in by_prompt(measured):
        typical.append(float(np.median([row.value for row in rounds])))
        values: dict[int, list[float]] = {}
        for row in rounds:
            values.setdefault(unit_of(row), []).append(row.value)
        for unit, own in values.items():
            of_units[unit] = of_units.get(unit, 0.0) + float(np.median(own))
            of_their_prompts[unit] = of_their_prompts.get(unit, 0.0) + typical[-1]
    whole = math.log(float(np.mean(typical)))
    return {unit: whole + math.log(total / of_their_prompts[unit]) for unit, total in of_units.items()}


def _error_of_median(logs: Sequence[float]) -> float:
    """Return the standard error of the median of these values by a bootstrap, which one stalled round hardly moves."""
    values = np.array(logs)
    draws = max(_FEWEST_DRAWS, min(_DRAWS, _DRAWN_AT_ONCE // len(values)))
    drawn = np.random.default_rng(_SEED).integers(len(values), size=(draws, len(values)))
    # Resamples of n values give (n - 1) / n of their variance (Davison & Hinkley 1997, section 2.3).
    return float(np.std(np.median(values[drawn], axis=1), ddof=1)) * math.sqrt(len(values) / (len(values) - 1))
