"""One number of a model, request by request in the order in which they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.panes.charts.legend import Mark, legend
from tui.panes.charts.plot import Canvas, EvenScale, Plot, PlotPiece, Row, even_scale
from tui.panes.widgets.styles import Tone
from tui.records import SampleKind
from tui.records.summary import ModelChart, Point
from tui.text.tables import counted

NOTHING: Final = "No request has ended yet."
_LAUNCH_LINE: Final = "┊"
_STEM: Final = "│"
_CELLS_OF_A_STEM: Final = 3
"""The columns for each request from which a stem leads from its dot to the line of the typical value."""
_MARGIN: Final = 0.08
"""Cold starts and warm-ups that are beyond the rounds by up to this share of their span are within the scale."""
_LEAST_ROWS: Final = 3

_ROUND: Final = Mark("●", Tone.PRIMARY, "measured")
_OUTLIER: Final = Mark("◆", Tone.ERROR, "outlier")
_DOUBTED: Final = Mark("?", Tone.WARNING, "in doubt")
_COLD: Final = Mark("○", Tone.WARNING, "cold")
_WARMUP: Final = Mark("•", Tone.MUTED, "warm-up")
_ABOVE: Final = Mark("↑", Tone.WARNING, "cold or warm-up, above")
_BELOW: Final = Mark("↓", Tone.WARNING, "cold or warm-up, below")
_FAILED: Final = Mark("×", Tone.ERROR, "failed")
_TYPICAL: Final = Mark("┄", Tone.WARNING, "typical (p50)")
_LAUNCH: Final = Mark(_LAUNCH_LINE, Tone.MUTED, "new start")
_LEGEND: Final = (_ROUND, _DOUBTED, _TYPICAL, _COLD, _WARMUP, _ABOVE, _BELOW, _OUTLIER, _FAILED, _LAUNCH)
_DRAWN_IN_ORDER: Final = (_WARMUP, _ROUND, _DOUBTED, _OUTLIER, _COLD, _ABOVE, _BELOW, _FAILED)
"""Rare kinds are drawn last, so that no other dot hides them."""


class TimelinePlot(Plot):
    """A dot for each request, failures in the bottom row, a line at the typical value, and a dotted line where another
    launch begins.
    """

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
        # Which marks are used depends on the ends of the scale, and its height on the rows that explain the marks.
        explained = _legend(chart, _scale(chart.points, max(_LEAST_ROWS, rows - 2)), columns)
        height = rows - len(explained) - 1
        if height < _LEAST_ROWS or all(point.value is None for point in chart.points):
            return explained
        even = _scale(chart.points, height)
        label_cells = min(columns // 3, even.label_cells)
        axis = [f"{even.labels.get(row, '')[:label_cells]:>{label_cells}}" for row in range(height)]
        canvas = Canvas(max(1, columns - label_cells - 1), height)
        plot = _dots(chart, canvas, even).read()
        labelled = (
            [PlotPiece(f"{label}{'┤' if row in even.labels else '│'}", Tone.MUTED), *pieces]
            for row, (label, pieces) in enumerate(zip(axis, plot, strict=True))
        )
        foot = f" {counted(len(chart.points), 'request')}, in the order of the run "
        line = f"└{foot:─^{canvas.columns}}"[: canvas.columns + 1]
        explained = _legend(chart, even, columns)[: len(explained)]
        return [*explained, *labelled, [PlotPiece(" " * label_cells + line, Tone.MUTED)]]


def _legend(chart: ModelChart, even: EvenScale, columns: int) -> list[Row]:
    """Explain the marks that are drawn."""
    used = {_mark_of(point, even, doubts=not chart.is_all_in_doubt) for point in chart.points}
    is_measured = any(point.value is not None for point in chart.points)
    used |= {_LAUNCH} if is_measured and _starts_of_launches(chart.points) else set()
    used |= {_TYPICAL} if chart.distribution is not None else set()
    return legend([mark for mark in _LEGEND if mark in used], columns)


def _scale(points: Sequence[Point], height: int) -> EvenScale:
    """The scale of the rows of values: it spans the rounds, so that a cold start does not flatten them. Failures have a
    row of their own below all values.
    """
    measured = [point for point in points if point.value is not None]
    rounds = [point for point in measured if point.kind is SampleKind.ROUND] or measured
    of_rounds = [point.value for point in rounds if point.value is not None]
    if not of_rounds:
        return even_scale(0.0, 1.0, height)
    least, most = min(of_rounds), max(of_rounds)
    room = (most - least or most) * _MARGIN
    values = [value for point in measured if (value := point.value) and least - room <= value <= most + room]
    return even_scale(min(values, default=least), max(values, default=most), height - (len(measured) < len(points)))


def _dots(chart: ModelChart, canvas: Canvas, even: EvenScale) -> Canvas:
    points, doubts = chart.points, not chart.is_all_in_doubt
    for index in _starts_of_launches(points):
        for row in range(canvas.rows):
            canvas.put(_column(index - 0.5, len(points), canvas.columns), row, _LAUNCH_LINE, Tone.MUTED)
    has_stems = canvas.columns >= _CELLS_OF_A_STEM * len(points)
    typical_row = even.row(chart.distribution.headline) if chart.distribution is not None else None
    if typical_row is not None:
        for column in range(canvas.columns):
            canvas.put(column, typical_row, _TYPICAL.sign, _TYPICAL.tone)
    marks = [_mark_of(point, even, doubts=doubts) for point in points]
    for drawn in _DRAWN_IN_ORDER:
        for index, (point, mark) in enumerate(zip(points, marks, strict=True)):
            if mark is drawn:
                row = canvas.rows - 1 if point.value is None else even.row(point.value)
                column = _column(index, len(points), canvas.columns)
                if has_stems and typical_row is not None and point.counts:
                    for between in range(min(row, typical_row) + 1, max(row, typical_row)):
                        canvas.put(column, between, _STEM, Tone.MUTED)
                canvas.put(column, row, mark.sign, mark.tone)
    return canvas


def _column(index: float, count: int, columns: int) -> int:
    return min(columns - 1, int((index + 0.5) / count * columns))


def _starts_of_launches(points: Sequence[Point]) -> list[int]:
    """The indexes of the requests with which another launch, or the resumed part of a run, begins."""
    parts = [(point.launch, point.segment) for point in points]
    return [index for index in range(1, len(parts)) if parts[index] != parts[index - 1]]


def _mark_of(point: Point, even: EvenScale, *, doubts: bool) -> Mark:
    """The mark of a request; with ``doubts`` one that is in doubt has a mark of its own."""
    if point.value is None:
        return _FAILED
    if point.kind is SampleKind.ROUND:
        if point.doubt and doubts:
            return _DOUBTED
        return _OUTLIER if point.outlier else _ROUND
    if point.value > even.scale.high:
        return _ABOVE
    if point.value < even.scale.low:
        return _BELOW
    return _WARMUP if point.kind is SampleKind.WARMUP else _COLD
