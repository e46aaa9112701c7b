"""One number of a model run by run, with its interval, the mean of each stretch, and the runs where it has changed."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from tui.panes.charts.plot import Canvas, LinearScale, Plot, PlotPiece, Row, quantity_text, scale_over
from tui.panes.widgets.styles import Tone
from tui.records.comparison import Trend
from tui.text.times import local_start_time_cell

NO_RUNS: Final = "The history has no benchmark of this model."
LEGEND: Final = "• run   │ 95 %   ─ mean of a stretch   ┊ change"
_MARGIN: Final = 0.08
_LEAST_ROWS: Final = 3
_LEAST_ROWS_WITH_DATES: Final = 6
_DATE_CELLS: Final = 10
_NARROWEST: Final = 24
"""Columns below which the values of the axis have no room beside the dots."""
_GAP: Final = 1


class TrendPlot(Plot):
    """A dot for each run, the oldest on the left; a dotted line stands before the first run after a change."""

    def __init__(self) -> None:
        super().__init__()
        self._trend: Trend | None = None

    def show(self, trend: Trend | None) -> None:
        """Show one number of a model; ``None`` if it has none."""
        self._trend = trend
        self.renew()

    def draw(self, columns: int, rows: int) -> list[Row]:
        trend = self._trend
        if trend is None or not trend.points:
            return [[PlotPiece(NO_RUNS, Tone.MUTED)]]
        dates = [PlotPiece(_dates(trend, columns), Tone.MUTED)] if rows >= _LEAST_ROWS_WITH_DATES else []
        height = rows - 1 - len(dates)
        if height < _LEAST_ROWS:
            return []
        canvas = _drawn(trend, columns, height)
        legend: Row = [PlotPiece(LEGEND[:columns], Tone.MUTED)]
        return [*canvas.read(), *([dates] if dates else []), legend]


def _dates(trend: Trend, columns: int) -> str:
    """Write below the dots on which days the first and the last run began."""
    first, last = (local_start_time_cell(trend.points[end].started_at)[:_DATE_CELLS] for end in (0, -1))
    room = columns - 2 * _DATE_CELLS
    return f"{first}{last:>{columns - len(first)}}" if len(trend.points) > 1 and room > 0 else first[:columns]


def _drawn(trend: Trend, columns: int, rows: int) -> Canvas:
    ends = [point.value for point in trend.points]
    ends += [end for point in trend.points if point.interval for end in (point.interval.low, point.interval.high)]
    scale = scale_over(_within(ends, trend), rows, _MARGIN)
    texts = [quantity_text(trend.quantity, value) for value in (max(ends), min(ends))]
    left = max(map(len, texts)) + _GAP if columns >= _NARROWEST else 0
    canvas = Canvas(columns, rows)
    if left:
        canvas.write(0, 0, quantity_text(trend.quantity, scale.high)[: left - _GAP], Tone.MUTED)
        canvas.write(0, rows - 1, quantity_text(trend.quantity, max(0.0, scale.low))[: left - _GAP], Tone.MUTED)
    room, count = columns - left, len(trend.points)
    places = [left + min(room - 1, int((index + 0.5) / count * room)) for index in range(count)]
    _draw_changes(canvas, trend, places, scale)
    for point, column in zip(trend.points, places, strict=True):
        if point.interval is not None:
            for row in range(_row(point.interval.high, scale), _row(point.interval.low, scale) + 1):
                canvas.put(column, row, "│", Tone.MUTED)
        canvas.put(column, _row(point.value, scale), "?" if point.doubt else "•", Tone.PRIMARY)
    return canvas


def _draw_changes(canvas: Canvas, trend: Trend, places: list[int], scale: LinearScale) -> None:
    """Draw the mean of each stretch, and a dotted line where one ends; they lie below the dots."""
    if not trend.changes:
        return
    means = [trend.changes[0].before, *(change.after for change in trend.changes)]
    borders = [0, *(change.index for change in trend.changes), len(places)]
    for mean, (first, last) in zip(means, pairwise(borders), strict=True):
        for column in range(places[first], places[last - 1] + 1):
            canvas.put(column, _row(mean, scale), "─", Tone.WARNING)
    for change in trend.changes:
        column = (places[change.index - 1] + places[change.index] + 1) // 2
        tone = Tone.ERROR if change.slowdown > 0 else Tone.WARNING
        for row in range(canvas.rows):
            canvas.put(column, row, "┊", tone)


def _within(ends: list[float], trend: Trend) -> list[float]:
    """Return what the scale must hold: intervals of two launches may be far wider than all that was measured."""
    values = [point.value for point in trend.points]
    room = 2 * (max(values) - min(values)) or max(values)
    return [min(max(end, min(values) - room), max(values) + room) for end in ends]


def _row(value: float, scale: LinearScale) -> int:
    return scale.cells - 1 - scale.cell(value)
