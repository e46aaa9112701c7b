"""This module summarises repetitions of one number. Prompts are never averaged as if they were rounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from tui.measure.statistics.drift import drift
from tui.measure.statistics.intervals import Measured, by_prompt, estimate, headline, headline_interval, percentile
from tui.measure.statistics.outliers import has_enough_rounds, outliers
from tui.records.statistics import Distribution

PERCENTS: Final = (50.0, 90.0, 95.0, 99.0)


def distribution(measured: Sequence[Measured]) -> Distribution | None:
    """Return all statistics of one number of one model, or ``None`` if there are no values."""
    if not measured:
        return None
    values = np.array([row.value for row in measured])
    mean, sd = mean_over_prompts(measured), sd_within_prompts(measured)
    estimated = estimate(measured)
    return Distribution(
        count=len(values),
        launches=len({row.launch for row in measured}),
        headline=headline(measured),
        interval=None if estimated is None else headline_interval(estimated),
        mean=mean,
        median=float(np.median(values)),
        sd=sd,
        cv=None if sd is None else sd / mean,
        minimum=float(values.min()),
        maximum=float(values.max()),
        percentiles=tuple(percentile(values.tolist(), percent) for percent in PERCENTS),
        outliers=outliers(measured),
        outliers_judged=has_enough_rounds(measured),
        drift=drift(measured),
    )


def mean_over_prompts(measured: Sequence[Measured]) -> float:
    """Return the mean over the prompts of each prompt's mean."""
    return float(np.mean([np.mean(values) for values in _by_prompt(measured)]))


def sd_within_prompts(measured: Sequence[Measured]) -> float | None:
    """Return the pooled standard deviation ``sqrt(sum of squares around each prompt's mean / (n - prompts))``.

    The result is ``None`` if no prompt was repeated.
    """
    groups = _by_prompt(measured)
    freedom = len(measured) - len(groups)
    if freedom < 1:
        return None
    squares = sum(float(np.sum((np.array(values) - np.mean(values)) ** 2)) for values in groups)
    return math.sqrt(squares / freedom)


def _by_prompt(measured: Sequence[Measured]) -> list[list[float]]:
    return [[row.value for row in rounds] for rounds in by_prompt(measured)]
