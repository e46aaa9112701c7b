"""Shares of right answers: their intervals, repeated answers, and paired differences over the same prompts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from math import comb
from statistics import NormalDist
from typing import Final

import numpy as np

from tui.measure.statistics.intervals import LEVEL
from tui.measure.statistics.tails import t_quantile
from tui.records.statistics import Interval

_STEPS: Final = 2520
"""The grid on which differences are added: all shares of up to 10 answers lie on it."""
_COARSE_STEPS: Final = 60
_MANY: Final = 100
"""With more differences than this the grid is coarse."""
_SAME: Final = 1e-9


def wilson(passed: float, total: float, level: float = LEVEL) -> Interval:
    """Return Wilson's score interval of a share (Wilson 1927): the shares that a score test does not refuse.

    ``(p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)``; ``passed`` and ``total`` need not be whole.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, squared = passed / total, z**2 / total
    middle = share + squared / 2
    reach = z * math.sqrt(share * (1 - share) / total + squared / (4 * total))
    low, high = (middle - reach) / (1 + squared), (middle + reach) / (1 + squared)
    return Interval(low=0.0 if share <= 0 else max(0.0, low), high=1.0 if share >= 1 else min(1.0, high), level=level)


def score_probability(share: float, total: float, limit: float) -> float:
    """Return the two-sided p-value of the score test of a share against a limit, which Wilson's interval turns round.

    ``z = (p - limit) / sqrt(limit (1 - limit) / n)``.
    """
    error = math.sqrt(limit * (1 - limit) / total)
    if not error:
        return 1.0 if abs(share - limit) <= _SAME else 0.0
    return 2 * NormalDist().cdf(-abs(share - limit) / error)


def independent_answers(rates: Sequence[float], answers: int, level: float = LEVEL) -> float:
    """Return how many independent answers tell as much as these do: ``p (1 - p) / (s^2 / m)`` for m prompts.

    Answers to one prompt are alike, so five of them tell less than five prompts. The variance between prompts is
    estimated, too, so the number is made smaller by ``(z / t)^2`` with m - 1 degrees of freedom (Korn & Graubard 1998).
    It is at least the number of prompts, which holds if all answers to a prompt are alike, and at most that of answers.
    """
    prompts = len(rates)
    share = sum(rates) / prompts
    if prompts < 2 or not 0 < share < 1:
        return prompts
    variance = sum((rate - share) ** 2 for rate in rates) / (prompts - 1) / prompts
    if not variance:
        return answers
    shrunk = (NormalDist().inv_cdf((1 + level) / 2) / t_quantile((1 + level) / 2, prompts - 1)) ** 2
    return min(float(answers), max(float(prompts), shrunk * share * (1 - share) / variance))


def pass_at_least_once(answers: int, passed: int, k: int) -> float:
    """Return the unbiased estimate of pass@k, ``1 - C(n - c, k) / C(n, k)`` (Chen et al. 2021, section 2.1)."""
    return 1 - comb(answers - passed, k) / comb(answers, k)


def pass_every_time(answers: int, passed: int, k: int) -> float:
    """Return the unbiased estimate of pass^k, ``C(c, k) / C(n, k)`` (Yao et al. 2024, tau-bench, section 3)."""
    return comb(passed, k) / comb(answers, k)


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of the exact McNemar test: a coin for each prompt on which the two differ.

    ``2 P(X <= min(b, c))`` with ``X ~ Binomial(b + c, 1/2)``, at most 1.
    """
    total = only_first + only_second
    return min(1.0, 2 * sum(comb(total, k) for k in range(min(only_first, only_second) + 1)) / 2**total)


def fisher(first_passed: int, first: int, second_passed: int, second: int) -> float:
    """Return the two-sided p-value of Fisher's exact test that two shares are equal (Fisher 1935).

    The sum of the chances of all tables with these margins that are no likelier than this one.
    """
    passed, total = first_passed + second_passed, first + second
    ways = [comb(first, count) * comb(second, passed - count) for count in range(min(first, passed) + 1)]
    own = ways[first_passed]
    return min(1.0, sum(way for way in ways if way <= own) / comb(total, passed))


def paired_probability(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of the paired permutation test over prompts.

    Without a difference between the two each prompt's difference has either sign with the same chance (Fisher 1935).
    Of prompts that are right or wrong this is the exact McNemar test. All ways to turn the signs are counted, on a grid
    that makes the p-value a little larger where differences do not lie on it.
    """
    differing = [difference for difference in differences if abs(difference) > _SAME]
    if not differing:
        return 1.0
    if all(abs(abs(difference) - abs(differing[0])) <= _SAME for difference in differing):
        above = sum(difference > 0 for difference in differing)
        return mcnemar(above, len(differing) - above)
    return _turned_signs(tuple(differing))


def paired_interval(differences: Sequence[float], level: float = LEVEL) -> Interval:
    """Return the adjusted Wald interval of the mean of paired differences (Bonett & Price 2012).

    Two prompts are added, one for each side: ``d = sum d_i / (n + 2)``, ``d -+ z sqrt(((sum d_i^2 + 2) / (n + 2) - d^2)
    / (n + 2))``. So it does not vanish where the two happen to differ on no prompt. For shares between 0 and 1 it is
    wider than it need be.
    """
    count = len(differences) + 2
    middle = sum(differences) / count
    variance = (sum(difference**2 for difference in differences) + 2) / count - middle**2
    reach = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(max(0.0, variance) / count)
    return Interval(low=max(-1.0, middle - reach), high=min(1.0, middle + reach), level=level)


@lru_cache(maxsize=256)
def _turned_signs(differing: tuple[float, ...]) -> float:
    """Count the ways to turn the signs whose sum is as far from 0 as the observed one, by adding one after another."""
    steps = _STEPS if len(differing) <= _MANY else _COARSE_STEPS
    exact = [abs(difference) * steps for difference in differing]
    sizes = [max(1, round(size)) for size in exact]
    rounded_off = sum(abs(size - whole) for size, whole in zip(exact, sizes, strict=True))
    widest = sum(sizes)
    chances = np.zeros(2 * widest + 1)
    chances[widest] = 1.0
    for size in sizes:
        chances = (np.roll(chances, size) + np.roll(chances, -size)) / 2
    observed = abs(sum(differing)) * steps - rounded_off - _SAME * steps
    sums = np.abs(np.arange(-widest, widest + 1))
    return min(1.0, float(chances[sums >= observed].sum()))
