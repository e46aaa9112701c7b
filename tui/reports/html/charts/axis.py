"""The ends of an axis, and the round numbers that are written on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tui.text import units

_FAR_APART: Final = 5.0
"""From this ratio of largest to smallest value on an axis is logarithmic: else the small values are all one dot."""
_MOST_LINEAR_TICKS, _MOST_LOGARITHMIC_TICKS = 6, 7
_STEPS: Final = (1.0, 2.0, 5.0)
_MEMORY_TICKS: Final = 5
_TOLERANCE: Final = 1e-6
"""In steps: how far beyond the end of an axis a tick may stand, since a sum of steps is not exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """An axis across a chart; on a logarithmic one ends and ticks are logarithms."""

    ends: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool

    def position(self, value: float) -> float:
        """Return the position of a value on the axis; a value beyond an end stands at that end."""
        low, high = self.ends
        if self.logarithmic:
            value = math.log10(value) if value > 0 else low
        return min(high, max(low, value))


def axis_for(values: Sequence[float], show: Callable[[float], str]) -> Axis:
    """Make an axis with room for all values. They are above 0, but for those of a damaged record."""
    low, high = min(values), max(values)
    if low > 0 and high > low * _FAR_APART:
        return _logarithmic_axis(low, high, show)
    margin = (high - low) * 0.06 or high * 0.05
    ends = (0.0, high + margin) if low < high / 2 else (low - margin, high + margin)
    return Axis(ends=ends, ticks=round_ticks(ends, _MOST_LINEAR_TICKS, show), logarithmic=False)


def round_ticks(ends: tuple[float, float], most: int, show: Callable[[float], str]) -> tuple[tuple[float, str], ...]:
    """Return at most ``most`` round numbers from one end to the other, without those that have no words."""
    span = ends[1] - ends[0]
    if not 0 < span < math.inf:
        # All values are alike, or one is so large that no axis can hold it.
        return ((ends[0], words),) if math.isfinite(ends[0]) and (words := show(ends[0])) else ()
    step = _round_step(span / (most - 1))
    counts = range(math.ceil(ends[0] / step), math.floor(ends[1] / step + _TOLERANCE) + 1)
    return tuple((step * count, words) for count in counts if (words := show(step * count)))


def memory_ticks(top: float) -> tuple[tuple[float, str], ...]:
    """Return round sizes in binary units, from 0 up to ``top`` bytes."""
    unit = 1024.0 ** max(0, int(math.log(max(top, 1.0), 1024)))
    step = _round_step(top / unit / _MEMORY_TICKS) * unit
    return tuple((step * count, units.size(step * count) if count else "0") for count in range(int(top / step) + 1))


def whole_number(value: float) -> str:
    """Write a number of an axis that counts; a number that is not whole has no words."""
    return units.count(value) if value == round(value) else ""


def _logarithmic_axis(low: float, high: float, show: Callable[[float], str]) -> Axis:
    ends = (math.log10(low) - 0.05, math.log10(high) + 0.05)
    decades = range(math.floor(ends[0]), math.ceil(ends[1]) + 1)
    round_values = [step * 10.0**decade for decade in decades for step in _STEPS]
    inside = [value for value in round_values if ends[0] <= math.log10(value) <= ends[1]]
    if len(inside) > _MOST_LOGARITHMIC_TICKS:
        inside = [value for value in inside if math.log10(value) % 1 == 0]
    return Axis(ends=ends, ticks=tuple((math.log10(value), show(value)) for value in inside), logarithmic=True)


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2 or 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (*_STEPS, 10.0) if step * power >= least * 0.999)
