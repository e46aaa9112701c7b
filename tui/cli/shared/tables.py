"""Tables on stdout."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tui.text.cells import cells_of, padded
from tui.text.escape import visible

_GAP = "  "


def columns(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> str:
    """Rows of cells under their headings; columns named by place in ``right`` are aligned there."""
    lines = [headings, *rows]
    widths = [max(cells_of(line[place]) for line in lines) for place in range(len(headings))]
    shown = (
        _GAP.join(padded(cell, widths[place], right=place in right) for place, cell in enumerate(line))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in shown) + "\n"


def with_notes(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """The same with a note in the last cell, which stands below its row where it does not fit a terminal this wide."""
    shown = [[visible(cell) for cell in row] for row in rows]
    beside = columns(headings, shown)
    if width is None or all(cells_of(line) <= width for line in beside.splitlines()):
        return beside
    heading, *lines = columns(headings[:-1], [row[:-1] for row in shown]).splitlines()
    below = ([line, f"{_GAP}{row[-1]}"] if row[-1] else [line] for line, row in zip(lines, shown, strict=True))
    return "\n".join([heading, *(line for pair in below for line in pair)]) + "\n"
