"""A filled chart of eighth blocks over the last seconds: a fixed axis from zero, in any font, at a small cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import ClassVar, Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.filter import Monochrome, NoColor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.panes import ink
from tui.panes.wrap import cells_of

SERIES_STYLES: Final = 6
"""Colours there are; further series begin again with the first."""

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_SHADES: Final = "█▓▒░"
"""What a full cell is where there are no colours."""
_MARK: Final = "■"
_LIMIT: Final = "╌"
_LEGEND_GAP: Final = "  "
_MOST_LEGEND_ROWS: Final = 6
_LEAST_AREA_ROWS: Final = 4
"""Rows that the legend leaves to the areas, but for its first."""
_LIMIT_LAYER: Final = -2
_NOTHING: Final = -1


class Series(NamedTuple):
    """One area of the chart."""

    label: str
    """Its entry in the legend, with its value as a person reads it."""
    values: Sequence[float | None]
    """One value a slot, the newest last; ``None`` and NaN are gaps."""
    colour: int = 0
    """Which of the theme's series colours it has."""


class ChartData(NamedTuple):
    """All that a chart shows. Areas stand behind each other, the first at the back."""

    series: Sequence[Series]
    top: float
    """Upper end of the axis, which begins at zero."""
    top_label: str
    slots: int
    """How many slots the whole width stands for."""
    newest_slot: int = 0
    """Running number of the newest slot: slots are put together by it, so that the past does not shimmer."""
    limit: float | None = None


class _Cell(NamedTuple):
    """A glyph and the layers its two colours come from."""

    glyph: str
    front: int
    back: int


class _Ink(NamedTuple):
    """Every style of a chart under the theme of now."""

    base: Style
    axis: Style
    limit: Style
    series: Sequence[Style]
    shaded: bool

    def of(self, cell: _Cell, colours: Sequence[int]) -> Style:
        """The style of a cell: its front layer before its back layer."""
        style = self.base
        if cell.front != _NOTHING:
            front = self.limit if cell.front == _LIMIT_LAYER else self.series[colours[cell.front]]
            style += Style(color=front.color)
        if cell.back != _NOTHING:
            style += Style(bgcolor=self.series[colours[cell.back]].color)
        return style


class AreaChart(Widget):
    """Several areas over time, told by ``show``."""

    DEFAULT_CSS = """
    AreaChart {
        background: $surface;
        color: $foreground;
        & > .chart--axis { color: $text-muted; }
        & > .chart--limit { color: $text-error; }
        & > .chart--series-0 { color: $foreground 35%; }
        & > .chart--series-1 { color: $primary; }
        & > .chart--series-2 { color: $success; }
        & > .chart--series-3 { color: $secondary; }
        & > .chart--series-4 { color: $warning; }
        & > .chart--series-5 { color: $error; }
        &:ansi > .chart--series-0 { color: ansi_bright_black; }
        &:ansi > .chart--series-1 { color: ansi_blue; }
        &:ansi > .chart--series-2 { color: ansi_green; }
        &:ansi > .chart--series-3 { color: ansi_yellow; }
        &:ansi > .chart--series-4 { color: ansi_cyan; }
        &:ansi > .chart--series-5 { color: ansi_magenta; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--axis",
        "chart--limit",
        *(f"chart--series-{number}" for number in range(SERIES_STYLES)),
    }
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._data = ChartData(series=(), top=1.0, top_label="", slots=1)
        self._strips: list[Strip] = []
        self._ink: _Ink | None = None

    def show(self, data: ChartData) -> None:
        """Show new data; only the rows that changed are painted."""
        self._data = data
        if not self.is_on_screen:
            self._strips = []
            return
        before, self._strips = self._strips, self._draw()
        ink.release(before)
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
        self._ink = None
        self._strips = []

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the rows of a region, past the cache that a widget with a border needs."""
        if len(self._strips) != self.size.height:
            self._strips = self._draw()
        strips = self._strips[crop.y : crop.bottom]
        first, last = crop.column_span
        return strips if (first, last) == (0, self.size.width) else [strip.crop(first, last) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """One row of the chart."""
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def _draw(self) -> list[Strip]:
        columns, rows = self.size
        if columns < 1 or rows < 1 or not self.is_attached:
            return []
        if self._ink is None:
            self._ink = self._mix_ink()
        legend_rows = min(_MOST_LEGEND_ROWS, max(rows - _LEAST_AREA_ROWS, 1 if rows > 1 else 0))
        legend = self._legend(self._ink, columns, legend_rows)
        area = self._area(self._ink, columns, rows - len(legend))
        return [Strip(segments).adjust_cell_length(columns, self._ink.base) for segments in (*legend, *area)]

    def _legend(self, styles: _Ink, columns: int, most_rows: int) -> list[list[Segment]]:
        """Entries in rows, each with the mark of its area; what finds no room is counted."""
        rows: list[list[Segment]] = []
        used = columns
        for number, series in enumerate(self._data.series):
            mark = _SHADES[number % len(_SHADES)] if styles.shaded else _MARK
            width = len(_LEGEND_GAP) + 2 + cells_of(series.label)
            if used + width > columns and used > 0:
                if len(rows) == most_rows:
                    if rows:
                        rows[-1].append(Segment(f"+{len(self._data.series) - number}", styles.axis))
                    break
                rows.append([])
                used = 0
            colour = styles.series[series.colour % SERIES_STYLES]
            rows[-1] += [Segment(f"{mark} ", colour), Segment(series.label + _LEGEND_GAP, styles.base)]
            used += width
        return rows

    def _area(self, styles: _Ink, columns: int, rows: int) -> list[list[Segment]]:
        label_width = min(max(len(self._data.top_label), 1), columns // 3)
        width = max(1, columns - label_width - 1)
        painted = self._cells(width, rows, shaded=styles.shaded)
        colours = [series.colour % SERIES_STYLES for series in self._data.series]
        of_layers: dict[_Cell, Style] = {}
        lines: list[list[Segment]] = []
        for row in range(rows):
            label = self._data.top_label if row == 0 else "0" if row == rows - 1 else ""
            segments = [Segment(f"{label[:label_width]:>{label_width}}{'┤' if label else '│'}", styles.axis)]
            for layers, cells in groupby((column[row] for column in painted), key=lambda cell: (cell.front, cell.back)):
                run = list(cells)
                key = _Cell("", *layers)
                if key not in of_layers:
                    of_layers[key] = styles.of(key, colours)
                segments.append(Segment("".join([cell.glyph for cell in run]), of_layers[key]))
            lines.append(segments)
        return lines

    def _cells(self, width: int, rows: int, *, shaded: bool) -> list[tuple[_Cell, ...]]:
        """Columns of cells, each from its top to its foot, from left to right."""
        data = self._data
        if not data.series:
            return [_column((), rows, None, shaded)] * width
        scale = rows * 8 / data.top if data.top > 0 else 0.0
        limit = min(rows * 8 - 1, round(data.limit * scale)) // 8 if data.limit is not None else None
        spans = _spans(data, width)
        levels = [
            [_level(value, scale, rows * 8) for value in _columns(series.values, spans, width)]
            for series in data.series
        ]
        return [_column(heights, rows, limit, shaded) for heights in zip(*levels, strict=True)]

    def _mix_ink(self) -> _Ink:
        return _Ink(
            base=ink.shown(self, self.rich_style),
            axis=ink.component(self, "chart--axis"),
            limit=ink.component(self, "chart--limit"),
            series=[ink.component(self, f"chart--series-{number}") for number in range(SERIES_STYLES)],
            shaded=any(isinstance(line_filter, NoColor | Monochrome) for line_filter in self.get_line_filters()),
        )


def _spans(data: ChartData, width: int) -> list[range]:
    """The columns of each slot, the newest first. A slot keeps its columns for as long as it is seen."""
    newest, slots = data.newest_slot, data.slots
    shift = width - 1 - ((newest + 1) * width - 1) // slots
    spans: list[range] = []
    for slot in range(newest, newest - slots, -1):
        last = shift + ((slot + 1) * width - 1) // slots
        if last < 0:
            break
        spans.append(range(max(0, min(last, shift + slot * width // slots)), last + 1))
    return spans


def _columns(values: Sequence[float | None], spans: Sequence[range], width: int) -> list[float | None]:
    """The highest value of each column; ``None`` where there is none."""
    columns: list[float | None] = [None] * width
    for value, span in zip(reversed(values), spans, strict=False):
        if value is None or math.isnan(value):
            continue
        for column in span:
            known = columns[column]
            if known is None or value > known:
                columns[column] = value
    return columns


def _level(value: float | None, scale: float, highest: int) -> int:
    """Height in eighths of a row; what is more than nothing is seen."""
    if value is None or value <= 0:
        return 0
    height = value * scale
    return highest if height >= highest else max(1, round(height))


@lru_cache(maxsize=4096)
def _column(heights: tuple[int, ...], rows: int, limit_row: int | None, shaded: bool) -> tuple[_Cell, ...]:
    """The cells of one column from its top to its foot."""
    return tuple(_cell(heights, row * 8, row == limit_row, shaded) for row in reversed(range(rows)))


def _cell(heights: Sequence[int], floor: int, limit_here: bool, shaded: bool) -> _Cell:
    """The cell whose lower edge is at ``floor`` eighths: the foremost area, and behind it the next that is higher."""
    front, front_height, back = _NOTHING, 0, _NOTHING
    for layer, height in enumerate(heights):
        here = min(8, height - floor)
        if here >= 8:
            front, front_height, back = layer, 8, _NOTHING
        elif here > 0 and front_height == 8:
            front, front_height, back = layer, here, front
        elif here > 0:
            front, front_height = layer, here
    if limit_here:
        return _Cell(_LIMIT, _LIMIT_LAYER, front if front_height == 8 else back)
    if shaded and front_height == 8:
        return _Cell(_SHADES[front % len(_SHADES)], front, _NOTHING)
    return _Cell(_EIGHTHS[front_height], front, back)
