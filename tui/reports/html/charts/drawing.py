"""Where everything in a chart stands once it has a width: positions in SVG's units, which the templates write out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from tui.reports.html.charts.axis import round_ticks
from tui.reports.html.charts.chart import Chart, Line, Ticks
from tui.text.cells import cells_of

WIDE, NARROW = 920, 360
"""The widths of a chart on a desk and on a phone: text keeps its size, and the plot gives way."""
_MOST_TICKS: Final = {WIDE: 10, NARROW: 5}
_LETTER: Final = 7.2
"""The width of a letter of the page's font at 12 pixels, at the most."""
_TOP, _RIGHT, _AXIS_BELOW, _TITLE_BELOW, _BESIDE_LABEL = 8.0, 16.0, 20.0, 18.0, 7.0
_INSET: Final = 0.02
"""The share of the plot on each side of the outermost values, so that a dot at an end is whole."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid and its words."""

    at: str
    words: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot, and what it tells when it is pointed at."""

    x: str
    y: str
    title: str


@dataclass(frozen=True, slots=True)
class LinePath:
    """A line, as the commands of an SVG path."""

    classes: str
    commands: str


@dataclass(frozen=True, slots=True)
class Dots:
    """Dots of one kind."""

    classes: str
    radius: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """Words in the chart, from their point to the right."""

    classes: str
    x: str
    y: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A chart in one width; all positions are numbers as they are written in SVG."""

    summary: str
    width: int
    height: int
    left: str
    right: str
    top: str
    bottom: str
    across: tuple[Tick, ...]
    upward: tuple[Tick, ...]
    across_title: Label | None
    paths: tuple[LinePath, ...]
    dots: tuple[Dots, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    """A straight axis, from its ends in the chart's own units to positions in SVG's."""

    ends: tuple[float, float]
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        low, high = self.ends
        inset = (self.end - self.begin) * _INSET
        share = (value - low) / ((high - low) or 1.0)
        return self.begin + inset + share * (self.end - self.begin - 2 * inset)


def drawing(chart: Chart, width: int) -> Drawing:
    """Draw a chart at a width, which is ``WIDE`` or ``NARROW``."""
    height = chart.narrow_height if width == NARROW else chart.height
    upward = _ticks(chart.ticks_upward, chart.upward, chart.show_upward, _MOST_TICKS[width])
    across = _ticks(chart.ticks_across, chart.across, chart.show_across, _MOST_TICKS[width])
    left = max((cells_of(words) for _, words in upward), default=0) * _LETTER + _BESIDE_LABEL
    right = width - _RIGHT
    bottom = height - _AXIS_BELOW - (_TITLE_BELOW if chart.across_title else 0)
    x, y = _Scale(chart.across, left, right), _Scale(chart.upward, bottom, _TOP)
    title = Label("title", _written((left + right) / 2), _written(height - 2), chart.across_title)
    return Drawing(
        summary=chart.summary,
        width=width,
        height=height,
        left=_written(left),
        right=_written(right),
        top=_written(_TOP),
        bottom=_written(bottom),
        across=_placed(_thinned(across, right - left), x),
        upward=_placed(upward, y),
        across_title=title if chart.across_title else None,
        paths=tuple(_path(line, x, y) for line in chart.lines if line.radius is None and not line.labels),
        dots=tuple(_dots(line, x, y) for line in chart.lines if line.radius is not None),
        labels=tuple(label for line in chart.lines if line.labels for label in _labels(line, x, y)),
    )


def _ticks(given: Ticks, ends: tuple[float, float], show: Callable[[float], str] | None, most: int) -> Ticks:
    if given or show is None:
        return given
    return round_ticks(ends, most, show)


def _thinned(ticks: Ticks, room: float) -> Ticks:
    """Return every tick, or every second, third ... if the words of all would run into each other."""
    widest = max((cells_of(words) for _, words in ticks), default=0) + 2
    step = max(1, -(-len(ticks) * widest * _LETTER // max(room, 1)))
    return ticks[:: int(step)]


def _placed(ticks: Ticks, scale: _Scale) -> tuple[Tick, ...]:
    return tuple(Tick(_written(scale(position)), words) for position, words in ticks)


def _path(line: Line, x: _Scale, y: _Scale) -> LinePath:
    pieces = groupby(line.points, key=lambda point: point[1] is not None)
    known = ([(at, value) for at, value in piece if value is not None] for is_known, piece in pieces if is_known)
    return LinePath(line.classes, " ".join(_commands(piece, x, y) for piece in known))


def _commands(points: Sequence[tuple[float, float]], x: _Scale, y: _Scale) -> str:
    return "M" + " ".join(f"{_written(x(at))} {_written(y(value))}" for at, value in points)


def _dots(line: Line, x: _Scale, y: _Scale) -> Dots:
    titles = line.titles or [""] * len(line.points)
    dots = (
        Dot(_written(x(at)), _written(y(value)), title)
        for (at, value), title in zip(line.points, titles, strict=True)
        if value is not None
    )
    return Dots(line.classes, _written(line.radius or 0), tuple(dots))


def _labels(line: Line, x: _Scale, y: _Scale) -> Iterable[Label]:
    for (at, value), words in zip(line.points, line.labels, strict=True):
        if value is not None:
            yield Label(line.classes, _written(x(at)), _written(y(value)), words)


def _written(number: float) -> str:
    """Write a position to a tenth of a pixel: more decimals would be half of the page, and nobody sees them."""
    return f"{number:.1f}".removesuffix(".0")
