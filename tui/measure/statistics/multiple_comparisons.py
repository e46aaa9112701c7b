"""The correction for several comparisons at once: from the p-value of each to the level of its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.statistics.intervals import LEVEL


def holm_levels(probabilities: Sequence[float], level: float = LEVEL) -> list[float]:
    """The level of each comparison's interval such that all verdicts together are wrong with ``1 - level`` at most.

    Holm 1979: the smallest of m probabilities is held against ``alpha / m``, the next against ``alpha / (m - 1)`` and
    so on. From the first that is not below its own on, all keep that one: each interval agrees with its verdict.
    """
    levels = [level] * len(probabilities)
    alpha = (1 - level) / max(1, len(probabilities))
    holding = True
    for rank, place in enumerate(sorted(range(len(probabilities)), key=lambda place: probabilities[place])):
        if holding:
            alpha = (1 - level) / (len(probabilities) - rank)
            holding = probabilities[place] < alpha
        levels[place] = 1 - alpha
    return levels


CORRECTION: Final = "Holm"
"""The name of the correction in use, for reports and screens."""
corrected_levels: Final = holm_levels
"""The correction in use: comparisons and rankings call it by this name."""
