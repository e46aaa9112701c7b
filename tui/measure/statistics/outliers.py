"""Rounds that stand apart from the others of their prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from tui.measure.statistics.intervals import Measured, Values, by_prompt
from tui.records.statistics import Outlier

FEWEST_ROUNDS: Final = 5
"""Of a prompt; the median of fewer is one of them, and says little of their spread."""
_FARTHEST: Final = 3.5
_MAD_SCALE: Final = 0.6745
_MEAN_SCALE: Final = 1.253314


def modified_z_scores(values: Values) -> Values:
    """``0.6745 (x - median) / MAD``, the median absolute deviation in place of the standard one.

    Iglewicz & Hoaglin 1993, "How to Detect and Handle Outliers", section 3.3. Where more than half of the values are
    the same, MAD is 0: then ``(x - median) / (1.253314 * mean absolute deviation)``; all scores are 0 where all are.
    """
    away = values - np.median(values)
    spread = float(np.median(np.abs(away))) / _MAD_SCALE or float(np.mean(np.abs(away))) * _MEAN_SCALE
    return away / spread if spread else np.zeros_like(away)


def has_enough_rounds(measured: Sequence[Measured]) -> bool:
    """Whether a prompt has rounds enough."""
    return any(len(rounds) >= FEWEST_ROUNDS for rounds in by_prompt(measured))


def outliers(measured: Sequence[Measured]) -> tuple[Outlier, ...]:
    """Rounds whose modified z-score among those of their own prompt passes 3.5, farthest first."""
    found = [outlier for rounds in by_prompt(measured) for outlier in _of_prompt(rounds)]
    return tuple(sorted(found, key=lambda outlier: -abs(outlier.score)))


def without_outliers(measured: Sequence[Measured]) -> tuple[Measured, ...]:
    """The other rounds, for a second look at a summary."""
    apart = {(outlier.prompt_id, outlier.launch, outlier.round) for outlier in outliers(measured)}
    return tuple(each for each in measured if (each.prompt_id, each.launch, each.round) not in apart)


def _of_prompt(rounds: Sequence[Measured]) -> list[Outlier]:
    if len(rounds) < FEWEST_ROUNDS:
        return []
    scores = modified_z_scores(np.array([each.value for each in rounds]))
    return [
        Outlier(prompt_id=each.prompt_id, launch=each.launch, round=each.round, value=each.value, score=float(score))
        for each, score in zip(rounds, scores, strict=True)
        if abs(score) > _FARTHEST
    ]
