"""The legend of a chart: the signs that are drawn, each with its words, in as many rows as they need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from tui.panes.charts.plot import PlotPiece, Row
from tui.panes.widgets.styles import Tone

_GAP: Final = 3


class Mark(NamedTuple):
    """A sign of a chart with its tone, and what the legend says of it."""

    sign: str
    tone: Tone
    words: str

    def pieces(self, columns: int) -> list[PlotPiece]:
        """The sign and its words, the words cut to so many columns."""
        return [PlotPiece(self.sign, self.tone), PlotPiece(f" {self.words}"[: columns - len(self.sign)], Tone.MUTED)]


def legend(marks: Iterable[Mark], columns: int) -> list[Row]:
    """Lay out these marks in rows of so many columns."""
    return legend_rows([mark.pieces(columns) for mark in marks], columns)


def legend_rows(entries: Iterable[Sequence[PlotPiece]], columns: int) -> list[Row]:
    """Lay out entries side by side; one that does not fit begins the next row."""
    rows: list[list[PlotPiece]] = [[]]
    for entry in entries:
        taken = sum(len(piece.text) for piece in rows[-1])
        needed = sum(len(piece.text) for piece in entry)
        if rows[-1] and taken + _GAP + needed > columns:
            rows.append([])
        rows[-1] += [*([PlotPiece(" " * _GAP)] if rows[-1] else []), *entry]
    return list(rows)
