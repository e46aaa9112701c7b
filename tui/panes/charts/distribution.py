"""How one number of a model spreads over its rounds: a dot for each of a few, bars for many, with the figures above."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tui.panes.charts.legend import legend_rows
from tui.panes.charts.plot import Canvas, LinearScale, Plot, PlotPiece, Row, quantity_text, scale_over, ticks
from tui.panes.widgets.styles import Tone
from tui.records.comparison import marked
from tui.records.statistics import Distribution
from tui.records.summary import ModelChart
from tui.text import units
from tui.text.cells import printable
from tui.text.result_columns import interpolation_mark
from tui.text.tables import counted

NO_ROUNDS: Final = "No warm request has been measured yet."
ONE_ROUND: Final = "One request shows no spread: more rounds in the dialog of b do."
_INTERPOLATED: Final = " (interpolated)"
"""Stands behind a p95 that too few requests give."""
FEW: Final = 15
"""Up to so many values each one is a dot of its own; bars of so few are coarse."""
DOT: Final = "●"
OUTLIER: Final = "◆"
REFERENCE: Final = "▽"
_MOST_REFERENCES: Final = 3
_LEAST_REACH: Final = 0.1
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_ROWS_BELOW: Final = 2
"""The axis with its marks, and the row with its round values."""
_MARGIN: Final = 0.02
_FEWEST_BINS: Final = 8
_MOST_BAR_CELLS: Final = 6
_TICK_CELLS: Final = 9
"""The cells of an axis that a round value takes, so that its neighbours stay apart."""


class DistributionPlot(Plot):
    """Dots or bars below a few figures; outliers have a sign and a colour of their own."""

    def __init__(self) -> None:
        super().__init__()
        self._chart: ModelChart | None = None
        self._references: tuple[tuple[str, float], ...] = ()

    def show(self, chart: ModelChart, references: Sequence[tuple[str, float]] = ()) -> None:
        """Show one number of one model, and beside it those of other machines by their names."""
        self._chart, self._references = chart, tuple(references)
        self.set_class(len(chart.values) <= FEW, "-few")
        self.renew()

    def draw(self, columns: int, rows: int) -> list[Row]:
        chart = self._chart
        if chart is None or chart.distribution is None or not chart.values:
            return [[PlotPiece(NO_ROUNDS, Tone.MUTED)]]
        figures = [*_figures(chart, chart.distribution, columns), *self._reference_rows(chart)]
        height = rows - len(figures) - _ROWS_BELOW
        if height < 1:
            return figures
        if len(chart.values) == 1:
            return [*figures, [PlotPiece(ONE_ROUND, Tone.MUTED)]]
        near = [value for _, value in self._references if _is_near(value, chart.values)]
        return [*figures, *_spread(chart, chart.distribution, near, columns, height).read()]

    def _reference_rows(self, chart: ModelChart) -> list[Row]:
        return [
            [
                PlotPiece(REFERENCE, Tone.PLAIN),
                PlotPiece(f" {quantity_text(chart.quantity, value)}"),
                PlotPiece(" reference" if _is_near(value, chart.values) else " reference, off the axis", Tone.MUTED),
                PlotPiece(f": {printable(name)}"),
            ]
            for name, value in self._references[:_MOST_REFERENCES]
        ]


def _figures(chart: ModelChart, distribution: Distribution, columns: int) -> list[Row]:
    """The figures above the chart, which are also the key to its marks, in as many rows as they need."""

    def value(number: float) -> str:
        return marked(quantity_text(chart.quantity, number), chart.flags, chart.quantity)

    words = [[PlotPiece("┃", Tone.WARNING), PlotPiece(f" typical (p50) {value(distribution.headline)}")]]
    if distribution.interval is not None:
        ends = _span(value(distribution.interval.low), value(distribution.interval.high))
        words.append([PlotPiece("━", Tone.WARNING), PlotPiece(f" 95 % {ends}")])
    star, tail = interpolation_mark(distribution.count, 95), _tail(chart, distribution)
    if tail is not None:
        note = PlotPiece(_INTERPOLATED if star else "", Tone.MUTED)
        words.append([PlotPiece("╎", Tone.MUTED), PlotPiece(f" p95 {value(tail)}{star}"), note])
    words.append([PlotPiece(counted(distribution.count, "request"))])
    if distribution.outliers:
        outliers = counted(len(distribution.outliers), "outlier")
        words.append([PlotPiece(f"{OUTLIER} {outliers}, far from the rest", Tone.ERROR)])
    words += [[PlotPiece("?", Tone.WARNING), PlotPiece(f" {doubt}", Tone.MUTED)] for doubt in _doubts(chart)]
    return legend_rows(words, columns)


def _span(low: str, high: str) -> str:
    """An interval, whose unit is told once if both ends have it: ``6.00 to 36.3 ms``."""
    number, _, unit = low.partition(" ")
    return f"{number if high.endswith(f' {unit}') else low} to {high}"


def _tail(chart: ModelChart, distribution: Distribution) -> float | None:
    """The p95; ``None`` where every prompt was asked once, so that none has a value that is slower than usual."""
    return chart.tail if chart.tail is not None and chart.tail > distribution.headline else None


def _doubts(chart: ModelChart) -> list[str]:
    """Tell how many requests are in doubt, by the reason."""
    if chart.is_all_in_doubt:
        (reason,) = chart.in_doubt
        return [f"all in doubt, because {reason}"]
    return [f"{units.count(count)} in doubt, because {reason}" for reason, count in chart.in_doubt.items()]


def _spread(
    chart: ModelChart, distribution: Distribution, references: Sequence[float], columns: int, height: int
) -> Canvas:
    """Draw the values over their axis, which also has room for the p95 and for references."""
    values = chart.values
    scale = scale_over([*values, *references, _tail(chart, distribution) or values[0]], columns, _MARGIN)
    canvas = Canvas(columns, height + _ROWS_BELOW)
    if len(values) <= FEW:
        _draw_dots(canvas, values, [outlier.value for outlier in distribution.outliers], scale, height)
    else:
        _draw_bars(canvas, chart, distribution, scale, height)
    _draw_axis(canvas, chart, distribution, scale, height)
    for mark in references:
        canvas.put(scale.cell(mark), height, REFERENCE, Tone.PLAIN)
    _draw_ticks(canvas, scale, height)
    return canvas


def _is_near(reference: float, values: Sequence[float]) -> bool:
    """Whether a reference can be drawn without pressing the values of the model together."""
    low, high = min(values), max(values)
    reach = max(high - low, _LEAST_REACH * high)
    return low - reach <= reference <= high + reach


def _draw_dots(canvas: Canvas, values: list[float], outliers: list[float], scale: LinearScale, height: int) -> None:
    """Put a dot above the axis for each value, and above another one if they share a cell."""
    stacked: Counter[int] = Counter()
    for value in sorted(values):
        cell = scale.cell(value)
        is_outlier = value in outliers
        sign, tone = (OUTLIER, Tone.ERROR) if is_outlier else (DOT, Tone.PRIMARY)
        canvas.put(cell, max(0, height - 1 - stacked[cell]), sign, tone)
        stacked[cell] += 1


def _draw_bars(canvas: Canvas, chart: ModelChart, distribution: Distribution, scale: LinearScale, height: int) -> None:
    values, columns = chart.values, canvas.columns
    bar_cells = _cells_of_a_bar(len(values), columns)
    counts = Counter(scale.cell(value) // bar_cells for value in values)
    outliers = Counter(scale.cell(outlier.value) // bar_cells for outlier in distribution.outliers)
    highest = max(counts.values())
    has_counts = height > 1 and len(units.count(highest)) <= bar_cells
    bar_rows = height - has_counts
    for number, count in counts.items():
        tone = Tone.ERROR if outliers[number] == count else Tone.PRIMARY
        eighths = max(1, round(count / highest * bar_rows * 8))
        if has_counts:
            above = height - 1 - math.ceil(eighths / 8)
            words = f"{units.count(count)}{OUTLIER if outliers[number] else ''}"
            canvas.write(number * bar_cells, above, words.center(bar_cells).rstrip(), Tone.MUTED)
        for column in range(number * bar_cells, min(columns, (number + 1) * bar_cells)):
            for row in range(height):
                sign = _EIGHTHS[max(0, min(8, eighths - 8 * (height - 1 - row)))]
                if sign != " ":
                    canvas.put(column, row, sign, tone)


def _draw_axis(canvas: Canvas, chart: ModelChart, distribution: Distribution, scale: LinearScale, row: int) -> None:
    """Draw the axis with its marks: where they meet, p95 hides the interval, and the median hides both.

    An arrow ends an interval that goes on beyond the axis.
    """
    for column in range(canvas.columns):
        canvas.put(column, row, "─", Tone.MUTED)
    if (interval := distribution.interval) is not None:
        for column in range(scale.cell(interval.low), scale.cell(interval.high) + 1):
            canvas.put(column, row, "━", Tone.WARNING)
        if interval.low < scale.low:
            canvas.put(0, row, "◂", Tone.WARNING)
        if interval.high > scale.high:
            canvas.put(canvas.columns - 1, row, "▸", Tone.WARNING)
    if (tail := _tail(chart, distribution)) is not None:
        canvas.put(scale.cell(tail), row, "╎", Tone.MUTED)
    canvas.put(scale.cell(distribution.headline), row, "┃", Tone.WARNING)


def _draw_ticks(canvas: Canvas, scale: LinearScale, height: int) -> None:
    """Write round values below the axis, each in the middle below its value; the heading tells their unit."""
    free_from = 0
    for value in ticks(scale.low, scale.high, max(2, canvas.columns // _TICK_CELLS)):
        words = f"{value:,.10g}"
        column = max(0, scale.cell(value) - (len(words) - 1) // 2)
        if value >= 0 and column >= free_from and column + len(words) <= canvas.columns:
            canvas.write(column, height + 1, words, Tone.MUTED)
            free_from = column + len(words) + 2


def _cells_of_a_bar(count: int, columns: int) -> int:
    """The width of a bar: so many values call for about twice their square root of bars over the whole plot."""
    bins = max(_FEWEST_BINS, round(2 * count**0.5) + 4)
    return max(1, min(_MOST_BAR_CELLS, columns // bins))
