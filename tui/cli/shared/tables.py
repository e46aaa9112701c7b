"""Tables of text on stdout."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tui.text.cells import cells_of, padded
from tui.text.escape import visible

_GAP = "  "


def columns(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> str:
    """Set rows of cells under their headings; the columns whose indices are in ``right`` are aligned to the right."""
    lines = [headings, *rows]
    widths = [max(cells_of(line[index]) for line in lines) for index in range(len(headings))]
    padded_lines = (
        _GAP.join(padded(cell, widths[index], right=index in right) for index, cell in enumerate(line))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded_lines) + "\n"


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
