"""Repetitions of one number -> what is known of it. Different prompts are never averaged as if they were rounds."""

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
    """Everything about one number of one model; ``None`` of nothing."""
    if not measured:
        return None
    values = np.array([each.value for each in measured])
    mean, sd = mean_over_prompts(measured), sd_within_prompts(measured)
    found = estimate(measured)
    return Distribution(
        count=len(values),
        launches=len({each.launch for each in measured}),
        headline=headline(measured),
        interval=None if found is None else headline_interval(found),
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
    """The mean over the prompts of each prompt's mean."""
    return float(np.mean([np.mean(values) for values in _by_prompt(measured)]))


def sd_within_prompts(measured: Sequence[Measured]) -> float | None:
    """The pooled sample standard deviation: ``sqrt(sum of squares around each prompt's mean / (n - prompts))``.

    ``None`` where no prompt was repeated.
    """
    groups = _by_prompt(measured)
    freedom = len(measured) - len(groups)
    if freedom < 1:
        return None
    squares = sum(float(np.sum((np.array(values) - np.mean(values)) ** 2)) for values in groups)
    return math.sqrt(squares / freedom)


def _by_prompt(measured: Sequence[Measured]) -> list[list[float]]:
    return [[each.value for each in rounds] for rounds in by_prompt(measured)]
