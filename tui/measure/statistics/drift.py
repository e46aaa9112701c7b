"""This module detects whether a number drifts during a run, for example because the machine grows hot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import numpy as np

from tui.measure.statistics.intervals import LEVEL, Measured, Values
from tui.records.statistics import Drift, Interval

RELEVANT: Final = 0.03
"""A change by a smaller share than this over a launch is no drift, however certain, because it has no consequence."""
FEWEST_ROUNDS: Final = 10
_MOST_AT_ONCE: Final = 300
"""A longer series is thinned to this many medians of neighbours, because the slope of every pair is computed."""


def drift(measured: Sequence[Measured]) -> Drift | None:
    """Return the median slope between rounds of one launch and prompt (Theil and Sen), with Sen's interval.

    Only pairs within a prompt and a launch are used, so that neither a long prompt nor a slow launch is a drift;
    the variance of the count of rising pairs is summed over these groups, ``n (n - 1) (2 n + 5) / 18`` each (Sen 1968;
    Hirsch, Slack & Smith 1982 for the groups). Slopes are of logarithms. The result is ``None``
    if no launch has ten rounds of one prompt.
    """
    series = [line for line in _series(measured) if len(line) >= FEWEST_ROUNDS]
    if not series:
        return None
    slopes = np.sort(np.concatenate([_slopes(line) for line in series]))
    sizes = np.array([min(len(line), _MOST_AT_ONCE) for line in series], dtype=np.float64)
    spread = math.sqrt(float(np.sum(sizes * (sizes - 1) * (2 * sizes + 5) / 18)))
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2) * spread
    length = max(len(line) for line in series) - 1
    low, high = (_at_rank(slopes, (len(slopes) + side * reach) / 2) for side in (-1, 1))
    share = math.expm1(float(np.median(slopes)) * length)
    return Drift(
        share=share,
        interval=Interval(low=math.expm1(low * length), high=math.expm1(high * length)),
        per_round=math.expm1(float(np.median(slopes))),
        drifts=abs(share) >= RELEVANT and not low <= 0 <= high,
    )


def _series(measured: Sequence[Measured]) -> list[Values]:
    """Return the logarithms of the values of each launch and prompt, in the order in which they were measured."""
    values_of: dict[tuple[str, int], list[float]] = {}
    for row in measured:
        # No value is 0 or below, but those of a damaged record.
        if row.value > 0:
            values_of.setdefault((row.prompt_id, row.launch), []).append(row.value)
    return [np.log(np.array(values, dtype=np.float64)) for values in values_of.values()]


def _slopes(line: Values) -> Values:
    at = np.arange(len(line), dtype=np.float64)
    if len(line) > _MOST_AT_ONCE:
        parts = np.array_split(np.arange(len(line)), _MOST_AT_ONCE)
        at, line = (np.array([np.median(values[part]) for part in parts]) for values in (at, line))
    first, second = np.triu_indices(len(line), k=1)
    return (line[second] - line[first]) / (at[second] - at[first])


def _at_rank(ordered: Values, rank: float) -> float:
    return float(np.interp(rank - 0.5, np.arange(len(ordered)), ordered))
