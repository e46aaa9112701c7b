"""This module detects rounds that lie far from the other rounds of their prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from tui.measure.statistics.intervals import Measured, Values, by_prompt
from tui.records.statistics import Outlier

FEWEST_ROUNDS: Final = 5
"""A prompt needs at least this many rounds, because the spread of fewer is too uncertain to judge outliers by."""
_FARTHEST: Final = 3.5
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


def has_enough_rounds(measured: Sequence[Measured]) -> bool:
    """Return whether at least one prompt has enough rounds to judge outliers by."""
    return any(len(rounds) >= FEWEST_ROUNDS for rounds in by_prompt(measured))


def outliers(measured: Sequence[Measured]) -> tuple[Outlier, ...]:
    """Return the rounds whose modified z-score within their own prompt exceeds 3.5, farthest first."""
    rows = [outlier for rounds in by_prompt(measured) for outlier in _of_prompt(rounds)]
    return tuple(sorted(rows, key=lambda outlier: -abs(outlier.score)))


def without_outliers(measured: Sequence[Measured]) -> tuple[Measured, ...]:
    """Return the rounds that are no outliers, for a summary without them."""
    apart = {(outlier.prompt_id, outlier.launch, outlier.round) for outlier in outliers(measured)}
    return tuple(row for row in measured if (row.prompt_id, row.launch, row.round) not in apart)


def _of_prompt(rounds: Sequence[Measured]) -> list[Outlier]:
    if len(rounds) < FEWEST_ROUNDS:
        return []
    scores = modified_z_scores(np.array([row.value for row in rounds]))
    return [
        Outlier(prompt_id=row.prompt_id, launch=row.launch, round=row.round, value=row.value, score=float(score))
        for row, score in zip(rounds, scores, strict=True)
        if abs(score) > _FARTHEST
    ]
