"""A confidence interval as a bar around 0, where the right means slower; bars of one scale can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.content import Content

from tui.records.statistics import Interval

_SCALES: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
"""How far to either side a bar may reach; what goes beyond twice the value would make all other bars too short."""
_HALVES: Final = {(False, False): " ", (False, True): "╺", (True, False): "╸", (True, True): "━"}
"""The sign of a cell, by whether the bar covers its left and its right half."""
_ZERO, _CROSSING, _VALUE, _BEYOND_LEFT, _BEYOND_RIGHT = "│", "┿", "●", "◂", "▸"


def scale_of(intervals: Iterable[Interval]) -> float:
    """Return the smallest round share that all intervals fit into; 0 if there is none."""
    farthest = max((max(abs(interval.low), abs(interval.high)) for interval in intervals), default=0.0)
    if not farthest:
        return 0.0
    return next((scale for scale in _SCALES if farthest <= scale), _SCALES[-1])


def middle(cells: int) -> int:
    """Return the cell of 0 in a bar with an odd number of cells."""
    return cells // 2


def bar(interval: Interval | None, value: float | None, scale: float, cells: int, colour: str) -> Content:
    """Return the bar; without an interval there is nothing to draw, not even the line at 0."""
    if interval is None or value is None or not scale:
        return Content(" " * cells)
    # The bounds in half cells: 0 lies in the middle of the middle cell.
    low, high = (round((1 + bound / scale) * (cells - 1)) + 1 for bound in (interval.low, interval.high))
    signs = [_HALVES[low <= 2 * cell < high, low <= 2 * cell + 1 < high] for cell in range(cells)]
    if signs[middle(cells)] == "━":
        signs[middle(cells)] = _CROSSING
    column = round((1 + value / scale) * (cells - 1) / 2)
    if 0 <= column < cells:
        signs[column] = _VALUE
    if low < 0:
        signs[0] = _BEYOND_LEFT
    if high > 2 * cells:
        signs[-1] = _BEYOND_RIGHT
    return _painted(signs, colour)


def _painted(signs: list[str], colour: str) -> Content:
    zero = middle(len(signs))
    if signs[zero] == " ":
        return Content.assemble(
            ("".join(signs[:zero]), colour), (_ZERO, "$border-blurred"), ("".join(signs[zero + 1 :]), colour)
        )
    return Content.styled("".join(signs), colour)
