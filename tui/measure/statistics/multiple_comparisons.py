"""This module corrects for several comparisons at once: a p-value determines the level of its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.statistics.intervals import LEVEL


def holm_levels(probabilities: Sequence[float], level: float = LEVEL) -> list[float]:
    """Return interval levels such that the probability of any wrong verdict is at most ``1 - level``.

    Holm 1979: the smallest of m probabilities is compared with ``alpha / m``, the next with ``alpha / (m - 1)`` and
    so on. From the first probability that is not below its alpha on, all use that alpha, so that each interval agrees
    with its verdict.
    """
    levels = [level] * len(probabilities)
    alpha = (1 - level) / max(1, len(probabilities))
    rejecting = True
    for rank, index in enumerate(sorted(range(len(probabilities)), key=lambda index: probabilities[index])):
        if rejecting:
            alpha = (1 - level) / (len(probabilities) - rank)
            rejecting = probabilities[index] < alpha
        levels[index] = 1 - alpha
    return levels


CORRECTION: Final = "Holm"
"""Reports and screens show this name of the correction in use."""
corrected_levels: Final = holm_levels
"""Comparisons and rankings call the correction in use by this name."""
