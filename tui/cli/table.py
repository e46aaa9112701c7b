"""Rows of cells as text, with the words that belong to a row beside or below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.store import escape

_GAP: Final = "  "


def as_text(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """A line a row; the last cell is a note, and stands below its row where it does not fit a terminal this wide."""
    head = tuple(headings)
    shown = [head, *(tuple(escape.visible(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(head))]
    beside = width is None or sum(widths) + len(_GAP) * (len(widths) - 1) <= width
    lines: list[str] = []
    for row in shown:
        cells = _GAP.join(cell.ljust(size) for cell, size in zip(row[:-1], widths, strict=False))
        if beside:
            lines.append(f"{cells}{_GAP}{row[-1]}".rstrip())
        else:
            lines.append(cells.rstrip())
            if row[-1] and row is not head:
                lines.append(f"{_GAP}{row[-1]}")
    return "\n".join(lines) + "\n"
