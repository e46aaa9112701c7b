"""What a table of lines is made of: columns, how their cells are coloured, and which of them there is room for."""

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
"""Of a line of words: longer ones are hard to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Row]):
    """One column: what a cell says, and how."""

    id: str
    label: str
    width: int
    most: int | None = None
    """How wide it may grow where there is room and a row needs it; by default it does not."""
    text: Callable[[Row], str]
    short: Callable[[Row], str] | None = None
    """What is said where the text does not fit."""
    tone: Callable[[Row], Tone] = lambda _: Tone.MUTED
    number: bool = False
    """Numbers stand to the right."""


def fit_text(text: str, width: int, *, to_the_right: bool = False) -> str:
    """One line of exactly ``width`` cells; what does not fit ends in an ellipsis."""
    shown = printable(text).replace("\n", " ")
    return " " * (width - cells_of(shown)) + shown if to_the_right and cells_of(shown) < width else cut(shown, width)


def centred_line(words: str, place: int, width: int, height: int) -> str:
    """A line of words that stand in the middle of so many cells and lines."""
    room = max(1, min(_MOST_CELLS, width - 2 * _MARGIN))
    lines = [part for line in printable(words).split("\n") for part in textwrap.wrap(line, room) or [""]]
    place -= max(0, height - len(lines)) // 2
    text = lines[place] if 0 <= place < len(lines) else ""
    return fit_text(" " * ((width - cells_of(text)) // 2) + text, width)


def fit_columns(
    columns: Sequence[Column[Row]], kept: Sequence[str], width: int, rows: Sequence[Row]
) -> list[tuple[Column[Row], int]]:
    """The columns that fit into ``width`` cells, each with its width; those named last in ``kept`` are the first to go,
    and what is left over goes to those that may grow and need it for these rows, in the order of ``kept``.
    """
    by_id = {column.id: column for column in columns}
    widths: dict[str, int] = {}
    left = width + GAP
    for name in kept:
        if widths and left < by_id[name].width + GAP:
            break
        widths[name] = by_id[name].width
        left -= widths[name] + GAP
    for name in widths:
        column, most = by_id[name], by_id[name].most
        if most is not None and left > 0:
            needed = max((cells_of(printable(column.text(row))) for row in rows), default=0)
            grown = max(0, min(left, min(needed, most) - column.width))
            widths[name] += grown
            left -= grown
    return [(column, widths[column.id]) for column in columns if column.id in widths]


def column_at(x: int, shown: Sequence[tuple[Column[Row], int]]) -> Column[Row] | None:
    """The column at a cell of a line, the gap behind it included; ``None`` beyond the last."""
    end = 0
    for column, width in shown:
        end += width + GAP
        if x < end:
            return column
    return None
