"""The geometry of a chart of eighth blocks: its scale, its columns and its cells, without drawing them."""

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
"""The signs that fill the cells of the areas if there are no colours."""
_LIMIT_DASHES: Final = "▁▁ "
"""The limit is drawn on the lower edge of its row, so that it never hides how close an area has come."""
DASH_COLUMNS: Final = len(_LIMIT_DASHES)
EXPECTED: Final = "┈"
_ROWS_OF_A_STEP: Final = (2, 3, 4, 5)
"""How many rows a step of the axis may take."""
_MANY_ROWS: Final = 20
"""The rows from which the axis has only the wider of these steps, so that its round values stay apart."""
_UNIT: Final = 1024.0
_UNIT_NAMES: Final = {_UNIT**2: "MiB", _UNIT**3: "GiB", _UNIT**4: "TiB"}
_ROUNDING: Final = 1e-9
_LEAST_TOP: Final = 10 * _UNIT**2
_LIMIT_NEAR: Final = 0.4
"""The limit is drawn from this share of it on; for lower values it would only flatten the areas."""
_FARTHEST_SHIFT: Final = 3
"""The most columns that a mark may be moved if another mark is at its time."""

MarkT = TypeVar("MarkT")


class Scale(NamedTuple):
    """The values that the height of the chart stands for."""

    top: float
    limit_row: int | None = None
    """The row whose lower edge is the limit, counted from the bottom."""
    step_rows: int = 0
    """The rows that a step between two round values takes; 0 without round values."""
    step: float = 0.0
    """A step between two round values, in bytes."""

    def labels(self, rows: int) -> dict[int, str]:
        """Return the round values by the rows whose lower edge they are, counted from the bottom; the highest tells the
        unit of all: ``0``, ``100``, ``200 MiB``.
        """
        if not self.step_rows:
            return {0: "0"}
        highest = max(0, rows - 1) // self.step_rows
        unit = max((unit for unit in _UNIT_NAMES if unit <= highest * self.step), default=_UNIT**2)
        labels = {number * self.step_rows: f"{number * self.step / unit:.5g}" for number in range(highest + 1)}
        labels[highest * self.step_rows] += f" {_UNIT_NAMES[unit]}" if highest else ""
        return labels


class Cell(NamedTuple):
    """A sign, and the layers that its two colours come from."""

    glyph: str
    front: int
    back: int


def limit_is_near(highest: float, limit: float) -> bool:
    """Return whether a value has come so close to the limit that the limit is shown in the chart."""
    return 0 < limit * _LIMIT_NEAR <= highest


def even_scale(highest: float, rows: int) -> Scale:
    """Return the narrowest scale from 0 on that has the highest value, and whose steps all take the same whole number
    of rows; a step is 1, 2 or 5 times 10^n MiB or GiB.
    """
    unit = _UNIT**2
    highest = max(highest, _LEAST_TOP)
    while highest >= 1000 * unit and unit * _UNIT in _UNIT_NAMES:
        unit *= _UNIT
    widths = _ROWS_OF_A_STEP if rows < _MANY_ROWS else _ROWS_OF_A_STEP[-2:]
    fitting = [width for width in widths if width < rows] or [1]
    of_row = highest / max(1, rows)
    power = 10.0 ** math.floor(math.log10(of_row / unit))
    sizes = sorted(
        (factor * power * unit / width, width)
        for factor in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
        for width in fitting
    )
    of_row, width = next(size for size in sizes if size[0] >= of_row * (1 - _ROUNDING))
    return Scale(of_row * max(1, rows), step_rows=width, step=of_row * width)


def scale_of(highest: float, limit: float | None, rows: int) -> Scale:
    """Return a scale with round values, or one that has the limit on the edge between two rows."""
    if limit is None or rows < 2 or not limit_is_near(highest, limit):
        return even_scale(highest, rows)
    below = rows - 1
    if highest > limit:
        # Values above the limit need a row above that of the limit.
        below = max(1, min(rows - 2, int(limit * rows / highest)))
    return Scale(max(limit * rows / below, highest), below)


def place_marks(marks: Iterable[tuple[int, MarkT]], width: int) -> dict[int, MarkT]:
    """Return the mark of each column, by column.

    The newest mark stands at its time. Older marks that would share a column with a newer one are moved to the left, or
    left out if that is too far.
    """
    placed: dict[int, MarkT] = {}
    free = width - 1
    for column, mark in reversed(list(marks)):
        nearest = min(column, free)
        if nearest < 0:
            break
        if column - nearest <= _FARTHEST_SHIFT:
            placed[nearest] = mark
            free = nearest - 1
    return dict(sorted(placed.items()))


def level(value: float | None, scale: float, highest: int) -> int:
    """Return the height of a value in eighths of a row; every value above zero is at least one eighth."""
    if value is None or value <= 0:
        return 0
    height = value * scale
    return highest if height >= highest else max(1, round(height))


@lru_cache(maxsize=4096)
def column_cells(
    heights: tuple[int, ...], rows: int, limit_row: int | None, expected: int, shades: str, phase: int
) -> tuple[Cell, ...]:
    """Return the cells of one column from top to bottom.

    ``heights`` and ``expected`` are in eighths of a row, ``shades`` has a sign for each layer if there are no colours,
    and ``phase`` is the position of the column in the pattern of dashes.
    """
    expected_row = (expected - 1) // 8 if expected else None
    if expected_row is not None and limit_row is not None and expected > limit_row * 8:
        # A dotted line just above the limit moves up by a row, since the dashes of the limit would hide it.
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
    """Return the cell whose lower edge is at ``floor`` eighths: the front area, and behind it the next higher one."""
    front, front_height, back = NOTHING, 0, NOTHING
    for layer, height in enumerate(heights):
        eighths = min(8, height - floor)
        if eighths >= 8:
            front, front_height, back = layer, 8, NOTHING
        elif eighths > 0 and front_height == 8:
            front, front_height, back = layer, eighths, front
        elif eighths > 0:
            front, front_height = layer, eighths
    if shades and front_height == 8:
        return Cell(shades[front], front, NOTHING)
    # A full block has its own colour behind it too, since many fonts leave seams around it.
    return Cell(_EIGHTHS[front_height], front, front if front_height == 8 else back)
