"""One number of a model run by run, with its interval, the mean before and after a change, and an axis of times."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from tui.panes.charts.legend import Mark, legend
from tui.panes.charts.plot import Canvas, EvenScale, Plot, PlotPiece, Row, even_scale
from tui.panes.widgets.styles import Tone
from tui.records.comparison import Trend, TrendPoint
from tui.text.times import local_start_time_cell

NO_RUNS: Final = "The history has no benchmark of this model."
_LEAST_ROWS: Final = 3
_LEAST_ROWS_WITH_TIMES: Final = 6
_DATE_CELLS: Final = 10
_TIME_GAP: Final = 2
_NARROWEST: Final = 24
"""Columns below which the values of the axis have no room beside the dots."""

_RUN: Final = Mark("•", Tone.PRIMARY, "run")
_ONE_START: Final = Mark("○", Tone.PRIMARY, "run of one start, so without an interval")
_DISTURBED: Final = Mark("!", Tone.WARNING, "run that was disturbed")
_DOUBTED: Final = Mark("?", Tone.WARNING, "run in doubt")
_INTERVAL: Final = Mark("│", Tone.MUTED, "95 % interval")
_MEAN: Final = Mark("─", Tone.WARNING, "mean before and after a change")
_CHANGE: Final = Mark("┊", Tone.ERROR, "change")
_NO_ZERO: Final = Mark("", Tone.MUTED, "the axis begins above 0")
_LEGEND: Final = (_RUN, _ONE_START, _DISTURBED, _DOUBTED, _INTERVAL, _CHANGE, _MEAN, _NO_ZERO)


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
        explained = _legend(trend, columns)
        has_times = rows >= _LEAST_ROWS_WITH_TIMES
        height = rows - len(explained) - 2 * has_times
        if height < _LEAST_ROWS:
            explained, height = [], rows - 2 * has_times
        if height < _LEAST_ROWS:
            return []
        return [*_drawn(trend, columns, height, has_times=has_times), *explained]


def _drawn(trend: Trend, columns: int, rows: int, *, has_times: bool) -> list[Row]:
    """Draw the axis of values, the dots, and below them the axis of times."""
    even = _scale(trend, rows)
    left = even.label_cells if columns >= _NARROWEST else 0
    canvas = Canvas(max(1, columns - left - 1), rows)
    count = len(trend.points)
    places = [min(canvas.columns - 1, int((index + 0.5) / count * canvas.columns)) for index in range(count)]
    _draw_changes(canvas, trend, places, even)
    for point, column in zip(trend.points, places, strict=True):
        if point.interval is not None:
            for row in range(even.row(point.interval.high), even.row(point.interval.low) + 1):
                canvas.put(column, row, _INTERVAL.sign, _INTERVAL.tone)
        mark = _mark_of(point)
        canvas.put(column, even.row(point.value), mark.sign, mark.tone)
    labels = [even.labels.get(row, "") if left else "" for row in range(rows)]
    axis = [f"{label:>{left}}{'┤' if label else '│'}" for label in labels]
    drawn: list[Row] = [[PlotPiece(label, Tone.MUTED), *row] for label, row in zip(axis, canvas.read(), strict=True)]
    if not has_times:
        return drawn
    texts = _times(trend, places, canvas.columns)
    ticks = Canvas(canvas.columns, 2)
    ticks.write(0, 0, "─" * canvas.columns, Tone.MUTED)
    for column, text in texts:
        ticks.put(column, 0, "┬", Tone.MUTED)
        ticks.write(column - len(text) // 2, 1, text, Tone.MUTED)
    line, below = ticks.read()
    return [
        *drawn,
        [PlotPiece(" " * left + "└", Tone.MUTED), *line],
        [PlotPiece(" " * (left + 1)), *below],
    ]


def _times(trend: Trend, places: list[int], columns: int) -> list[tuple[int, str]]:
    """Return the columns of the runs that have room for the time at which they began, with these times.

    The day is left out of a run that began on the day of the one labelled before it.
    """
    texts: list[tuple[int, str]] = []
    free_from, last_day = 0, ""
    for point, column in zip(trend.points, places, strict=True):
        whole = local_start_time_cell(point.started_at)
        day = whole[:_DATE_CELLS]
        text = whole[_DATE_CELLS:].strip() if day == last_day else whole
        start = max(0, min(column - len(text) // 2, columns - len(text)))
        if start >= free_from and start + len(text) <= columns:
            texts.append((column, text))
            free_from, last_day = start + len(text) + _TIME_GAP, day
    return texts


def _legend(trend: Trend, columns: int) -> list[Row]:
    """Explain the marks that are drawn."""
    used = {_mark_of(point) for point in trend.points}
    used |= {_INTERVAL} if any(point.interval for point in trend.points) else set()
    used |= {_MEAN, _CHANGE} if trend.changes else set()
    used |= {_NO_ZERO} if _scale(trend, _LEAST_ROWS).scale.low > 0 else set()
    return legend([mark for mark in _LEGEND if mark in used], columns)


def _mark_of(point: TrendPoint) -> Mark:
    if point.doubt:
        return _DOUBTED
    if point.disturbed:
        return _DISTURBED
    return _RUN if point.interval is not None else _ONE_START


def _draw_changes(canvas: Canvas, trend: Trend, places: list[int], even: EvenScale) -> None:
    """Draw the mean before and after each change, and a dotted line at it; they lie below the dots."""
    if not trend.changes:
        return
    means = [trend.changes[0].before, *(change.after for change in trend.changes)]
    borders = [0, *(change.index for change in trend.changes), len(places)]
    for mean, (first, last) in zip(means, pairwise(borders), strict=True):
        for column in range(places[first], places[last - 1] + 1):
            canvas.put(column, even.row(mean), _MEAN.sign, _MEAN.tone)
    for change in trend.changes:
        column = (places[change.index - 1] + places[change.index] + 1) // 2
        tone = _CHANGE.tone if change.slowdown > 0 else Tone.WARNING
        for row in range(canvas.rows):
            canvas.put(column, row, _CHANGE.sign, tone)


def _scale(trend: Trend, rows: int) -> EvenScale:
    """The scale holds all values, and their intervals as far as those are not far wider than all that was measured."""
    values = [point.value for point in trend.points]
    ends = [end for point in trend.points if point.interval for end in (point.interval.low, point.interval.high)]
    room = 2 * (max(values) - min(values)) or max(values)
    within = [min(max(end, min(values) - room), max(values) + room) for end in ends]
    least, most = min(*values, *within, values[0]), max(*values, *within, values[0])
    if least == most:
        least, most = 0.9 * least, 1.1 * most
    return even_scale(max(0.0, least), most, rows)
