"""The requests of one model in the order in which they were measured."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final, NamedTuple

from tui.panes.charts.plot import Canvas, Plot, PlotPiece, PlotTone, Row
from tui.panes.charts.quantities import shown
from tui.records import SampleKind
from tui.records.charts import ModelChart, Point

NOTHING: Final = "No request has ended yet."
_BORDER: Final = "┊"
_MARGIN: Final = 0.08
"""Room above and below the rounds, as a share of what they span."""


class _Look(NamedTuple):
    """A sign with its tone, and its meaning."""

    sign: str
    tone: PlotTone
    words: str


_ROUND: Final = _Look("•", PlotTone.VALUE, "round")
_APART: Final = _Look("•", PlotTone.ALARM, "apart")
_COLD: Final = _Look("○", PlotTone.INTERVAL, "cold")
_BEYOND: Final = _Look("↑", PlotTone.INTERVAL, "cold, above")
_WARMUP: Final = _Look("·", PlotTone.MUTED, "warm-up")
_FAILED: Final = _Look("×", PlotTone.ALARM, "failed")
_LAUNCH: Final = _Look(_BORDER, PlotTone.MUTED, "new launch")
_LEGEND: Final = (_ROUND, _COLD, _BEYOND, _WARMUP, _APART, _FAILED, _LAUNCH)


class _Scale:
    """What the height of the plot stands for: the span of the rounds, so that a cold start does not flatten them."""

    def __init__(self, points: Sequence[Point], rows: int) -> None:
        known = [point for point in points if point.value is not None]
        rounds = [point for point in known if point.kind is SampleKind.ROUND] or known
        values = [point.value for point in rounds if point.value is not None]
        least, most = min(values), max(values)
        margin = (most - least) * _MARGIN or most * _MARGIN or 1.0
        self.low, self.high = max(0.0, least - margin), most + margin
        # Failures have a row of their own, below all values.
        self._rows = rows - any(point.value is None for point in points)

    def row(self, value: float) -> int:
        share = (value - self.low) / (self.high - self.low)
        return self._rows - 1 - min(self._rows - 1, max(0, int(share * self._rows)))


class TimelinePlot(Plot):
    """A dot a request, failures at the foot; a dotted line where another launch begins."""

    def __init__(self) -> None:
        super().__init__()
        self._chart: ModelChart | None = None

    def show(self, chart: ModelChart) -> None:
        """Show one number of one model."""
        self._chart = chart
        self.renew()

    def draw(self, columns: int, rows: int) -> list[Row]:
        chart = self._chart
        if chart is None or not chart.points:
            return [[PlotPiece(NOTHING, PlotTone.MUTED)]]
        height = rows - 1
        if height < 3 or all(point.value is None for point in chart.points):
            return [_legend({_look(point, None) for point in chart.points}, columns)]
        scale = _Scale(chart.points, height)
        used = {_look(point, scale) for point in chart.points} | ({_LAUNCH} if _borders(chart.points) else set[_Look]())
        ends = {scale.row(value): shown(chart.quantity, value) for value in (scale.low, scale.high)}
        side = min(columns // 3, max(map(len, ends.values())))
        axes = [f"{ends.get(row, '')[:side]:>{side}}{'┤' if row in ends else '│'}" for row in range(height)]
        plot = _dots(chart.points, Canvas(max(1, columns - side - 1), height), scale).read()
        labelled = ([PlotPiece(axis, PlotTone.MUTED), *row] for axis, row in zip(axes, plot, strict=True))
        return [_legend(used, columns), *labelled]


def _legend(used: Set[_Look], columns: int) -> Row:
    """The signs that are in use, as far as there is room."""
    row: list[PlotPiece] = []
    taken = 0
    for look in _LEGEND:
        needed = len(look.words) + 2 + (3 if row else 0)
        if look in used and taken + needed <= columns:
            row += [
                *([PlotPiece("   ")] if row else []),
                PlotPiece(look.sign, look.tone),
                PlotPiece(f" {look.words}", PlotTone.MUTED),
            ]
            taken += needed
    return row


def _dots(points: Sequence[Point], canvas: Canvas, scale: _Scale) -> Canvas:
    for place in _borders(points):
        for row in range(canvas.rows):
            canvas.put(_column(place - 0.5, len(points), canvas.columns), row, _BORDER, PlotTone.MUTED)
    looks = [_look(point, scale) for point in points]
    # What is rarer is drawn last, so that it is never hidden.
    for wanted in (_WARMUP, _ROUND, _APART, _COLD, _BEYOND, _FAILED):
        for place, (point, look) in enumerate(zip(points, looks, strict=True)):
            if look is wanted:
                row = canvas.rows - 1 if point.value is None else scale.row(point.value)
                canvas.put(_column(place, len(points), canvas.columns), row, look.sign, look.tone)
    return canvas


def _column(place: float, count: int, columns: int) -> int:
    return min(columns - 1, int((place + 0.5) / count * columns))


def _borders(points: Sequence[Point]) -> list[int]:
    """Before which requests another launch, or another stretch of the run, begins."""
    marks = [(point.launch, point.segment) for point in points]
    return [place for place in range(1, len(marks)) if marks[place] != marks[place - 1]]


def _look(point: Point, scale: _Scale | None) -> _Look:
    if point.value is None:
        return _FAILED
    if point.kind is SampleKind.ROUND:
        return _APART if point.outlier else _ROUND
    if point.kind is SampleKind.WARMUP:
        return _WARMUP
    return _BEYOND if scale is not None and point.value > scale.high else _COLD
