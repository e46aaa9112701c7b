"""The numbers of one model over its runs in the history, and where they have changed for good."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from tui.measure.comparison import trend_words
from tui.panes.charts.plot import TITLES, unit_of
from tui.panes.charts.trend import TrendLegend, TrendPlot, days_in_words
from tui.records.comparison import ModelTrends, Quantity
from tui.screens.charts.turning import TURN_MODELS, WIDE, TurnsModels
from tui.screens.frame.about import About
from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import HELP, leave_command
from tui.store.errors import HistoryError
from tui.text.cells import printable
from tui.text.tables import counted
from tui.text.times import zone_heading
from tui.workspace.trends import read_trends

_READING: Final = "Reading the runs."

_COMMANDS: Final[tuple[Command[TrendScreen], ...]] = (
    *TURN_MODELS,
    leave_command("Back to where this began"),
    HELP,
)


_ABOUT: Final = About(
    title="Trend",
    words=(
        "TTFT and decode rate of one model over its benchmarks, the oldest on the left: a dot for each run, at the "
        "local time at which it began, with its 95 % interval if it started the model more than once. Below, in words, "
        "where a number has changed for good, and between which runs."
    ),
    numbers=("TTFT", "decode rate", "p50"),
    topic="history",
)


class TrendScreen(TurnsModels):
    """Shows TTFT and decode rate of a model, a dot for each run, with the changes in words below."""

    COMMAND_TABLE = _COMMANDS
    ABOUT = _ABOUT
    DEFAULT_CSS = """
    TrendScreen {
        #trends { height: 1fr; layout: vertical; }
        &.-wide #trends { layout: horizontal; }
        TrendPlot {
            width: 1fr;
            border: round $border-blurred;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $foreground;
            padding: 0 1;
        }
        TrendLegend { padding: 0 2; background: $background; }
        #trend-notes { height: auto; max-height: 4; padding: 0 2; scrollbar-size-vertical: 1; }
        &.-wide #trend-notes { max-height: 9; }
        #trend-words { height: auto; color: $foreground; }
    }
    """

    def __init__(self, history_file: Path, keys: Sequence[str], key: str | None = None) -> None:
        """``keys`` are the models that can be shown, and ``key`` is the one to begin with."""
        super().__init__()
        self._history_file = history_file
        self._keys = tuple(keys)
        self._key = key if key in self._keys else self._keys[0]
        self.plots = {quantity: TrendPlot() for quantity in (Quantity.TTFT, Quantity.DECODE)}
        self.legend = TrendLegend()
        self._found: ModelTrends | None = None

    def compose(self) -> ComposeResult:
        yield self.top
        with Horizontal(id="trends"):
            yield from self.plots.values()
        yield self.legend
        with VerticalScroll(id="trend-notes"):
            yield Static(_READING, id="trend-words", markup=False)
        yield self.footer

    def on_mount(self) -> None:
        self.set_class(self.app.size.width >= WIDE, "-wide")
        self.query_one("#trend-notes").focus()
        self._read()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")
        self._draw()

    @property
    def words(self) -> str:
        """The sentences below the charts."""
        return "\n".join(str(words.content) for words in self.query("#trend-words").results(Static))

    def show_model(self, step: int) -> None:
        """Show another model: the next, or with a ``step`` of -1 the previous one."""
        self._key = self._keys[(self._keys.index(self._key) + step) % len(self._keys)]
        self._read()

    @work(group="trend", exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        place = f" · model {self._keys.index(self._key) + 1} of {len(self._keys)}" if len(self._keys) > 1 else ""
        self.top.show_status(f"trend of {printable(self._key)}{place}")
        try:
            found = await asyncio.to_thread(read_trends, self._history_file, self._key)
        except HistoryError as error:
            self.query_one("#trend-words", Static).update(f"{error}.")
            return
        self._show(found)

    def _show(self, found: ModelTrends) -> None:
        self._found = found
        self._draw()
        self.query_one("#trend-words", Static).update("\n".join(map(printable, trend_words.notes_below_chart(found))))

    def _draw(self) -> None:
        """Draw the charts, each with an axis of times where there is room for it."""
        if self._found is None:
            return
        by_quantity = {trend.quantity: trend for trend in self._found.trends}
        for quantity, plot in self.plots.items():
            trend = by_quantity.get(quantity)
            only = trend_words.value_text(quantity, trend.points[0]) if trend and len(trend.points) == 1 else ""
            plot.show(trend, only_value=only)
            above = " (axis begins above 0)" if plot.begins_above_zero else ""
            plot.border_title = f"{TITLES[quantity]}, {unit_of(quantity)}{above}"
            count = 0 if trend is None else len(trend.points)
            zone = zone_heading(point.started_at for point in trend.points) if trend else ""
            day = days_in_words(trend) if trend else ""
            plot.border_subtitle = counted(count, "run") + (f"{day}, {zone} times" if count else "")
        self.legend.show([trend for trend in self._found.trends if len(trend.points) > 1])
