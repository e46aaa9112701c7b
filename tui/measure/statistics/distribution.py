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
    launches = launch_headlines(measured)
    return Distribution(
        count=len(values),
        launches=len(launches),
        launch_headlines=launches,
        sd_between_launches=float(np.std(launches, ddof=1)) if len(launches) > 1 else None,
        sd_within_launches=sd_within_prompts(measured, by_launch=True),
        headline=headline(measured),
        interval=None if estimated is None else headline_interval(estimated),
        mean=mean,
        median=float(np.median(values)),
        sd=sd,
        cv=None if sd is None else sd / mean,
        minimum=float(values.min()),
        maximum=float(values.max()),
        percentiles=tuple(
            percentile(values.tolist(), percent, with_interval=len(launches) == 1) for percent in PERCENTS
        ),
        outliers=outliers(measured),
        outliers_judged=has_enough_rounds(measured),
        drift=drift(measured),
    )


def mean_over_prompts(measured: Sequence[Measured]) -> float:
    """Return the mean over the prompts of each prompt's mean."""
    return float(np.mean([np.mean(values) for values in _by_prompt(measured)]))


def sd_within_prompts(measured: Sequence[Measured], *, by_launch: bool = False) -> float | None:
    """Return the pooled standard deviation ``sqrt(sum of squares around each prompt's mean / (n - prompts))``.

    ``by_launch`` takes the mean of each prompt within each launch, which leaves out what differs from start to start.
    The result is ``None`` if no prompt was repeated.
    """
    groups: dict[tuple[str, int], list[float]] = {}
    for row in measured:
        groups.setdefault((row.prompt_id, row.launch if by_launch else 0), []).append(row.value)
    freedom = len(measured) - len(groups)
    if freedom < 1:
        return None
    squares = sum(float(np.sum((np.array(values) - np.mean(values)) ** 2)) for values in groups.values())
    return math.sqrt(squares / freedom)


def launch_headlines(measured: Sequence[Measured]) -> tuple[float, ...]:
    """Return the headline of each launch alone, in the order of the launches; launches without a prompt have theirs."""
    launches: dict[int, list[Measured]] = {}
    for row in measured:
        launches.setdefault(row.launch, []).append(row)
    return tuple(headline(launches[launch]) for launch in sorted(launches))


def _by_prompt(measured: Sequence[Measured]) -> list[list[float]]:
    return [[row.value for row in rounds] for rounds in by_prompt(measured)]
