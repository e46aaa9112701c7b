"""One number of a model, request by request in the order in which they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.panes.charts.legend import Mark, legend
from tui.panes.charts.plot import Canvas, LinearScale, Plot, PlotPiece, Row, scale_over, tick_text, ticks
from tui.panes.widgets.styles import Tone
from tui.records import SampleKind
from tui.records.summary import ModelChart, Point
from tui.text.tables import counted

NOTHING: Final = "No request has ended yet."
_LAUNCH_LINE: Final = "┊"
_MARGIN: Final = 0.08
"""Room above and below the rounds, as a share of what they span."""
_LEAST_ROWS: Final = 3
_ROWS_OF_A_TICK: Final = 3
"""The rows that a round value of the axis takes, so that its neighbours stay apart."""

_ROUND: Final = Mark("•", Tone.PRIMARY, "measured")
_OUTLIER: Final = Mark("◆", Tone.ERROR, "outlier")
_DOUBTED: Final = Mark("?", Tone.WARNING, "in doubt")
_COLD: Final = Mark("○", Tone.WARNING, "cold")
_COLD_ABOVE: Final = Mark("↑", Tone.WARNING, "cold, above")
_WARMUP: Final = Mark("·", Tone.MUTED, "warm-up")
_FAILED: Final = Mark("×", Tone.ERROR, "failed")
_LAUNCH: Final = Mark(_LAUNCH_LINE, Tone.MUTED, "new start")
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
        doubts = not chart.is_all_in_doubt
        is_measured = any(point.value is not None for point in chart.points)
        # Which marks are used depends on the ends of the scale, but not on its height.
        bounds = _scale(chart.points, 1) if is_measured else None
        used = {_mark_of(point, bounds, doubts=doubts) for point in chart.points}
        if is_measured and _starts_of_launches(chart.points):
            used.add(_LAUNCH)
        rows_of_legend = legend([mark for mark in _LEGEND if mark in used], columns)
        height = rows - len(rows_of_legend) - 1
        if height < _LEAST_ROWS or not is_measured:
            return rows_of_legend
        scale = _scale(chart.points, height)
        round_values = ticks(scale.low, scale.high, max(3, height // _ROWS_OF_A_TICK))
        labels = {_row(value, scale): tick_text(chart.quantity, value) for value in round_values}
        label_cells = min(columns // 3, max(map(len, labels.values()), default=0))
        axis = [
            f"{labels.get(row, '')[:label_cells]:>{label_cells}}{'┤' if row in labels else '│'}"
            for row in range(height)
        ]
        canvas = Canvas(max(1, columns - label_cells - 1), height)
        plot = _dots(chart.points, canvas, scale, doubts=doubts).read()
        labelled = ([PlotPiece(label, Tone.MUTED), *row] for label, row in zip(axis, plot, strict=True))
        foot = f" {counted(len(chart.points), 'request')}, in the order of the run "
        line = f"└{foot:─^{canvas.columns}}"[: canvas.columns + 1]
        return [*rows_of_legend, *labelled, [PlotPiece(" " * label_cells + line, Tone.MUTED)]]


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


def _dots(points: Sequence[Point], canvas: Canvas, scale: LinearScale, *, doubts: bool) -> Canvas:
    for index in _starts_of_launches(points):
        for row in range(canvas.rows):
            canvas.put(_column(index - 0.5, len(points), canvas.columns), row, _LAUNCH_LINE, Tone.MUTED)
    marks = [_mark_of(point, scale, doubts=doubts) for point in points]
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


def _mark_of(point: Point, scale: LinearScale | None, *, doubts: bool) -> Mark:
    """The mark of a request; with ``doubts`` one that is in doubt has a mark of its own."""
    if point.value is None:
        return _FAILED
    if point.kind is SampleKind.ROUND:
        if point.doubt and doubts:
            return _DOUBTED
        return _OUTLIER if point.outlier else _ROUND
    if point.kind is SampleKind.WARMUP:
        return _WARMUP
    return _COLD_ABOVE if scale is not None and point.value > scale.high else _COLD
