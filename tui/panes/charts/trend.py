"""One number of a model run by run, with its interval, the mean before and after a change, and an axis of times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from textual.geometry import Size

from tui.panes.charts.legend import Mark, legend
from tui.panes.charts.plot import Canvas, EvenScale, Plot, PlotPiece, Row, even_scale
from tui.panes.widgets.styles import Tone
from tui.records.comparison import Trend, TrendPoint
from tui.text.times import local_start_time_cell

_ONLY_RUN: Final = " in the only run so far; the chart begins with the second benchmark (b)."
NO_RUNS: Final = "The history has no benchmark of this model."
_LEAST_ROWS: Final = 3
_LEAST_ROWS_WITH_TIMES: Final = 6
_DATE_CELLS: Final = 10
_YEAR_CELLS: Final = 5
"""The year, with the sign that follows it."""
_TIME_GAP: Final = 2
_NARROWEST: Final = 24
"""Columns below which the values of the axis have no room beside the dots."""

_RUN: Final = Mark("•", Tone.PRIMARY, "run")
_ONE_START: Final = Mark("○", Tone.PRIMARY, "run of one start, so without an interval")
_DISTURBED: Final = Mark("!", Tone.WARNING, "behind a run: it was disturbed")
_DOUBTED: Final = Mark("?", Tone.WARNING, "run in doubt")
_INTERVAL: Final = Mark("│", Tone.MUTED, "95 % interval")
_MEAN: Final = Mark("─", Tone.WARNING, "mean before and after a change")
_CHANGE: Final = Mark("┊", Tone.ERROR, "change")
_LEGEND: Final = (_RUN, _ONE_START, _DISTURBED, _DOUBTED, _INTERVAL, _CHANGE, _MEAN)


class TrendPlot(Plot):
    """A dot for each run, the oldest on the left; a dotted line stands before the first run after a change."""

    def __init__(self) -> None:
        super().__init__()
        self._trend: Trend | None = None
        self._has_times = True
        self._only_value = ""

    def show(self, trend: Trend | None, *, has_times: bool = True, only_value: str = "") -> None:
        """Show one number of a model; ``None`` if it has none.

        ``has_times`` tells whether an axis of times is to stand below the dots, where there is room for it. The
        ``only_value`` of a single run is told in words, since one dot is no chart.
        """
        self._trend, self._has_times, self._only_value = trend, has_times, only_value
        self.renew()

    @property
    def begins_above_zero(self) -> bool:
        """Whether the axis of values does not begin at 0, so that differences look larger than they are."""
        trend = self._trend
        return trend is not None and len(trend.points) > 1 and _scale(trend, _LEAST_ROWS).scale.low > 0

    def draw(self, columns: int, rows: int) -> list[Row]:
        trend = self._trend
        if trend is None or not trend.points:
            return [[PlotPiece(NO_RUNS, Tone.MUTED)]]
        if self._only_value:
            return [[PlotPiece(self._only_value, Tone.PRIMARY), PlotPiece(_ONLY_RUN, Tone.MUTED)]]
        has_times = self._has_times and rows >= _LEAST_ROWS_WITH_TIMES
        return _drawn(trend, columns, rows - 2 * has_times, has_times=has_times) if rows >= _LEAST_ROWS else []


class TrendLegend(Plot):
    """Explains the marks of several charts at once, in as few rows as they need."""

    DEFAULT_CSS = """
    TrendLegend { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._trends: Sequence[Trend] = ()

    def show(self, trends: Sequence[Trend]) -> None:
        """Explain the marks of these charts."""
        self._trends = trends
        self.refresh(layout=True)
        self.renew()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.draw(width, viewport.height or container.height))

    def draw(self, columns: int, rows: int) -> list[Row]:
        used = {mark for trend in self._trends for mark in _marks_of(trend)}
        return legend([mark for mark in _LEGEND if mark in used], columns)[:rows] if used else []


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
        if mark is not _DOUBTED and point.disturbed and column + 1 < canvas.columns:
            canvas.put(column + 1, even.row(point.value), _DISTURBED.sign, _DISTURBED.tone)
    labels = [even.labels.get(row, "") if left else "" for row in range(rows)]
    axis = [f"{label:>{left}}{'┤' if label else '│'}" for label in labels]
    drawn: list[Row] = [[PlotPiece(label, Tone.MUTED), *row] for label, row in zip(axis, canvas.read(), strict=True)]
    if not has_times:
        return drawn
    texts = _times(trend, places, canvas.columns)
    ticks = Canvas(canvas.columns, 2)
    ticks.write(0, 0, "─" * canvas.columns, Tone.MUTED)
    for column in places:
        ticks.put(column, 0, "┬", Tone.MUTED)
    for column, text in texts:
        ticks.write(column - len(text) // 2, 1, text, Tone.MUTED)
    line, below = ticks.read()
    return [
        *drawn,
        [PlotPiece(" " * left + "└", Tone.MUTED), *line],
        [PlotPiece(" " * (left + 1)), *below],
    ]


def days_in_words(trend: Trend) -> str:
    """Return the day that an axis of times leaves out, because all runs began on it: `` of 2026-11-28``; or nothing."""
    days = {local_start_time_cell(point.started_at)[:_DATE_CELLS] for point in trend.points}
    return f" of {days.pop()}" if len(days) == 1 < len(trend.points) else ""


def _times(trend: Trend, places: list[int], columns: int) -> list[tuple[int, str]]:
    """Return the columns of the runs that have room for the time at which they began, with these times.

    Where all began on days of their own the day alone tells them apart, and where all began on one day the time alone.
    Otherwise the day is left out of a run that began on the day of the one labelled before it, and the year where it is
    the same for all.
    """
    texts: list[tuple[int, str]] = []
    free_from, last_day = 0, ""
    times = [local_start_time_cell(point.started_at) for point in trend.points]
    days = {time[:_DATE_CELLS] for time in times}
    on_own_days, on_one_day = len(days) == len(times) > 1, len(days) == 1 < len(times)
    year = _YEAR_CELLS if len({time[:_YEAR_CELLS] for time in times}) == 1 < len(times) else 0
    for whole, column in zip(times, places, strict=True):
        day = whole[:_DATE_CELLS]
        if on_own_days:
            text = day
        elif on_one_day or day == last_day:
            text = whole[_DATE_CELLS:].strip()
        else:
            text = whole[year:]
        start = max(0, min(column - len(text) // 2, columns - len(text)))
        if start >= free_from and start + len(text) <= columns:
            texts.append((column, text))
            free_from, last_day = start + len(text) + _TIME_GAP, day
    return texts


def _marks_of(trend: Trend) -> set[Mark]:
    """Return the marks that are drawn."""
    if len(trend.points) == 1:
        return set()
    used = {_mark_of(point) for point in trend.points}
    used |= {_DISTURBED} if any(point.disturbed for point in trend.points) else set()
    used |= {_INTERVAL} if any(point.interval for point in trend.points) else set()
    return used | ({_MEAN, _CHANGE} if trend.changes else set())


def _mark_of(point: TrendPoint) -> Mark:
    if point.doubt:
        return _DOUBTED
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
