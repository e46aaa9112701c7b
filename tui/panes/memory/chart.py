"""A chart of memory over time, in eighth blocks: rows of figures, areas under their limit, marks on the time axis."""

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

SERIES_STYLES: Final = 5
"""Colours there are; further series begin again with the first."""
SWATCH: Final = "■"
"""What a row of figures begins with; where there are no colours it is the shade of its area."""

_ENOUGH_PLOT_ROWS: Final = 4
_LABEL_CELLS: Final = len("10.0 GiB")
_NO_LABEL: Final = "│"
_LABEL: Final = "┤"
_layers_of: Final = attrgetter("front", "back")


class Word(NamedTuple):
    """A piece of a row of figures."""

    text: str
    colour: Tone | int = Tone.PLAIN
    """A tone, or the number of a series colour."""


class Series(NamedTuple):
    """One area of the chart."""

    values: Sequence[float | None]
    """One value a column, the newest last; ``None`` is a gap."""
    colour: int = 0
    """Which of the theme's series colours it has."""


class Sign(NamedTuple):
    """A mark on the time axis."""

    column: int
    glyph: str
    colour: Tone | int
    words: str = ""
    """Written beside it where there is room."""


class ChartData(NamedTuple):
    """All that a chart shows. Areas stand behind each other, the first at the back."""

    figures: Sequence[Sequence[Word]]
    series: Sequence[Series]
    highest: float
    """The most that is to be seen, expectations included."""
    limit: float | None = None
    expected: Sequence[float | None] = ()
    """A dotted line, column by column."""
    signs: Sequence[Sign] = ()


def rows_for_figures(rows: int) -> int:
    """How many rows of figures a chart of this height has room for."""
    plot_rows = max(2, min(_ENOUGH_PLOT_ROWS, rows // 2))
    return max(1, rows - plot_rows - 1)


def plot_columns(columns: int) -> int:
    """How many columns of areas there are beside the axis."""
    return max(1, columns - _label_cells(columns) - 1)


def _shade(colour: int) -> str:
    return chart_cells.SHADES[colour % len(chart_cells.SHADES)]


def _label_cells(columns: int) -> int:
    return min(_LABEL_CELLS, columns // 3)


class _ChartStyles(NamedTuple):
    """Every style of a chart under the theme of now."""

    tones: Mapping[Tone, Style]
    series: Sequence[Style]
    shaded: bool

    def word(self, colour: Tone | int) -> Style:
        """The style of a word."""
        return self.tones[colour] if isinstance(colour, Tone) else self.series[colour % SERIES_STYLES]

    def swatch(self, word: Word) -> str:
        """The word as it is written: without colours a swatch is told by its shade."""
        if not self.shaded or isinstance(word.colour, Tone):
            return word.text
        return word.text.replace(SWATCH, _shade(word.colour))

    def cell(self, cell: Cell, colours: Sequence[int]) -> Style:
        """The style of a cell: its front layer before its back layer."""
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
    """Several areas over time. ``source`` gives what is to be seen at a size; ``renew`` asks it again."""

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
        *(f"chart--series-{number}" for number in range(SERIES_STYLES)),
    }
    ALLOW_SELECT = False

    def __init__(self, source: Callable[[Size], ChartData], *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._source = source
        self._strips: list[Strip] = []
        self._drawn_for = Size()
        self._styles: _ChartStyles | None = None

    def renew(self) -> None:
        """Show what there is now; only the rows that changed are painted."""
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
        """Draw the rows of a region, past the cache that a widget with a border needs."""
        if self._drawn_for != self.size or not self._strips:
            self._strips = self._draw()
        strips = self._strips[crop.y : crop.bottom]
        first, last = crop.column_span
        return strips if (first, last) == (0, self.size.width) else [strip.crop(first, last) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """One row of the chart."""
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
        above = [_written(row, styles) for row in data.figures[: min(rows, rows_for_figures(rows))]]
        left = rows - len(above)
        below = _Axis(data, styles, columns, left)
        lines = (*above, *below.plot(), *below.signs())
        return [Strip(segments).adjust_cell_length(columns, styles.tones[Tone.PLAIN]) for segments in lines]

    def _read_styles(self) -> _ChartStyles:
        return _ChartStyles(
            tones={
                Tone.PLAIN: filtered_style(self, self.rich_style),
                Tone.MUTED: component_style(self, "chart--muted"),
                Tone.ERROR: component_style(self, "chart--limit"),
            },
            series=[component_style(self, f"chart--series-{number}") for number in range(SERIES_STYLES)],
            shaded=any(isinstance(line_filter, NoColor | Monochrome) for line_filter in self.get_line_filters()),
        )


class _Axis:
    """The part below the figures: areas with their axis, and the marks under them."""

    def __init__(self, data: ChartData, styles: _ChartStyles, columns: int, rows: int) -> None:
        self._data = data
        self._styles = styles
        self._has_signs = rows > 2
        self._rows = rows - self._has_signs
        self._scale = chart_cells.scale_of(data.highest, data.limit, self._rows)
        self._labels = self._labelled()
        self._label_width = _label_cells(columns)
        self._width = plot_columns(columns)

    def plot(self) -> list[list[Segment]]:
        """The areas, from the top to the foot."""
        painted = zip(*self._cells(), strict=True)
        colours = [series.colour % SERIES_STYLES for series in self._data.series]
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

    def signs(self) -> list[list[Segment]]:
        """One row of marks, each under its time."""
        if not self._has_signs:
            return []
        indent = Segment(" " * (self._label_width + 1), self._styles.tones[Tone.PLAIN])
        glyphs = [Word(" ")] * self._width
        signs = _merged(self._data.signs)
        placed = chart_cells.place_marks(((sign.column, sign) for sign in signs), self._width)
        for column, sign in placed.items():
            glyphs[column] = Word(sign.glyph, sign.colour)
        for column, sign in placed.items():
            start = _room_beside(glyphs, column, len(sign.words))
            if sign.words and start is not None:
                glyphs[start : start + len(sign.words)] = [Word(letter, Tone.ERROR) for letter in sign.words]
        runs = groupby(glyphs, key=lambda word: word.colour)
        return [[indent, *(Segment("".join(word.text for word in run), self._styles.word(key)) for key, run in runs)]]

    def _labelled(self) -> dict[int, str]:
        """What stands on the axis, by the row counted from the foot."""
        labels = {0: "0"}
        if self._scale.limit_row is not None and self._data.limit is not None:
            labels[self._scale.limit_row] = units.size(self._data.limit)
        else:
            labels[self._rows - 1] = units.size(self._scale.top)
        return labels

    def _label(self, row: int) -> Segment:
        label, is_limit = self._labels.get(row, ""), row == self._scale.limit_row
        text = f"{label[: self._label_width]:>{self._label_width}}{_LABEL if label else _NO_LABEL}"
        return Segment(text, self._styles.tones[Tone.ERROR if is_limit else Tone.MUTED])

    def _cells(self) -> list[tuple[Cell, ...]]:
        """Columns of cells, each from its top to its foot, from left to right."""
        data, rows, dashes = self._data, self._rows, chart_cells.DASH_COLUMNS
        limit_row = self._scale.limit_row
        shades = "".join(map(_shade, (series.colour for series in data.series))) if self._styles.shaded else ""
        areas = [self._levels(series.values) for series in data.series]
        heights = zip(*areas, strict=True) if areas else [()] * self._width
        return [
            chart_cells.column_cells(column, rows, limit_row, expected, shades, place % dashes)
            for place, (column, expected) in enumerate(zip(heights, self._levels(data.expected), strict=True))
        ]

    def _levels(self, values: Sequence[float | None]) -> list[int]:
        """Heights in eighths of a row; fewer values than columns stand at the right."""
        highest = self._rows * 8
        scale = highest / self._scale.top
        known = [chart_cells.level(value, scale, highest) for value in values[-self._width :]]
        return [0] * (self._width - len(known)) + known


def _written(words: Iterable[Word], styles: _ChartStyles) -> list[Segment]:
    return [Segment(styles.swatch(word), styles.word(word.colour)) for word in words if word.text]


def _merged(signs: Iterable[Sign]) -> Iterable[Sign]:
    """One sign for all of the same kind in a column; it is no model's own then."""
    merged: dict[tuple[int, str], Sign] = {}
    for sign in signs:
        first = merged.setdefault((sign.column, sign.glyph), sign)
        colour = first.colour if first.colour == sign.colour else Tone.PLAIN
        merged[sign.column, sign.glyph] = first._replace(colour=colour, words=first.words or sign.words)
    return merged.values()


def _room_beside(glyphs: Sequence[Word], column: int, length: int) -> int | None:
    """Where words begin that stand right or left of a mark, with a space to everything else."""
    for start in (column + 2, column - 1 - length):
        before, end = start - 1, start + length + 1
        if start >= 0 and start + length <= len(glyphs):
            around = [glyphs[place].text for place in range(max(0, before), min(len(glyphs), end)) if place != column]
            if all(text == " " for text in around):
                return start
    return None
