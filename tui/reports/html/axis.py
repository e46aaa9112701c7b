"""Where numbers stand on an axis, and which of them are written there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tui.text import units

_FAR_APART: Final = 5.0
"""From this ratio of the greatest to the least on, an axis is logarithmic: else the small ones are all one dot."""
_MOST_TICKS: Final = 7
_STEPS: Final = (1.0, 2.0, 5.0)
_MEMORY_TICKS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """An axis across a chart, in units of its own."""

    ends: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool

    def place(self, value: float) -> float:
        """Where a number stands; what lies beyond an end stands there."""
        low, high = self.ends
        if self.logarithmic:
            value = math.log10(value) if value > 0 else low
        return min(high, max(low, value))


def axis_for(values: Sequence[float], show: Callable[[float], str]) -> Axis:
    """An axis with room for all values, which are above 0."""
    low, high = min(values), max(values)
    if high > low * _FAR_APART:
        ends = (math.log10(low) - 0.05, math.log10(high) + 0.05)
        decades = range(math.floor(ends[0]), math.ceil(ends[1]) + 1)
        known = [step * 10.0**decade for decade in decades for step in _STEPS]
        inside = [value for value in known if ends[0] <= math.log10(value) <= ends[1]]
        shown = inside if len(inside) <= _MOST_TICKS else [value for value in inside if math.log10(value) % 1 == 0]
        return Axis(ends=ends, ticks=tuple((math.log10(value), show(value)) for value in shown), logarithmic=True)
    margin = (high - low) * 0.06 or high * 0.05
    ends = (0.0, high + margin) if low < high / 2 else (low - margin, high + margin)
    step = _round_step((ends[1] - ends[0]) / (_MOST_TICKS - 2))
    first = math.ceil(ends[0] / step)
    places = [step * count for count in range(first, math.floor(ends[1] / step) + 1)]
    return Axis(ends=ends, ticks=tuple((place, show(place)) for place in places), logarithmic=False)


def memory_ticks(top: float) -> tuple[tuple[float, str], ...]:
    """Round sizes in binary units, from 0 up."""
    unit = 1024.0 ** max(0, int(math.log(max(top, 1.0), 1024)))
    step = _round_step(top / unit / _MEMORY_TICKS) * unit
    return tuple((step * count, units.size(step * count) if count else "0") for count in range(int(top / step) + 1))


def _round_step(least: float) -> float:
    """1, 2 or 5 times a power of ten, at least so much."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (*_STEPS, 10.0) if step * power >= least * 0.999)
