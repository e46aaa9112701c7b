"""Right answers of a model over the length of the context and over the load, as bars with their intervals."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final, NamedTuple

from tui.panes.charts.plot import Plot, PlotPiece, Row
from tui.panes.widgets.styles import Tone
from tui.records.statistics import Interval
from tui.text.bars import POSSIBLE, RATE, SURE, interval_bar
from tui.text.escape import visible

NOTHING_GRADED: Final = "No answer has been graded yet."
_LEAST_BAR_CELLS: Final = 8


class RateBar(NamedTuple):
    """One bar: its name, its share of 1 with the interval, and the figures behind it."""

    name: str
    rate: float | None
    interval: Interval | None
    words: str


class RateChart(NamedTuple):
    """The bars of one model with their title and the sentence that they are told in."""

    title: str
    bars: Sequence[RateBar]
    sentence: str


class QualityPlot(Plot):
    """A group of bars for each of the charts, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self._charts: Sequence[RateChart] = ()

    def show(self, charts: Sequence[RateChart]) -> None:
        """Show the charts of one model."""
        self._charts = charts
        self.renew()

    def draw(self, columns: int, rows: int) -> list[Row]:
        if not self._charts:
            return [[PlotPiece(NOTHING_GRADED, Tone.MUTED)]]
        drawn: list[Row] = []
        for chart in self._charts:
            drawn += [[PlotPiece(chart.title)], *_bars(chart.bars, columns)]
            drawn += [[PlotPiece(line)] for line in textwrap.wrap(visible(chart.sentence), max(1, columns))]
            drawn.append([])
        legend = (
            PlotPiece(SURE, Tone.PRIMARY),
            PlotPiece(" low end of the 95 % interval   ", Tone.MUTED),
            PlotPiece(RATE, Tone.PRIMARY),
            PlotPiece(" rate   ", Tone.MUTED),
            PlotPiece(POSSIBLE, Tone.MUTED),
            PlotPiece(" high end", Tone.MUTED),
        )
        return [*drawn, legend][:rows]


def _bars(bars: Sequence[RateBar], columns: int) -> list[Row]:
    name_cells, word_cells = max(len(bar.name) for bar in bars), max(len(bar.words) for bar in bars)
    cells = max(_LEAST_BAR_CELLS, columns - name_cells - word_cells - 4)
    drawn: list[Row] = []
    for bar in bars:
        parts = ("", "", "")
        if bar.rate is not None and bar.interval is not None:
            parts = interval_bar(bar.interval.low, bar.rate, bar.interval.high, cells)
        rest = cells - sum(map(len, parts))
        drawn.append(
            [
                PlotPiece(f"{bar.name:>{name_cells}}  ", Tone.MUTED),
                PlotPiece(parts[0] + parts[1], Tone.PRIMARY),
                PlotPiece(parts[2] + " " * (rest + 2), Tone.MUTED),
                PlotPiece(bar.words),
            ]
        )
    return drawn
