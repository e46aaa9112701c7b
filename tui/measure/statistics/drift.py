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
    slopes = np.concatenate([_slopes(line) for line in series])
    sizes = np.array([min(len(line), _MOST_AT_ONCE) for line in series], dtype=np.float64)
    spread = math.sqrt(float(np.sum(sizes * (sizes - 1) * (2 * sizes + 5) / 18)))
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2) * spread
    length = max(len(line) for line in series) - 1
    middle = float(np.median(slopes))
    low, high = _at_ranks(slopes, [(len(slopes) + side * reach) / 2 for side in (-1, 1)])
    share = math.expm1(middle * length)
    return Drift(
        share=share,
        interval=Interval(low=math.expm1(low * length), high=math.expm1(high * length)),
        per_round=math.expm1(middle),
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
        at, line = thinned(at), thinned(line)
    first, second = np.triu_indices(len(line), k=1)
    return (line[second] - line[first]) / (at[second] - at[first])


def thinned(values: Values) -> Values:
    """Return the medians of neighbours, in parts whose sizes differ by one at most, the larger ones first."""
    size, larger = divmod(len(values), _MOST_AT_ONCE)
    border = larger * (size + 1)
    parts = values[:border].reshape(larger, size + 1), values[border:].reshape(_MOST_AT_ONCE - larger, size)
    return np.concatenate([np.median(part, axis=1) for part in parts if part.size])


def _at_ranks(values: Values, ranks: Sequence[float]) -> list[float]:
    """Return the values at these ranks, which count from 1 at the middle of a value, without sorting all of them."""
    last = len(values) - 1
    places = [min(max(rank - 0.5, 0.0), float(last)) for rank in ranks]
    below = [min(int(place), max(0, last - 1)) for place in places]
    ordered = np.partition(values, sorted({index for at in below for index in (at, min(at + 1, last))}))
    return [
        float(np.interp(place, (at, at + 1), (ordered[at], ordered[min(at + 1, last)])))
        for place, at in zip(places, below, strict=True)
    ]
