"""Tables on stdout."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tui.store.tables import cells, padded

_GAP = "  "


def columns(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> str:
    """Rows of cells under their headings; columns named by place in ``right`` are aligned there."""
    lines = [headings, *rows]
    widths = [max(cells(line[place]) for line in lines) for place in range(len(headings))]
    shown = (
        _GAP.join(padded(cell, widths[place], right=place in right) for place, cell in enumerate(line))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in shown) + "\n"
