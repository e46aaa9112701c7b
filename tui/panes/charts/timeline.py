"""One number of a model, request by request in the order in which they were measured."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final, NamedTuple

from tui.panes.charts.plot import Canvas, LinearScale, Plot, PlotPiece, Row, quantity_text, scale_over
from tui.panes.widgets.styles import Tone
from tui.records import SampleKind
from tui.records.summary import ModelChart, Point

NOTHING: Final = "No request has ended yet."
_LAUNCH_LINE: Final = "┊"
_MARGIN: Final = 0.08
"""Room above and below the rounds, as a share of what they span."""
_LEAST_ROWS: Final = 3
_WORD_GAP: Final = 3


class _Mark(NamedTuple):
    """The sign of a kind of request with its tone, and the word for it in the legend."""

    sign: str
    tone: Tone
    word: str


_ROUND: Final = _Mark("•", Tone.PRIMARY, "round")
_OUTLIER: Final = _Mark("•", Tone.ERROR, "apart")
_DOUBTED: Final = _Mark("?", Tone.WARNING, "in doubt")
_COLD: Final = _Mark("○", Tone.WARNING, "cold")
_COLD_ABOVE: Final = _Mark("↑", Tone.WARNING, "cold, above")
_WARMUP: Final = _Mark("·", Tone.MUTED, "warm-up")
_FAILED: Final = _Mark("×", Tone.ERROR, "failed")
_LAUNCH: Final = _Mark(_LAUNCH_LINE, Tone.MUTED, "new launch")
_LEGEND: Final = (_ROUND, _DOUBTED, _COLD, _COLD_ABOVE, _WARMUP, _OUTLIER, _FAILED, _LAUNCH)
_DRAWN_IN_ORDER: Final = (_WARMUP, _ROUND, _DOUBTED, _OUTLIER, _COLD, _COLD_ABOVE, _FAILED)
"""Rare kinds are drawn last, so that no other dot hides them."""


class TimelinePlot(Plot):
    """A dot for each request, failures in the bottom row, and a dotted line where another launch begins."""

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
            return [[PlotPiece(NOTHING, Tone.MUTED)]]
        height = rows - 1
        if height < _LEAST_ROWS or all(point.value is None for point in chart.points):
            return [_legend({_mark_of(point, None) for point in chart.points}, columns)]
        scale = _scale(chart.points, height)
        used = {_mark_of(point, scale) for point in chart.points}
        if _starts_of_launches(chart.points):
            used.add(_LAUNCH)
        ends = {_row(value, scale): quantity_text(chart.quantity, value) for value in (scale.low, scale.high)}
        label_cells = min(columns // 3, max(map(len, ends.values())))
        axis = [
            f"{ends.get(row, '')[:label_cells]:>{label_cells}}{'┤' if row in ends else '│'}" for row in range(height)
        ]
        plot = _dots(chart.points, Canvas(max(1, columns - label_cells - 1), height), scale).read()
        labelled = ([PlotPiece(label, Tone.MUTED), *row] for label, row in zip(axis, plot, strict=True))
        return [_legend(used, columns), *labelled]


def _scale(points: Sequence[Point], height: int) -> LinearScale:
    """The scale from the bottom row of values to the top: it spans the rounds, so that a cold start does not flatten
    them. Failures have a row of their own below all values.
    """
    measured = [point for point in points if point.value is not None]
    rounds = [point for point in measured if point.kind is SampleKind.ROUND] or measured
    rows = height - (len(measured) < len(points))
    scale = scale_over([point.value for point in rounds if point.value is not None], rows, _MARGIN)
    low = max(0.0, scale.low)
    return scale._replace(low=low, span=scale.high - low)


def _row(value: float, scale: LinearScale) -> int:
    """The row of a value, counted from the top."""
    return scale.cells - 1 - scale.cell(value)


def _legend(used: Set[_Mark], columns: int) -> Row:
    """The marks that are in use with their words, as far as there is room."""
    row: list[PlotPiece] = []
    taken = 0
    for mark in _LEGEND:
        needed = len(mark.word) + 2 + (_WORD_GAP if row else 0)
        if mark in used and taken + needed <= columns:
            row += [
                *([PlotPiece(" " * _WORD_GAP)] if row else []),
                PlotPiece(mark.sign, mark.tone),
                PlotPiece(f" {mark.word}", Tone.MUTED),
            ]
            taken += needed
    return row


def _dots(points: Sequence[Point], canvas: Canvas, scale: LinearScale) -> Canvas:
    for index in _starts_of_launches(points):
        for row in range(canvas.rows):
            canvas.put(_column(index - 0.5, len(points), canvas.columns), row, _LAUNCH_LINE, Tone.MUTED)
    marks = [_mark_of(point, scale) for point in points]
    for drawn in _DRAWN_IN_ORDER:
        for index, (point, mark) in enumerate(zip(points, marks, strict=True)):
            if mark is drawn:
                row = canvas.rows - 1 if point.value is None else _row(point.value, scale)
                canvas.put(_column(index, len(points), canvas.columns), row, mark.sign, mark.tone)
    return canvas


def _column(index: float, count: int, columns: int) -> int:
    return min(columns - 1, int((index + 0.5) / count * columns))


def _starts_of_launches(points: Sequence[Point]) -> list[int]:
    """The indexes of the requests with which another launch, or the resumed part of a run, begins."""
    parts = [(point.launch, point.segment) for point in points]
    return [index for index in range(1, len(parts)) if parts[index] != parts[index - 1]]


def _mark_of(point: Point, scale: LinearScale | None) -> _Mark:
    if point.value is None:
        return _FAILED
    if point.kind is SampleKind.ROUND:
        if point.doubt:
            return _DOUBTED
        return _OUTLIER if point.outlier else _ROUND
    if point.kind is SampleKind.WARMUP:
        return _WARMUP
    return _COLD_ABOVE if scale is not None and point.value > scale.high else _COLD
