"""The geometry of a chart of eighth blocks: its scale, its columns, its cells. Nothing here draws."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

NOTHING: Final = -1
LIMIT_LAYER: Final = -2
EXPECTED_LAYER: Final = -3

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
SHADES: Final = "█▓▒░"
"""What a full cell is where there are no colours."""
_LIMIT_DASHES: Final = "▁▁ "
"""The limit lies on the lower edge of its row, so that it never hides how close an area has come."""
DASH_COLUMNS: Final = len(_LIMIT_DASHES)
EXPECTED: Final = "┈"
_ROUND: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_UNIT: Final = 1024.0
_LEAST_TOP: Final = 10 * _UNIT**2
_LIMIT_NEAR: Final = 0.4
"""From this share of it on, the limit is drawn: before, it would only flatten everything."""
_FARTHEST_SHIFT: Final = 3
"""Columns that a mark may stand beside its time when another is in its place."""

MarkT = TypeVar("MarkT")


class Scale(NamedTuple):
    """What the height of the chart stands for."""

    top: float
    limit_row: int | None = None
    """The row whose lower edge is the limit, counted from the foot."""


class Cell(NamedTuple):
    """A glyph and the layers its two colours come from."""

    glyph: str
    front: int
    back: int


def limit_is_near(highest: float, limit: float) -> bool:
    """Whether values have come so close to the limit that it belongs into the chart."""
    return 0 < limit * _LIMIT_NEAR <= highest


def round_top(highest: float) -> float:
    """The next round number of binary units: 250 MiB, 1.5 GiB; nothing is at the very top of the chart."""
    unit = _UNIT**2
    highest = max(highest, _LEAST_TOP)
    while highest >= 1000 * unit:
        unit *= _UNIT
    value = highest / unit
    power = 10.0 ** math.floor(math.log10(value))
    top = next(step * power for step in _ROUND if step * power >= value)
    return _UNIT * unit if top >= 1000 else top * unit


def scale_of(highest: float, limit: float | None, rows: int) -> Scale:
    """A round top, or one that puts the limit on the edge between two rows."""
    if limit is None or rows < 2 or not limit_is_near(highest, limit):
        return Scale(round_top(highest))
    below = rows - 1
    if highest > limit:
        # With a row above the limit's own for what is beyond it.
        below = max(1, min(rows - 2, int(limit * rows / highest)))
    return Scale(max(limit * rows / below, highest), below)


def place_marks(wanted: Iterable[tuple[int, MarkT]], width: int) -> dict[int, MarkT]:
    """A column for each mark, oldest first: the newest stand where they belong, older ones make way to the left."""
    placed: dict[int, MarkT] = {}
    free = width - 1
    for column, mark in reversed(list(wanted)):
        place = min(column, free)
        if place < 0:
            break
        if column - place <= _FARTHEST_SHIFT:
            placed[place] = mark
            free = place - 1
    return dict(sorted(placed.items()))


def level(value: float | None, scale: float, highest: int) -> int:
    """Height in eighths of a row; what is more than nothing is seen."""
    if value is None or value <= 0:
        return 0
    height = value * scale
    return highest if height >= highest else max(1, round(height))


@lru_cache(maxsize=4096)
def column_cells(
    heights: tuple[int, ...], rows: int, limit_row: int | None, expected: int, shades: str, phase: int
) -> tuple[Cell, ...]:
    """The cells of one column from its top to its foot; ``expected`` is a height, ``shades`` has a glyph for each layer
    where there are no colours, ``phase`` is the column's place in the pattern of dashes.
    """
    expected_row = (expected - 1) // 8 if expected else None
    if expected_row is not None and limit_row is not None and expected > limit_row * 8:
        # Else the dashes of the limit would be in its place.
        expected_row = max(expected_row, limit_row + 1)
    cells = [_cell(heights, row * 8, shades) for row in range(rows)]
    for row, layer, glyph in (
        (limit_row, LIMIT_LAYER, _LIMIT_DASHES[phase]),
        (expected_row, EXPECTED_LAYER, EXPECTED),
    ):
        if row is not None and row < rows and cells[row].front == NOTHING:
            cells[row] = Cell(glyph, layer if glyph != " " else NOTHING, NOTHING)
    return tuple(reversed(cells))


def _cell(heights: Sequence[int], floor: int, shades: str) -> Cell:
    """The cell whose lower edge is at ``floor`` eighths: the foremost area, and behind it the next that is higher."""
    front, front_height, back = NOTHING, 0, NOTHING
    for layer, height in enumerate(heights):
        here = min(8, height - floor)
        if here >= 8:
            front, front_height, back = layer, 8, NOTHING
        elif here > 0 and front_height == 8:
            front, front_height, back = layer, here, front
        elif here > 0:
            front, front_height = layer, here
    if shades and front_height == 8:
        return Cell(shades[front], front, NOTHING)
    # Behind a full block its own colour: in many fonts it leaves seams.
    return Cell(_EIGHTHS[front_height], front, front if front_height == 8 else back)
