"""A small drawing of rows of words, each piece in one of a few tones; what is drawn is asked for by size."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.widgets import styles as ink


class PlotTone(StrEnum):
    """What a piece of a drawing is, which gives its colour."""

    PLAIN = "plain"
    MUTED = "muted"
    VALUE = "value"
    INTERVAL = "interval"
    ALARM = "alarm"


class PlotPiece(NamedTuple):
    """Some signs in one tone."""

    text: str
    tone: PlotTone = PlotTone.PLAIN


Row = Sequence[PlotPiece]


class Canvas:
    """Cells that are set one by one, and read as rows."""

    def __init__(self, columns: int, rows: int) -> None:
        self._cells = [[PlotPiece(" ")] * columns for _ in range(rows)]
        self.columns = columns
        self.rows = rows

    def put(self, column: int, row: int, sign: str, tone: PlotTone) -> None:
        """Set one cell; what lies outside is left out."""
        if 0 <= row < self.rows and 0 <= column < self.columns:
            self._cells[row][column] = PlotPiece(sign, tone)

    def write(self, column: int, row: int, words: str, tone: PlotTone) -> None:
        """Words from a column on, moved to the left where they would not fit."""
        start = max(0, min(column, self.columns - len(words)))
        for place, sign in enumerate(words):
            self.put(start + place, row, sign, tone)

    def read(self) -> list[Row]:
        """Its rows, neighbours of one tone together."""
        return [
            [
                PlotPiece("".join(cell.text for cell in run), tone)
                for tone, run in groupby(row, key=lambda cell: cell.tone)
            ]
            for row in self._cells
        ]


class Plot(Widget):
    """Draws itself anew when it is given something, or gets another size."""

    DEFAULT_CSS = """
    Plot {
        background: $surface;
        color: $foreground;
        height: 1fr;
        & > .plot--muted { color: $text-muted; }
        & > .plot--value { color: $primary; }
        & > .plot--interval { color: $warning; }
        & > .plot--alarm { color: $text-error; }
        &:ansi > .plot--value { color: ansi_cyan; }
        &:ansi > .plot--interval { color: ansi_yellow; }
        &:ansi > .plot--alarm { color: ansi_red; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"plot--{tone.value}" for tone in PlotTone}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._strips: list[Strip] = []

    def draw(self, columns: int, rows: int) -> list[Row]:
        """What is to be seen at this size."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """What is to be seen, without its colours."""
        drawn = self.draw(self.size.width, self.size.height)
        return "\n".join("".join(piece.text for piece in row).rstrip() for row in drawn)

    def renew(self) -> None:
        """Show what there is now."""
        self._strips = []
        self.refresh()

    def on_resize(self) -> None:
        self.renew()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips = []

    def render_line(self, y: int) -> Strip:
        """One row of the drawing."""
        if not self._strips and self.is_attached:
            self._strips = self._painted()
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        return [self.render_line(y).crop(*crop.column_span) for y in range(crop.y, crop.bottom)]

    def _painted(self) -> list[Strip]:
        columns, rows = self.size
        base = ink.shown(self, self.rich_style)
        styles: dict[PlotTone, Style] = {tone: ink.component(self, f"plot--{tone.value}") for tone in PlotTone}
        styles[PlotTone.PLAIN] = base
        drawn = self.draw(columns, rows) if columns and rows else []
        return [
            Strip([Segment(piece.text, styles[piece.tone]) for piece in row]).adjust_cell_length(columns, base)
            for row in drawn[:rows]
        ]
