"""This module estimates how certain a number is. The launch is the unit of variation, its rounds come second."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.measure.statistics.tails import binomial_cdf, t_quantile, t_two_sided
from tui.records.statistics import Interval, Percentile

LEVEL: Final = 0.95
_DRAWS: Final = 800
"""The bootstrap draws this many resamples, so that the standard error has itself a relative error of 2.5 %."""
_SEED: Final = 20_261_122
_LARGEST_LOG: Final = 709.0
"""The logarithm of nearly the largest number that a float holds."""
_AT_ONCE: Final = 1_000_000
"""The bootstrap draws at most this many values at once, which bounds its memory."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """This record is the value of one round, above 0, with its prompt, launch and round."""

    prompt_id: str
    launch: int
    round: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """This record is a headline with its standard error on the logarithmic scale."""

    value: float
    log_error: float
    freedom: float
    launches: int


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
    return _headline(_grouped(measured))


def estimate(measured: Sequence[Measured]) -> Estimate | None:
    """Return the headline with its error by a bootstrap: launches are drawn first, then rounds within each of them.

    Drawn like that, k launches give ``(k - 1) / k`` of their variance, and the noise of rounds, which is in every
    launch's numbers already, once too often (Davison & Hinkley 1997, "Bootstrap Methods", section 3.8). So the share
    of the launches is what both levels vary by less what rounds alone vary by, times ``k / (k - 1)``; the whole is
    never less than rounds alone. With one launch only rounds vary. The result is ``None`` if nothing is repeated.
    """
    groups = _grouped(measured)
    launches = len({row.launch for row in measured})
    repeated = len(measured) - len(groups)
    freedom = launches - 1 if launches > 1 else repeated
    if freedom < 1:
        return None
    of_rounds = _log_variance(groups, _same_launches(launches)) * len(measured) / max(1, repeated)
    variance = of_rounds
    if launches > 1:
        of_both = _log_variance(groups, _random_launches(launches))
        variance = max((of_both - of_rounds) * launches / (launches - 1), of_rounds)
    return Estimate(value=_headline(groups), log_error=math.sqrt(variance), freedom=freedom, launches=launches)


def headline_interval(estimated: Estimate, level: float = LEVEL) -> Interval:
    """Return ``value * exp(-+ t * error)``. The scale is logarithmic because times and rates are skewed and above 0."""
    return _around(math.log(estimated.value), estimated.log_error, estimated.freedom, level)


def ratio(before: Estimate, after: Estimate) -> Ratio:
    """Return the ratio after / before, with the degrees of freedom by Welch and Satterthwaite."""
    first, second = before.log_error**2, after.log_error**2
    total = first + second
    below = first**2 / before.freedom + second**2 / after.freedom
    return Ratio(
        log=math.log(after.value / before.value),
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


def percentile(values: Sequence[float], percent: float, level: float = LEVEL) -> Percentile:
    """Return a percentile (``numpy.percentile``, linear) and the order statistics on both sides of it.

    The r-th smallest of n lies above the percentile with probability ``P(Binomial(n, p) < r)``: no shape is assumed,
    but the rounds are assumed to be independent (Hahn & Meeker 1991, "Statistical Intervals", section 5.2).
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    needs = percentile_needs(percent, level)
    interval = None
    if len(ordered) >= needs:
        tail = (1 - level) / 2
        below = binomial_cdf(len(ordered), percent / 100)
        # Ranks count from 1. Each is the one nearest the percentile that misses it with at most the tail probability.
        lowest = int(np.searchsorted(below, tail, side="right"))
        highest = int(np.searchsorted(below, 1 - tail, side="left")) + 1
        interval = Interval(low=float(ordered[lowest - 1]), high=float(ordered[highest - 1]), level=level)
    return Percentile(percent=percent, value=float(np.percentile(ordered, percent)), interval=interval, needs=needs)


def by_prompt(measured: Sequence[Measured]) -> list[list[Measured]]:
    """Return the rounds of each prompt; prompts are in the order in which they were first measured."""
    rounds: dict[str, list[Measured]] = {}
    for row in measured:
        rounds.setdefault(row.prompt_id, []).append(row)
    return list(rounds.values())


def _headline(groups: Sequence[Sequence[Values]]) -> float:
    return float(np.mean([np.median(np.concatenate(of_prompt)) for of_prompt in groups]))


def _around(log: float, log_error: float, freedom: float, level: float) -> Interval:
    reach = t_quantile((1 + level) / 2, freedom) * log_error
    return Interval(low=_exp(log - reach), high=_exp(log + reach), level=level)


def _exp(log: float) -> float:
    """Return e to this power, at most the largest number that can be written: two rounds may leave it without a limit.

    With two rounds and dozens of comparisons the quantile of t alone is in the thousands.
    """
    return math.exp(min(log, _LARGEST_LOG))


def _grouped(measured: Sequence[Measured]) -> list[list[Values]]:
    """Return the values by prompt and launch; a launch without a value of the prompt has an empty array."""
    launches = dict.fromkeys(row.launch for row in measured)
    groups: list[list[Values]] = []
    for rounds in by_prompt(measured):
        values: dict[int, list[float]] = {launch: [] for launch in launches}
        for row in rounds:
            values[row.launch].append(row.value)
        groups.append([np.array(of_launch, dtype=np.float64) for of_launch in values.values()])
    return groups


def _same_launches(launches: int) -> NDArray[np.intp]:
    return np.tile(np.arange(launches), (_DRAWS, 1))


def _random_launches(launches: int) -> NDArray[np.intp]:
    return np.random.default_rng(_SEED).integers(launches, size=(_DRAWS, launches))


def _log_variance(groups: Sequence[Sequence[Values]], chosen: NDArray[np.intp]) -> float:
    """Return the variance of the headline's logarithm over resamples of these launches, with rounds drawn again."""
    random = np.random.default_rng(_SEED + 1)
    return float(np.var(np.log(np.mean([_medians(group, chosen, random) for group in groups], axis=0)), ddof=1))


def _medians(of_prompt: Sequence[Values], chosen: NDArray[np.intp], random: np.random.Generator) -> Values:
    """Return for each resample the median of one prompt over the chosen launches, each with its rounds drawn again."""
    counts = np.array([len(values) for values in of_prompt])
    widest = int(counts.max())
    padded = np.full((len(of_prompt), widest), np.nan)
    for launch, values in enumerate(of_prompt):
        padded[launch, : len(values)] = values
    rows = max(1, _AT_ONCE // padded.size)
    parts = [
        _medians_of_draws(padded, counts, chosen[start : start + rows], random) for start in range(0, len(chosen), rows)
    ]
    # A resample of launches that all lack this prompt has no value of it, so the median of all its rounds is used.
    return np.nan_to_num(np.concatenate(parts), nan=float(np.median(np.concatenate(of_prompt))))


def _medians_of_draws(
    padded: Values, counts: NDArray[np.intp], chosen: NDArray[np.intp], random: np.random.Generator
) -> Values:
    widest: int = padded.shape[1]
    sizes: NDArray[np.intp] = counts[chosen][:, :, None]
    index = (random.random((*chosen.shape, widest), dtype=np.float32) * sizes).astype(np.intp)
    # The indices are those of the flattened table: taking by one index is several times as fast as by two.
    drawn = padded.ravel().take(index + chosen[:, :, None] * widest)
    if counts.min() < widest:
        drawn = np.where(np.arange(widest) < sizes, drawn, np.nan)
    ordered = np.sort(drawn.reshape(len(chosen), -1), axis=1)
    total = sizes.sum(axis=(1, 2))
    row = np.arange(len(chosen))
    return (ordered[row, (total - 1) // 2] + ordered[row, total // 2]) / 2
