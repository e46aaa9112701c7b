"""This module detects rounds that lie far from the other rounds of their prompt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from tui.measure.statistics.intervals import Measured, Values, by_prompt
from tui.records.statistics import Outlier

FEWEST_ROUNDS: Final = 5
"""A prompt needs at least this many rounds, because the spread of fewer is too uncertain to judge outliers by."""
_FARTHEST: Final = 3.5
"""The modified z-score that Iglewicz & Hoaglin recommend for one value."""
_FARTHEST_OF: Final[dict[int, float]] = {
    5: 8.0,
    7: 6.0,
    9: 5.1,
    12: 4.4,
    20: 4.05,
    30: 3.85,
    75: 3.75,
    200: 3.82,
    1000: 4.1,
    10_000: 4.6,
}
"""The scores that the farthest of so many normal values exceeds in 5 %, from 100,000 simulations each.

At 3.5 a quiet prompt of 5 rounds had an outlier in 21 %, so that most reports of quiet runs named one. The median
absolute deviation of few values is uncertain, so the limit is higher for them.
"""
_MAD_SCALE: Final = 0.6745
_MEAN_SCALE: Final = 1.253314


def modified_z_scores(values: Values) -> Values:
    """Return ``0.6745 (x - median) / MAD``; MAD, the median absolute deviation, replaces the standard deviation.

    Iglewicz & Hoaglin 1993, "How to Detect and Handle Outliers", section 3.3. If more than half of the values are
    equal, MAD is 0 and the score is ``(x - median) / (1.253314 * mean absolute deviation)``. If all values are equal,
    all scores are 0.
    """
    away = values - np.median(values)
    spread = float(np.median(np.abs(away))) / _MAD_SCALE or float(np.mean(np.abs(away))) * _MEAN_SCALE
    return away / spread if spread else np.zeros_like(away)


def farthest(count: int, *, spread: bool = True) -> float:
    """Return the score from which on one of so many values is an outlier: a quiet prompt has one in 5 %.

    Without a ``spread``, where more than half of the values are equal and scores cannot be as high, it is 3.5.
    """
    if not spread:
        return _FARTHEST
    counts, limits = np.array(list(_FARTHEST_OF), dtype=float), np.array(list(_FARTHEST_OF.values()))
    return float(np.interp(math.log(count), np.log(counts), limits))


def has_enough_rounds(measured: Sequence[Measured]) -> bool:
    """Return whether at least one prompt has enough rounds to judge outliers by."""
    return any(len(rounds) >= FEWEST_ROUNDS for rounds in by_prompt(measured))


def outliers(measured: Sequence[Measured]) -> tuple[Outlier, ...]:
    """Return the rounds that are too far from the others of their prompt for chance, farthest first.

    Of the quiet prompts 5 % have one; see ``farthest``.
    """
    rows = [outlier for rounds in by_prompt(measured) for outlier in _of_prompt(rounds)]
    return tuple(sorted(rows, key=lambda outlier: -abs(outlier.score)))


def without_outliers(measured: Sequence[Measured]) -> tuple[Measured, ...]:
    """Return the rounds that are no outliers, for a summary without them."""
    apart = {(outlier.prompt_id, outlier.launch, outlier.round) for outlier in outliers(measured)}
    return tuple(row for row in measured if (row.prompt_id, row.launch, row.round) not in apart)


def _of_prompt(rounds: Sequence[Measured]) -> list[Outlier]:
    if len(rounds) < FEWEST_ROUNDS:
        return []
    values = np.array([row.value for row in rounds])
    scores = modified_z_scores(values)
    limit = farthest(len(rounds), spread=bool(np.median(np.abs(values - np.median(values)))))
    return [
        Outlier(prompt_id=row.prompt_id, launch=row.launch, round=row.round, value=row.value, score=float(score))
        for row, score in zip(rounds, scores, strict=True)
        if abs(score) > limit
    ]
