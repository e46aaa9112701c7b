"""A histogram of one number of a model over its rounds, with median, confidence interval, p95 and outliers."""

from __future__ import annotations

import math
from collections import Counter
from typing import Final

from tui.panes.charts.plot import Canvas, LinearScale, Plot, PlotPiece, Row, quantity_text, scale_over
from tui.panes.widgets.styles import Tone
from tui.records.comparison import marked
from tui.records.statistics import Distribution
from tui.records.summary import ModelChart
from tui.text import units

NO_ROUNDS: Final = "No warm round has been measured yet."
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_ROWS_BELOW: Final = 2
"""The axis with its marks, and the row that names both ends of the axis."""
_MARGIN: Final = 0.02
_FEWEST_BINS: Final = 8
_MOST_BAR_CELLS: Final = 6
_WORD_GAP: Final = 3


class DistributionPlot(Plot):
    """The histogram below a few figures; a bar that holds nothing but outliers has the colour of errors."""

    def __init__(self) -> None:
        super().__init__()
        self._chart: ModelChart | None = None

    def show(self, chart: ModelChart) -> None:
        """Show one number of one model."""
        self._chart = chart
        self.renew()

    def draw(self, columns: int, rows: int) -> list[Row]:
        chart = self._chart
        if chart is None or chart.distribution is None or not chart.values:
            return [[PlotPiece(NO_ROUNDS, Tone.MUTED)]]
        figures = _figures(chart, chart.distribution, columns)
        height = rows - len(figures) - _ROWS_BELOW
        if height < 1:
            return figures
        return [*figures, *_histogram(chart, chart.distribution, columns, height).read()]


def _figures(chart: ModelChart, distribution: Distribution, columns: int) -> list[Row]:
    """The figures above the bars, which are also the key to the marks on the axis, in as many rows as they need."""

    def value(number: float) -> str:
        return marked(quantity_text(chart.quantity, number), chart.flags, chart.quantity)

    p95 = _p95(distribution)
    outliers = f" · {units.count(len(distribution.outliers))} apart" if distribution.outliers else ""
    words = [[PlotPiece("┃", Tone.WARNING), PlotPiece(f" p50 {value(distribution.headline)}")]]
    if distribution.interval is not None:
        words.append([PlotPiece("━", Tone.WARNING), PlotPiece(f" 95 % {units.span(distribution.interval, value)}")])
    if p95 is not None:
        words.append([PlotPiece("╎", Tone.MUTED), PlotPiece(f" p95 {value(p95)}")])
    words.append([PlotPiece(f"n {units.count(distribution.count)}", Tone.MUTED), PlotPiece(outliers, Tone.ERROR)])
    doubts = [f"{units.count(count)} in doubt, because {reason}" for reason, count in chart.in_doubt.items()]
    words += [[PlotPiece("?", Tone.WARNING), PlotPiece(f" {doubt}", Tone.MUTED)] for doubt in doubts]
    rows: list[list[PlotPiece]] = [[]]
    for word in words:
        taken, needed = sum(len(piece.text) for piece in rows[-1]), sum(len(piece.text) for piece in word)
        if rows[-1] and taken + _WORD_GAP + needed > columns:
            rows.append([])
        rows[-1] += [*([PlotPiece(" " * _WORD_GAP)] if rows[-1] else []), *word]
    return list(rows)


def _p95(distribution: Distribution) -> float | None:
    return next((percentile.value for percentile in distribution.percentiles if percentile.percent == 95), None)


def _histogram(chart: ModelChart, distribution: Distribution, columns: int, height: int) -> Canvas:
    values = chart.values
    scale, bar_cells = scale_over(values, columns, _MARGIN), _cells_of_a_bar(len(values), columns)
    counts = Counter(scale.cell(value) // bar_cells for value in values)
    outliers = Counter(scale.cell(outlier.value) // bar_cells for outlier in distribution.outliers)
    canvas, highest = Canvas(columns, height + _ROWS_BELOW), max(counts.values())
    has_counts = height > 1 and len(units.count(highest)) <= bar_cells
    bar_rows = height - has_counts
    for number, count in counts.items():
        tone = Tone.ERROR if outliers[number] == count else Tone.PRIMARY
        eighths = max(1, round(count / highest * bar_rows * 8))
        if has_counts:
            above = height - 1 - math.ceil(eighths / 8)
            canvas.write(number * bar_cells, above, units.count(count).center(bar_cells).rstrip(), Tone.MUTED)
        for column in range(number * bar_cells, min(columns, (number + 1) * bar_cells)):
            for row in range(height):
                sign = _EIGHTHS[max(0, min(8, eighths - 8 * (height - 1 - row)))]
                if sign != " ":
                    canvas.put(column, row, sign, tone)
    _draw_axis(canvas, distribution, scale, height)
    least, greatest = quantity_text(chart.quantity, min(values)), quantity_text(chart.quantity, max(values))
    canvas.write(0, height + 1, least, Tone.MUTED)
    if len(least) + len(greatest) < columns:
        canvas.write(columns, height + 1, greatest, Tone.MUTED)
    return canvas


def _draw_axis(canvas: Canvas, distribution: Distribution, scale: LinearScale, row: int) -> None:
    """Draw the axis with its marks: where they meet, p95 hides the interval, and the median hides both."""
    for column in range(canvas.columns):
        canvas.put(column, row, "─", Tone.MUTED)
    interval, p95 = distribution.interval, _p95(distribution)
    if interval is not None:
        for column in range(scale.cell(interval.low), scale.cell(interval.high) + 1):
            canvas.put(column, row, "━", Tone.WARNING)
    if p95 is not None:
        canvas.put(scale.cell(p95), row, "╎", Tone.MUTED)
    canvas.put(scale.cell(distribution.headline), row, "┃", Tone.WARNING)


def _cells_of_a_bar(count: int, columns: int) -> int:
    """The width of a bar: so many values call for about twice their square root of bars over the whole plot."""
    bins = max(_FEWEST_BINS, round(2 * count**0.5) + 4)
    return max(1, min(_MOST_BAR_CELLS, columns // bins))
