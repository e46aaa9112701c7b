"""What both charts of a model's numbers are made of: a widget that draws rows of coloured pieces at a given size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar, Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.widgets import styles
from tui.panes.widgets.styles import Tone
from tui.records.comparison import Quantity
from tui.text import units

_ROUNDING: Final = 1e-9
TITLES: Final = {Quantity.TTFT: "Time to first token", Quantity.DECODE: "Decode rate"}
"""The names of the numbers that have charts."""
_ROWS_OF_A_STEP: Final = (2, 3, 4, 5)
"""How many rows a step of an upright axis may take."""
_MANY_ROWS: Final = 24
"""The rows from which an axis has only the wider of these steps, so that its round values stay apart."""
_TONES: Final = (Tone.MUTED, Tone.PRIMARY, Tone.WARNING, Tone.ERROR)
"""The tones of a chart besides plain text: labels, values, intervals with cold starts, and what went wrong."""


class PlotPiece(NamedTuple):
    """Some signs in one tone."""

    text: str
    tone: Tone = Tone.PLAIN


Row = Sequence[PlotPiece]


class LinearScale(NamedTuple):
    """The values from ``low`` to ``high``, which are ``span`` apart, spread evenly over a number of cells."""

    low: float
    high: float
    span: float
    cells: int

    def cell(self, value: float) -> int:
        """The cell of a value, counted from the lowest; a value outside the scale is in the first or last cell."""
        return min(self.cells - 1, max(0, int((value - self.low) / self.span * self.cells)))


def scale_over(values: Sequence[float], cells: int, margin: float) -> LinearScale:
    """A scale that has all values, and on either side a margin: a share of their span, or of the value if all agree."""
    least, most = min(values), max(values)
    room = (most - least) * margin or most * margin or 1.0
    return LinearScale(low=least - room, high=most + room, span=most - least + 2 * room, cells=cells)


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return at most ``most`` round values from ``low`` to ``high``, evenly apart: steps of 1, 2 or 5 times 10^n."""
    if high <= low or most < 1:
        return ()
    magnitude = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(size for factor in (1, 2, 5, 10) if (high - low) / (size := factor * magnitude) <= most)
    first = math.ceil(low / step - _ROUNDING)
    return tuple(number * step for number in range(first, math.floor(high / step + _ROUNDING) + 1))


class EvenScale(NamedTuple):
    """An upright axis whose round values are all the same number of rows apart."""

    scale: LinearScale
    labels: dict[int, str]
    """The round values without a unit, by their row from the top."""

    def row(self, value: float) -> int:
        """The row of a value, counted from the top; one outside the scale is in the first or last row."""
        return self.scale.cells - 1 - self.scale.cell(value)

    @property
    def label_cells(self) -> int:
        """The cells of the longest label."""
        return max(map(len, self.labels.values()), default=0)


def even_scale(least: float, most: float, rows: int) -> EvenScale:
    """Return the narrowest scale that has all values from ``least`` to ``most`` and evenly spaced round values.

    A row stands for a fraction of a step of 1, 2 or 5 times 10^n, so that each step takes a whole number of rows. The
    scale never begins below 0, and what it has beyond the values is shared by both ends.
    """
    room = (most - least) or most or 1.0
    needed = room / max(1, rows - 1)
    magnitude = 10.0 ** math.floor(math.log10(needed))
    widths = _ROWS_OF_A_STEP if rows < _MANY_ROWS else _ROWS_OF_A_STEP[-2:]
    sizes = sorted(
        (factor * size / parts, parts, factor * size)
        for size in (magnitude, 10 * magnitude, 100 * magnitude)
        for factor in (1, 2, 5)
        for parts in widths
    )
    holding = [size for size in sizes if _holds(size[0], least, most, rows)]
    # A single value on the axis tells nothing of the distance between two rows.
    telling = (size for size in holding if len(_labels(*size[1:], _lowest_row(size[0], least, most, rows), rows)) > 1)
    of_row, parts, step = next(telling, holding[0])
    lowest = _lowest_row(of_row, least, most, rows)
    low = (lowest - 0.5) * of_row
    labels = _labels(parts, step, lowest, rows)
    return EvenScale(LinearScale(low=low, high=low + rows * of_row, span=rows * of_row, cells=rows), labels)


def _lowest_row(of_row: float, least: float, most: float, rows: int) -> int:
    """Return how many rows of this size lie between 0 and the lowest row."""
    first, last = (math.floor(value / of_row + 0.5) for value in (least, most))
    return max(0, first - (rows - 1 - (last - first)) // 2)


def _labels(parts: int, step: float, lowest: int, rows: int) -> dict[int, str]:
    """Return the rows that have a value of the axis, with its text."""
    return {
        rows - 1 - (number - lowest): f"{number // parts * step:,.10g}"
        for number in range(lowest, lowest + rows)
        if number % parts == 0
    }


def _holds(of_row: float, least: float, most: float, rows: int) -> bool:
    """Whether rows of this size reach from the least to the most value."""
    return math.floor(most / of_row + 0.5) - math.floor(least / of_row + 0.5) < rows


def unit_of(quantity: Quantity) -> str:
    """The unit of a number that has charts."""
    return "ms" if quantity is Quantity.TTFT else "tok/s"


def quantity_text(quantity: Quantity, value: float | None) -> str:
    """A value of a number that has charts, with its unit."""
    return units.milliseconds(value) if quantity is Quantity.TTFT else units.rate(value)


class Canvas:
    """Cells that are set one by one, and read as rows of pieces."""

    def __init__(self, columns: int, rows: int) -> None:
        self._cells = [[PlotPiece(" ")] * columns for _ in range(rows)]
        self.columns = columns
        self.rows = rows

    def put(self, column: int, row: int, sign: str, tone: Tone) -> None:
        """Set one cell; a cell outside the canvas is ignored."""
        if 0 <= row < self.rows and 0 <= column < self.columns:
            self._cells[row][column] = PlotPiece(sign, tone)

    def write(self, column: int, row: int, words: str, tone: Tone) -> None:
        """Write words from a column on, or as far to the left of it as they need to fit."""
        start = max(0, min(column, self.columns - len(words)))
        for offset, sign in enumerate(words):
            self.put(start + offset, row, sign, tone)

    def read(self) -> list[Row]:
        """The rows, in which neighbours of one tone are one piece."""
        return [
            [PlotPiece("".join(cell.text for cell in run), tone) for tone, run in groupby(row, key=_tone_of)]
            for row in self._cells
        ]


def _tone_of(piece: PlotPiece) -> Tone:
    return piece.tone


class Plot(Widget):
    """A chart that is drawn when it is given data or another size.

    It is our own since the packages for plots that were measured took 8 to 46 ms for a refresh, where rows of eighth
    blocks took 3.5 ms, and Textual's ``Sparkline`` has neither axis nor marks.
    """

    DEFAULT_CSS = """
    Plot {
        background: $surface;
        color: $foreground;
        height: 1fr;
        & > .plot--muted { color: $text-muted; }
        & > .plot--primary { color: $primary; }
        & > .plot--warning { color: $warning; }
        & > .plot--error { color: $text-error; }
        &:ansi > .plot--primary { color: ansi_cyan; }
        &:ansi > .plot--warning { color: ansi_yellow; }
        &:ansi > .plot--error { color: ansi_red; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"plot--{tone}" for tone in _TONES}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._strips: list[Strip] = []

    def draw(self, columns: int, rows: int) -> list[Row]:
        """The rows of the chart at this size; a subclass draws them."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """The chart at its size of now, without colours."""
        rows = self.draw(self.size.width, self.size.height)
        return "\n".join("".join(piece.text for piece in row).rstrip() for row in rows)

    def renew(self) -> None:
        """Draw the data of now."""
        self._strips = []
        self.refresh()

    def on_resize(self) -> None:
        self.renew()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips = []

    def render_line(self, y: int) -> Strip:
        if not self._strips and self.is_attached:
            self._strips = self._paint()
        if y < len(self._strips):
            return self._strips[y]
        # Without a style the filter for terminals without colours fails.
        return Strip.blank(self.size.width, self.rich_style)

    def _paint(self) -> list[Strip]:
        columns, rows = self.size
        plain = styles.filtered_style(self, self.rich_style)
        tones: dict[Tone, Style] = {tone: styles.component_style(self, f"plot--{tone}") for tone in _TONES}
        tones[Tone.PLAIN] = plain
        drawn = self.draw(columns, rows) if columns and rows else []
        return [
            Strip([Segment(piece.text, tones[piece.tone]) for piece in row]).adjust_cell_length(columns, plain)
            for row in drawn[:rows]
        ]
