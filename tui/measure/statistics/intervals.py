"""How sure a number is: the launch is the unit of variation, the rounds within it come second."""

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
"""The standard error of so many resamples is itself sure to 2.5 %."""
_SEED: Final = 20_261_122
_AT_ONCE: Final = 1_000_000
"""Values drawn at once, which bounds the memory."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """One round's value, above 0, and where it comes from."""

    prompt_id: str
    launch: int
    round: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A headline with its standard error on the logarithmic scale."""

    value: float
    log_error: float
    freedom: float
    launches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How one headline stands to another, on the logarithmic scale."""

    log: float
    log_error: float
    freedom: float

    @property
    def probability(self) -> float:
        """Of a ratio at least this far from 1, were there no difference (two-sided)."""
        if not self.log_error:
            return 0.0 if self.log else 1.0
        return t_two_sided(self.log / self.log_error, self.freedom)

    def interval(self, level: float = LEVEL) -> Interval:
        """Of the ratio: ``exp(log -+ t * error)``."""
        return _around(self.log, self.log_error, self.freedom, level)


def headline(measured: Sequence[Measured]) -> float:
    """The mean over the prompts of each prompt's median."""
    return _headline(_grouped(measured))


def estimate(measured: Sequence[Measured]) -> Estimate | None:
    """The headline with its error by a bootstrap: launches are drawn first, then rounds within each of them.

    Drawn like that, k launches give ``(k - 1) / k`` of their variance, and the noise of rounds, which is in every
    launch's numbers already, once too often (Davison & Hinkley 1997, "Bootstrap Methods", section 3.8). So the share
    of the launches is what both levels vary by less what rounds alone vary by, times ``k / (k - 1)``; the whole is
    never less than rounds alone. With one launch there is nothing but rounds. ``None`` where nothing is repeated.
    """
    groups = _grouped(measured)
    launches = len({each.launch for each in measured})
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


def headline_interval(found: Estimate, level: float = LEVEL) -> Interval:
    """``value * exp(-+ t * error)``: on the logarithmic scale, since times and rates are skewed and above 0."""
    return _around(math.log(found.value), found.log_error, found.freedom, level)


def ratio(before: Estimate, after: Estimate) -> Ratio:
    """After over before, with the degrees of freedom by Welch and Satterthwaite."""
    first, second = before.log_error**2, after.log_error**2
    total = first + second
    below = first**2 / before.freedom + second**2 / after.freedom
    return Ratio(
        log=math.log(after.value / before.value),
        log_error=math.sqrt(total),
        freedom=total**2 / below if below else before.freedom + after.freedom,
    )


def percentile_needs(percent: float, level: float = LEVEL) -> int:
    """The fewest rounds with an equal-tailed interval: the largest of them must pass the percentile often enough.

    ``max(p, 1 - p)^n <= (1 - level) / 2``; at 95 % that is 6, 36, 72 and 368 for p50, p90, p95 and p99.
    """
    share = max(percent, 100 - percent) / 100
    return math.ceil(math.log((1 - level) / 2) / math.log(share))


def percentile(values: Sequence[float], percent: float, level: float = LEVEL) -> Percentile:
    """A percentile (``numpy.percentile``, linear) and the order statistics on both sides of it.

    The r-th smallest of n lies above the percentile with probability ``P(Binomial(n, p) < r)``: no shape is assumed,
    but the rounds are taken for independent (Hahn & Meeker 1991, "Statistical Intervals", section 5.2).
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    needs = percentile_needs(percent, level)
    interval = None
    if len(ordered) >= needs:
        tail = (1 - level) / 2
        below = binomial_cdf(len(ordered), percent / 100)
        # Ranks from 1: the highest that is too high rarely enough, and the lowest that is too low rarely enough.
        lowest = int(np.searchsorted(below, tail, side="right"))
        highest = int(np.searchsorted(below, 1 - tail, side="left")) + 1
        interval = Interval(low=float(ordered[lowest - 1]), high=float(ordered[highest - 1]), level=level)
    return Percentile(percent=percent, value=float(np.percentile(ordered, percent)), interval=interval, needs=needs)


def by_prompt(measured: Sequence[Measured]) -> list[list[Measured]]:
    """The rounds of each prompt, in the order in which they were first measured."""
    found: dict[str, list[Measured]] = {}
    for each in measured:
        found.setdefault(each.prompt_id, []).append(each)
    return list(found.values())


def _headline(groups: Sequence[Sequence[Values]]) -> float:
    return float(np.mean([np.median(np.concatenate(of_prompt)) for of_prompt in groups]))


def _around(log: float, log_error: float, freedom: float, level: float) -> Interval:
    reach = t_quantile((1 + level) / 2, freedom) * log_error
    return Interval(low=math.exp(log - reach), high=math.exp(log + reach), level=level)


def _grouped(measured: Sequence[Measured]) -> list[list[Values]]:
    """Prompt by prompt, launch by launch: every launch in each, empty where it lacks the prompt."""
    launches = dict.fromkeys(each.launch for each in measured)
    groups: list[list[Values]] = []
    for rounds in by_prompt(measured):
        values: dict[int, list[float]] = {launch: [] for launch in launches}
        for each in rounds:
            values[each.launch].append(each.value)
        groups.append([np.array(of_launch, dtype=np.float64) for of_launch in values.values()])
    return groups


def _same_launches(launches: int) -> NDArray[np.intp]:
    return np.tile(np.arange(launches), (_DRAWS, 1))


def _random_launches(launches: int) -> NDArray[np.intp]:
    return np.random.default_rng(_SEED).integers(launches, size=(_DRAWS, launches))


def _log_variance(groups: Sequence[Sequence[Values]], chosen: NDArray[np.intp]) -> float:
    """By how much the logarithm of the headline varies over resamples of these launches, with rounds drawn anew."""
    random = np.random.default_rng(_SEED + 1)
    return float(np.var(np.log(np.mean([_medians(group, chosen, random) for group in groups], axis=0)), ddof=1))


def _medians(of_prompt: Sequence[Values], chosen: NDArray[np.intp], random: np.random.Generator) -> Values:
    """One prompt's median over all rounds of the launches chosen, each with its rounds drawn anew."""
    counts = np.array([len(values) for values in of_prompt])
    widest = int(counts.max())
    padded = np.full((len(of_prompt), widest), np.nan)
    for launch, values in enumerate(of_prompt):
        padded[launch, : len(values)] = values
    rows = max(1, _AT_ONCE // padded.size)
    parts = [
        _medians_of_draws(padded, counts, chosen[start : start + rows], random) for start in range(0, len(chosen), rows)
    ]
    # Launches that all lack this prompt say nothing of it.
    return np.nan_to_num(np.concatenate(parts), nan=float(np.median(np.concatenate(of_prompt))))


def _medians_of_draws(
    padded: Values, counts: NDArray[np.intp], chosen: NDArray[np.intp], random: np.random.Generator
) -> Values:
    widest: int = padded.shape[1]
    sizes: NDArray[np.intp] = counts[chosen][:, :, None]
    place = (random.random((*chosen.shape, widest), dtype=np.float32) * sizes).astype(np.intp)
    # Places in the flattened table: taking by one index is several times as fast as by two.
    drawn = padded.ravel().take(place + chosen[:, :, None] * widest)
    if counts.min() < widest:
        drawn = np.where(np.arange(widest) < sizes, drawn, np.nan)
    ordered = np.sort(drawn.reshape(len(chosen), -1), axis=1)
    total = sizes.sum(axis=(1, 2))
    row = np.arange(len(chosen))
    return (ordered[row, (total - 1) // 2] + ordered[row, total // 2]) / 2
