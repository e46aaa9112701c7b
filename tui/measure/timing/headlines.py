"""This module computes the headlines of several requests: typical values and tails, in which prompts weigh the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tui.measure.timing.columns import Number, as_rounds
from tui.records import Sample


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return ``numpy.percentile`` with linear interpolation, or ``None`` if there are no values."""
    # Nanoseconds beyond 2^63 are no whole numbers of numpy, and not every release of it takes them.
    return float(np.percentile(np.asarray(values, dtype=np.float64), percent)) if values else None


def mean(values: Sequence[float]) -> float | None:
    """Return the arithmetic mean, or ``None`` if there are no values."""
    return float(np.mean(values)) if values else None


def values_of(samples: Sequence[Sample], number: Number) -> list[float]:
    """Return ``number`` of each sample, leaving out samples that do not have it."""
    return [value for value in as_rounds(samples).column(number) if value is not None]


def median_over_prompts(samples: Sequence[Sample], number: Number) -> float | None:
    """Return the headline p50: the mean over the prompts of each prompt's median, so that prompts weigh the same."""
    return mean([float(np.median(values)) for values in _values_by_prompt(samples, number)])


def tail_over_prompts(samples: Sequence[Sample], number: Number, percent: float = 95) -> float | None:
    """Return a percentile of each value over the median of its own prompt, times the headline.

    A percentile over the mixture of prompts says how the prompts differ, and can lie below the headline.
    """
    medians = [(values, float(np.median(values))) for values in _values_by_prompt(samples, number)]
    headline = mean([median for _, median in medians])
    share = percentile([value / median for values, median in medians if median for value in values], percent)
    return None if headline is None or share is None else share * headline


def _values_by_prompt(samples: Sequence[Sample], number: Number) -> list[list[float]]:
    return as_rounds(samples).by_prompt(number)
