"""The rounds of one model as a histogram, with their median, its interval, p95 and what stands apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from tui.panes.charts.plot import Canvas, Plot, PlotPiece, PlotTone, Row
from tui.panes.charts.quantities import shown
from tui.records.charts import ModelChart
from tui.records.statistics import Distribution
from tui.text import units

NO_ROUNDS: Final = "No warm round has been measured yet."
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_BELOW: Final = 2
"""Rows below the bars: the marks, and the ends of the axis."""
_FEWEST_BINS: Final = 8
_MOST_BAR_CELLS: Final = 6


class DistributionPlot(Plot):
    """A histogram; bars that hold only outliers are in the colour of alarm."""

    def __init__(self) -> None:
        super().__init__()
        self._chart: ModelChart | None = None

    def show(self, chart: ModelChart) -> None:
        """Show one number of one model."""
        self._chart = chart
        self.renew()

    def draw(self, columns: int, rows: int) -> list[Row]:
        chart = self._chart
        if chart is None or chart.found is None or not chart.values:
            return [[PlotPiece(NO_ROUNDS, PlotTone.MUTED)]]
        figures = _figures(chart, chart.found, columns)
        height = rows - len(figures) - _BELOW
        if height < 1:
            return figures
        return [*figures, *_bars(chart, chart.found, columns, height).read()]


def _figures(chart: ModelChart, found: Distribution, columns: int) -> list[Row]:
    """What stands above, in as many rows as it takes."""

    def value(number: float) -> str:
        return shown(chart.quantity, number)

    p95 = next((each.value for each in found.percentiles if each.percent == 95), None)
    apart = f" · {units.count(len(found.outliers))} apart" if found.outliers else ""
    count = [PlotPiece(f"n {units.count(found.count)}", PlotTone.MUTED), PlotPiece(apart, PlotTone.ALARM)]
    words = [
        [PlotPiece("┃", PlotTone.INTERVAL), PlotPiece(f" p50 {value(found.headline)}")],
        count,
    ]
    if found.interval is not None:
        words.insert(1, [PlotPiece("━", PlotTone.INTERVAL), PlotPiece(f" 95 % {units.span(found.interval, value)}")])
    if p95 is not None:
        words.insert(-1, [PlotPiece("╎", PlotTone.MUTED), PlotPiece(f" p95 {value(p95)}")])
    rows: list[list[PlotPiece]] = [[]]
    for word in words:
        taken, needed = sum(len(piece.text) for piece in rows[-1]), sum(len(piece.text) for piece in word)
        if rows[-1] and taken + 3 + needed > columns:
            rows.append([])
        rows[-1] += [*([PlotPiece("   ")] if rows[-1] else []), *word]
    return list(rows)


class _Scale:
    """Where values stand across the plot."""

    def __init__(self, values: Sequence[float], columns: int) -> None:
        least, most = min(values), max(values)
        margin = (most - least) * 0.02 or most * 0.02 or 1.0
        self._low, self._span = least - margin, most - least + 2 * margin
        self.columns = columns

    def column(self, value: float) -> int:
        return min(self.columns - 1, max(0, int((value - self._low) / self._span * self.columns)))


def _bars(chart: ModelChart, found: Distribution, columns: int, height: int) -> Canvas:
    values = chart.values
    scale, bin_cells = _Scale(values, columns), _cells_of_bin(len(values), columns)
    bins = Counter(scale.column(value) // bin_cells for value in values)
    apart = Counter(scale.column(each.value) // bin_cells for each in found.outliers)
    canvas, most = Canvas(columns, height + _BELOW), max(bins.values())
    for place, count in bins.items():
        tone = PlotTone.ALARM if apart[place] == count else PlotTone.VALUE
        eighths = max(1, round(count / most * height * 8))
        for column in range(place * bin_cells, min(columns, (place + 1) * bin_cells)):
            for row in range(height):
                sign = _EIGHTHS[max(0, min(8, eighths - 8 * (height - 1 - row)))]
                if sign != " ":
                    canvas.put(column, row, sign, tone)
    _mark(canvas, found, scale, height)
    least, greatest = shown(chart.quantity, min(values)), shown(chart.quantity, max(values))
    canvas.write(0, height + 1, least, PlotTone.MUTED)
    if len(least) + len(greatest) < columns:
        canvas.write(columns, height + 1, greatest, PlotTone.MUTED)
    return canvas


def _mark(canvas: Canvas, found: Distribution, scale: _Scale, row: int) -> None:
    """The axis, and on it the interval, p95 and the median, each over the one before."""
    for column in range(canvas.columns):
        canvas.put(column, row, "─", PlotTone.MUTED)
    if found.interval is not None:
        for column in range(scale.column(found.interval.low), scale.column(found.interval.high) + 1):
            canvas.put(column, row, "━", PlotTone.INTERVAL)
    p95 = next((each.value for each in found.percentiles if each.percent == 95), None)
    if p95 is not None:
        canvas.put(scale.column(p95), row, "╎", PlotTone.MUTED)
    canvas.put(scale.column(found.headline), row, "┃", PlotTone.INTERVAL)


def _cells_of_bin(count: int, columns: int) -> int:
    """Bars as wide as few values need them: about twice the root of the count of them, over the whole plot."""
    bins = max(_FEWEST_BINS, round(2 * count**0.5) + 4)
    return max(1, min(_MOST_BAR_CELLS, columns // bins))
