"""Tables of text on stdout."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence
from typing import Final

from tui.text.cells import cells_of, column_width, padded
from tui.text.escape import visible

_GAP = "  "
_NARROWEST: Final = 12
"""A column that is wrapped has at least this width in cells."""


def columns(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> str:
    """Set rows of cells under their headings; the columns whose indices are in ``right`` are aligned to the right."""
    lines = [headings, *rows]
    widths = [column_width(cells_of(line[index]) for line in lines) for index in range(len(headings))]
    padded_lines = (
        _GAP.join(padded(cell, widths[index], right=index in right) for index, cell in enumerate(line))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded_lines) + "\n"


def fitted(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None,
    *,
    right: Collection[int] = (),
    flexible: int = -1,
) -> str:
    """Set rows of cells for a terminal of this ``width``; ``None`` stands for a width without limit.

    If they are too wide, the cells of the ``flexible`` column are wrapped. If that is not enough, each row becomes a
    block: its first cell, and below it the others with their headings.
    """
    table = columns(headings, rows, right=right)
    widest = max(map(cells_of, table.splitlines()))
    if width is None or widest <= width:
        return table
    flexible %= len(headings)
    of_flexible = max(cells_of(line[flexible]) for line in (headings, *rows))
    room = of_flexible - (widest - width)
    if room >= max(_NARROWEST, cells_of(headings[flexible])):
        wrapped_rows = [part for row in rows for part in _wrapped(row, flexible, room)]
        return columns(headings, wrapped_rows, right=right)
    return "\n".join(_block(headings, row, width) for row in rows) + "\n"


def _wrapped(row: Sequence[str], flexible: int, room: int) -> list[list[str]]:
    """Split a row into several, of which the later ones have only the rest of the flexible cell."""
    parts = textwrap.wrap(row[flexible], room) or [""]
    empty = [""] * len(row)
    lines = [[*row], *([*empty] for _ in parts[1:])]
    for line, part in zip(lines, parts, strict=True):
        line[flexible] = part
    return lines


def _block(headings: Sequence[str], row: Sequence[str], width: int) -> str:
    first = next((index for index, cell in enumerate(row) if cell), 0)
    cells = (f"{heading.lower()} {cell}".strip() for heading, cell in zip(headings, row, strict=True) if cell)
    parts = [part for index, part in enumerate(cells) if index]
    lines = textwrap.wrap(", ".join(parts), max(_NARROWEST, width - 2), initial_indent=_GAP, subsequent_indent=_GAP)
    return "\n".join([row[first], *lines])


def with_notes(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """Set rows whose last cell is a note; if a terminal of this ``width`` is too narrow, notes stand below their rows.

    Control characters in the cells are made visible. ``None`` stands for a width without limit.
    """
    shown_rows = [[visible(cell) for cell in row] for row in rows]
    table = columns(headings, shown_rows)
    if width is None or all(cells_of(line) <= width for line in table.splitlines()):
        return table
    heading, *lines = columns(headings[:-1], [row[:-1] for row in shown_rows]).splitlines()
    notes_below = (
        [line, f"{_GAP}{row[-1]}"] if row[-1] else [line] for line, row in zip(lines, shown_rows, strict=True)
    )
    return "\n".join([heading, *(line for pair in notes_below for line in pair)]) + "\n"
