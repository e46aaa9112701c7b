"""The columns of a table of lines: their cells, their tones, and how many of them fit into a width."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from tui.panes.widgets.styles import Tone
from tui.text.cells import cells_of, cut, printable

Row = TypeVar("Row")

GAP: Final = 2
"""Cells between two columns."""
_MARGIN: Final = 4
_MOST_CELLS: Final = 70
"""The most cells of a line of a message: longer lines are hard to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Row]):
    """One column of a table of lines, with the text and tone of its cells."""

    id: str
    label: str
    width: int
    max_width: int | None = None
    """How wide the column may grow if there is room and a row needs it; ``None`` keeps it at its width."""
    text: Callable[[Row], str]
    short_text: Callable[[Row], str] | None = None
    """A shorter text for a cell into which the text does not fit."""
    tone: Callable[[Row], Tone] = lambda _: Tone.MUTED
    number: bool = False
    """Whether the cells hold numbers, which are aligned on the right."""
    words: bool = False
    """Whether the cells hold sentences, which are cut behind a whole word."""


def fit_text(text: str, width: int, *, to_the_right: bool = False) -> str:
    """Return printable text in one line of exactly ``width`` cells; if it is too long it ends in an ellipsis."""
    line = printable(text).replace("\n", " ")
    return " " * (width - cells_of(line)) + line if to_the_right and cells_of(line) < width else cut(line, width)


def centred_line(message: str, y: int, width: int, height: int) -> str:
    """Return line ``y`` of a message that stands in the middle of ``width`` cells and ``height`` lines."""
    room = max(1, min(_MOST_CELLS, width - 2 * _MARGIN))
    lines = [part for line in printable(message).split("\n") for part in textwrap.wrap(line, room) or [""]]
    index = y - max(0, height - len(lines)) // 2
    text = lines[index] if 0 <= index < len(lines) else ""
    return fit_text(" " * ((width - cells_of(text)) // 2) + text, width)


def fit_columns(
    columns: Sequence[Column[Row]], priority: Sequence[str], width: int, rows: Sequence[Row]
) -> list[tuple[Column[Row], int]]:
    """Return the columns that fit into ``width`` cells, in the order of ``columns``, each with its width.

    The ids in ``priority`` are given room one after the other until one does not fit. Cells that are left over go, in
    the same order, to columns that may grow and need it for these rows; so do cells that such a column would leave
    empty in all rows.
    """
    by_id = {column.id: column for column in columns}
    widths: dict[str, int] = {}
    left = width + GAP
    for name in priority:
        if widths and left < by_id[name].width + GAP:
            break
        widths[name] = by_id[name].width
        left -= widths[name] + GAP
    if rows:
        wanted = {name: _wanted_cells(by_id[name], rows) for name in widths if by_id[name].max_width is not None}
        for name, cells in wanted.items():
            spare = {other: max(0, widths[other] - most) for other, most in wanted.items() if other != name}
            missing = cells - widths[name]
            for other in ("", *reversed(spare)):
                taken = max(0, min(missing, left if not other else spare[other]))
                widths[name] += taken
                missing -= taken
                if other:
                    widths[other] -= taken
                else:
                    left -= taken
    return [(column, widths[column.id]) for column in columns if column.id in widths]


def _wanted_cells(column: Column[Row], rows: Sequence[Row]) -> int:
    """Return how wide a column that may grow should be for these rows and its heading with the mark of the order."""
    needed = max(cells_of(column.label) + GAP, *(cells_of(printable(column.text(row))) for row in rows))
    return min(needed, column.max_width or needed)


def column_at(x: int, shown: Sequence[tuple[Column[Row], int]]) -> Column[Row] | None:
    """Return the column at cell ``x`` of a line; the gap behind a column belongs to it. ``None`` is beyond the last."""
    end = 0
    for column, width in shown:
        end += width + GAP
        if x < end:
            return column
    return None
