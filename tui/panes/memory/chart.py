"""A chart of memory over time: rows of figures, areas of eighth blocks below a limit, and marks on the time axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import ClassVar, Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.filter import Monochrome, NoColor
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.memory import chart_cells
from tui.panes.memory.chart_cells import EXPECTED_LAYER, LIMIT_LAYER, NOTHING, Cell
from tui.panes.widgets.styles import Tone, component_style, filtered_style, release_strips
from tui.text import units

SERIES_COLOURS: Final = 5
"""The number of colours for areas; further areas begin again with the first."""
SWATCH: Final = "■"
"""The sign before the figures of an area, in its colour; without colours it has the shade of the area instead."""

_ENOUGH_PLOT_ROWS: Final = 4
_TIMES_FROM_ROWS: Final = 10
"""The height of plot and marks from which a row of times has room below them."""
_LABEL_CELLS: Final = len("10.0 GiB")
_NO_LABEL: Final = "│"
_LABEL: Final = "┤"
_layers_of: Final = attrgetter("front", "back")


class Word(NamedTuple):
    """A piece of text in a row of figures."""

    text: str
    colour: Tone | int = Tone.PLAIN
    """A tone, or the number of the colour of an area."""


class Series(NamedTuple):
    """One area of the chart."""

    values: Sequence[float | None]
    """One value for each column, the newest last; ``None`` is a gap."""
    colour: int = 0
    """The number of its colour in the theme."""


class TimeMark(NamedTuple):
    """A mark on the time axis."""

    column: int
    glyph: str
    colour: Tone | int
    words: str = ""
    """Words that are written beside the mark if there is room."""


class ChartData(NamedTuple):
    """Everything that a chart shows; an area hides those before it in ``series``."""

    figures: Sequence[Sequence[Word]]
    series: Sequence[Series]
    highest: float
    """The highest value that is to be seen, expected values included."""
    limit: float | None = None
    expected: Sequence[float | None] = ()
    """The height of a dotted line in each column."""
    marks: Sequence[TimeMark] = ()
    times: Sequence[str] = ()
    """Names of moments, evenly apart from left to right; they are shown if there is room below the marks."""


def rows_for_figures(rows: int) -> int:
    """Return how many rows of figures a chart of so many rows has room for."""
    plot_rows = max(2, min(_ENOUGH_PLOT_ROWS, rows // 2))
    return max(1, rows - plot_rows - 1)


def plot_columns(columns: int) -> int:
    """Return how many columns of areas there are beside the axis."""
    return max(1, columns - _label_cells(columns) - 1)


def _shade(colour: int) -> str:
    return chart_cells.SHADES[colour % len(chart_cells.SHADES)]


def _label_cells(columns: int) -> int:
    return min(_LABEL_CELLS, columns // 3)


class _ChartStyles(NamedTuple):
    """Every style of a chart under the current theme."""

    tones: Mapping[Tone, Style]
    series: Sequence[Style]
    shaded: bool

    def word(self, colour: Tone | int) -> Style:
        """Return the style of a piece of text."""
        return self.tones[colour] if isinstance(colour, Tone) else self.series[colour % SERIES_COLOURS]

    def swatch(self, word: Word) -> str:
        """Return the text of a piece; without colours a swatch is replaced by the shade of its area."""
        if not self.shaded or isinstance(word.colour, Tone):
            return word.text
        return word.text.replace(SWATCH, _shade(word.colour))

    def cell(self, cell: Cell, colours: Sequence[int]) -> Style:
        """Return the style of a cell, with the colour of its front layer before that of its back layer."""
        if cell.front == LIMIT_LAYER:
            return self.tones[Tone.ERROR]
        if cell.front == EXPECTED_LAYER:
            return self.tones[Tone.MUTED]
        style = self.tones[Tone.PLAIN]
        if cell.front != NOTHING:
            style += Style(color=self.series[colours[cell.front]].color)
        if cell.back != NOTHING:
            style += Style(bgcolor=self.series[colours[cell.back]].color)
        return style


class AreaChart(Widget):
    """Several areas over time, drawn from the data that ``source`` returns for a size.

    It is our own since the packages for plots that were measured took 8 to 46 ms for a refresh and this chart takes 3.5
    ms, and Textual's ``Sparkline`` has one series and no axis.
    """

    DEFAULT_CSS = """
    AreaChart {
        background: $surface;
        color: $foreground;
        & > .chart--muted { color: $text-muted; }
        & > .chart--limit { color: $text-error; }
        & > .chart--series-0 { color: $primary; }
        & > .chart--series-1 { color: $success; }
        & > .chart--series-2 { color: $secondary; }
        & > .chart--series-3 { color: $warning; }
        & > .chart--series-4 { color: $accent; }
        &:ansi > .chart--limit { color: ansi_red; }
        &:ansi > .chart--series-0 { color: ansi_blue; }
        &:ansi > .chart--series-1 { color: ansi_green; }
        &:ansi > .chart--series-2 { color: ansi_yellow; }
        &:ansi > .chart--series-3 { color: ansi_cyan; }
        &:ansi > .chart--series-4 { color: ansi_magenta; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--muted",
        "chart--limit",
        *(f"chart--series-{number}" for number in range(SERIES_COLOURS)),
    }
    ALLOW_SELECT = False

    def __init__(self, source: Callable[[Size], ChartData], *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._source = source
        self._strips: list[Strip] = []
        self._drawn_for = Size()
        self._styles: _ChartStyles | None = None

    def renew(self) -> None:
        """Ask the source again, and paint only the rows that have changed."""
        if not self.is_on_screen:
            self._strips = []
            return
        before, self._strips = self._strips, self._draw()
        release_strips(before)
        if len(before) != len(self._strips):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, self._strips, strict=True)):
            if old != new:
                self.refresh(Region(0, y, self.size.width, 1))

    def on_resize(self) -> None:
        self._strips = []
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = None
        self._strips = []

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the rows of a region directly, without the cache that Textual keeps for widgets with a border."""
        if self._drawn_for != self.size or not self._strips:
            self._strips = self._draw()
        strips = self._strips[crop.y : crop.bottom]
        first, last = crop.column_span
        return strips if (first, last) == (0, self.size.width) else [strip.crop(first, last) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """Return one row of the chart."""
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def _draw(self) -> list[Strip]:
        columns, rows = self._drawn_for = self.size
        if not self.is_attached:
            return []
        if columns < 1 or rows < 1:
            return [Strip.blank(columns) for _ in range(rows)]
        if self._styles is None:
            self._styles = self._read_styles()
        data, styles = self._source(self.size), self._styles
        above = [_figure_segments(row, styles) for row in data.figures[: min(rows, rows_for_figures(rows))]]
        left = rows - len(above)
        below = _PlotArea(data, styles, columns, left)
        lines = (*above, *below.plot(), *below.mark_row(), *below.time_row())
        return [Strip(segments).adjust_cell_length(columns, styles.tones[Tone.PLAIN]) for segments in lines]

    def _read_styles(self) -> _ChartStyles:
        return _ChartStyles(
            tones={
                Tone.PLAIN: filtered_style(self, self.rich_style),
                Tone.MUTED: component_style(self, "chart--muted"),
                Tone.ERROR: component_style(self, "chart--limit"),
            },
            series=[component_style(self, f"chart--series-{number}") for number in range(SERIES_COLOURS)],
            shaded=any(isinstance(line_filter, NoColor | Monochrome) for line_filter in self.get_line_filters()),
        )


class _PlotArea:
    """The part of the chart below the figures: the areas with their axis, and the row of marks."""

    def __init__(self, data: ChartData, styles: _ChartStyles, columns: int, rows: int) -> None:
        self._data = data
        self._styles = styles
        self._has_mark_row = rows > 2
        self._has_time_row = bool(data.times) and rows >= _TIMES_FROM_ROWS
        self._rows = rows - self._has_mark_row - self._has_time_row
        self._scale = chart_cells.scale_of(data.highest, data.limit, self._rows)
        self._labels = self._labels_by_row()
        self._label_width = _label_cells(columns)
        self._width = plot_columns(columns)

    def plot(self) -> list[list[Segment]]:
        """Return the rows of the areas from top to bottom."""
        painted = zip(*self._cells(), strict=True)
        colours = [series.colour % SERIES_COLOURS for series in self._data.series]
        of_layers: dict[Cell, Style] = {}
        lines: list[list[Segment]] = []
        for row, painted_row in enumerate(painted):
            lines.append(line := [self._label(self._rows - 1 - row)])
            for layers, cells in groupby(painted_row, key=_layers_of):
                key = Cell("", *layers)
                if key not in of_layers:
                    of_layers[key] = self._styles.cell(key, colours)
                line.append(Segment("".join([cell.glyph for cell in cells]), of_layers[key]))
        return lines

    def mark_row(self) -> list[list[Segment]]:
        """Return the row of marks, each at its time; no row if the chart is too low for it."""
        if not self._has_mark_row:
            return []
        indent = Segment(" " * (self._label_width + 1), self._styles.tones[Tone.PLAIN])
        glyphs = [Word(" ")] * self._width
        marks = _merge_marks(self._data.marks)
        placed = chart_cells.place_marks(((mark.column, mark) for mark in marks), self._width)
        for column, mark in placed.items():
            glyphs[column] = Word(mark.glyph, mark.colour)
        for column, mark in placed.items():
            start = _start_beside(glyphs, column, len(mark.words))
            if mark.words and start is not None:
                glyphs[start : start + len(mark.words)] = [Word(letter, Tone.ERROR) for letter in mark.words]
        runs = groupby(glyphs, key=lambda word: word.colour)
        return [[indent, *(Segment("".join(word.text for word in run), self._styles.word(key)) for key, run in runs)]]

    def time_row(self) -> list[list[Segment]]:
        """Return the row of times, each in the middle below its moment; no row if the chart is too low for it."""
        if not self._has_time_row:
            return []
        cells, times = [" "] * self._width, self._data.times
        for index, words in enumerate(times):
            middle = round(index / max(1, len(times) - 1) * (self._width - 1))
            start = max(0, min(middle - len(words) // 2, self._width - len(words)))
            if all(cell == " " for cell in cells[max(0, start - 1) : start + len(words) + 1]):
                cells[start : start + len(words)] = words
        text = " " * (self._label_width + 1) + "".join(cells)
        return [[Segment(text, self._styles.tones[Tone.MUTED])]]

    def _labels_by_row(self) -> dict[int, str]:
        """Return the labels of the axis by their row, counted from the bottom."""
        labels = self._scale.labels(self._rows)
        if self._scale.limit_row is not None and self._data.limit is not None:
            labels[self._scale.limit_row] = units.size(self._data.limit)
        return labels

    def _label(self, row: int) -> Segment:
        label, is_limit = self._labels.get(row, ""), row == self._scale.limit_row
        room = self._label_width
        fitting = label if len(label) <= room else label.partition(" ")[0][:room]
        text = f"{fitting:>{room}}{_LABEL if label else _NO_LABEL}"
        return Segment(text, self._styles.tones[Tone.ERROR if is_limit else Tone.MUTED])

    def _cells(self) -> list[tuple[Cell, ...]]:
        """Return the cells of each column from top to bottom, for the columns from left to right."""
        data, rows, dashes = self._data, self._rows, chart_cells.DASH_COLUMNS
        limit_row = self._scale.limit_row
        shades = "".join(map(_shade, (series.colour for series in data.series))) if self._styles.shaded else ""
        areas = [self._levels(series.values) for series in data.series]
        heights = zip(*areas, strict=True) if areas else [()] * self._width
        return [
            chart_cells.column_cells(levels, rows, limit_row, expected, shades, column % dashes)
            for column, (levels, expected) in enumerate(zip(heights, self._levels(data.expected), strict=True))
        ]

    def _levels(self, values: Sequence[float | None]) -> list[int]:
        """Return the height of each column in eighths of a row; if there are fewer values than columns, they are at the
        right.
        """
        highest = self._rows * 8
        scale = highest / self._scale.top
        levels = [chart_cells.level(value, scale, highest) for value in values[-self._width :]]
        return [0] * (self._width - len(levels)) + levels


def _figure_segments(words: Iterable[Word], styles: _ChartStyles) -> list[Segment]:
    return [Segment(styles.swatch(word), styles.word(word.colour)) for word in words if word.text]


def _merge_marks(marks: Iterable[TimeMark]) -> Iterable[TimeMark]:
    """Merge the marks of one kind in a column; a mark of several models has no model's colour."""
    merged: dict[tuple[int, str], TimeMark] = {}
    for mark in marks:
        first = merged.setdefault((mark.column, mark.glyph), mark)
        colour = first.colour if first.colour == mark.colour else Tone.PLAIN
        merged[mark.column, mark.glyph] = first._replace(colour=colour, words=first.words or mark.words)
    return merged.values()


def _start_beside(glyphs: Sequence[Word], column: int, length: int) -> int | None:
    """Return where words begin that stand to the right or left of a mark with a space around; ``None`` without room."""
    for start in (column + 2, column - 1 - length):
        before, end = start - 1, start + length + 1
        if start >= 0 and start + length <= len(glyphs):
            neighbours = range(max(0, before), min(len(glyphs), end))
            if all(glyphs[index].text == " " for index in neighbours if index != column):
                return start
    return None
