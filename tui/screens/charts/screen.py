"""The charts of one model of the newest run: how its numbers are distributed, and how they developed over the run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui.measure.comparison.reference_rows import references_of
from tui.measure.timing.model_chart import model_charts
from tui.panes.charts.distribution import DistributionPlot
from tui.panes.charts.plot import TITLES, quantity_text, unit_of
from tui.panes.charts.timeline import TimelinePlot
from tui.records import RunRecord, RunStatus
from tui.records.comparison import Quantity
from tui.records.summary import ModelChart
from tui.screens.charts.quality import QualityPanel, rate_charts
from tui.screens.charts.trend_screen import TrendScreen
from tui.screens.charts.turning import TURN_MODELS, WIDE, TurnsModels
from tui.screens.frame.about import About
from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import HELP, leave_command
from tui.text import units
from tui.text.cells import printable
from tui.text.run_titles import run_and_time
from tui.text.tables import counted

_LOOK_EVERY_S: Final = 1.0
_WORK_SHARE: Final = 0.02
"""The greatest share of the time that summing up may take from a run that is still measuring."""

_COMMANDS: Final[tuple[Command[ChartsScreen], ...]] = (
    *TURN_MODELS,
    Command(
        "more-at-once",
        "up",
        "More at once",
        "",
        lambda screen: screen.show_level(1),
        lambda screen: screen.has_levels,
    ),
    Command(
        "less-at-once",
        "down",
        "At once",
        "More requests at once, or fewer",
        lambda screen: screen.show_level(-1),
        lambda screen: screen.has_levels,
        show=True,
        key_display="↑↓",
    ),
    Command(
        "number",
        "tab",
        "Other number",
        "TTFT, the decode rate, or right answers by length and load",
        lambda screen: screen.show_other_number(),
        lambda screen: screen.shows_one_number or screen.has_quality,
        show=True,
    ),
    Command(
        "trend",
        "g",
        "Trend",
        "The same numbers of this model over all of its runs in the history",
        lambda screen: screen.open_trend(),
        lambda screen: screen.history_file is not None,
        show=True,
    ),
    leave_command(),
    HELP,
)


class NumberPanel(Vertical):
    """One number of a model: its distribution, and below it its values in the order of the run."""

    DEFAULT_CSS = """
    NumberPanel {
        display: none;
        width: 1fr;
        border: round $border-blurred;
        border-title-color: $foreground;
        border-title-style: bold;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        &.-open { display: block; }
        DistributionPlot { height: 1fr; max-height: 18; margin-bottom: 1; }
        DistributionPlot.-few { max-height: 9; }
        TimelinePlot { height: 1fr; }
    }
    """

    def __init__(self, quantity: Quantity) -> None:
        super().__init__(id=f"number-{quantity.name.lower()}")
        self.border_title = _title(quantity)
        self.spread = DistributionPlot()
        self.course = TimelinePlot()

    def compose(self) -> ComposeResult:
        yield self.spread
        yield self.course

    def show(self, chart: ModelChart, at_once: str, references: Sequence[tuple[str, float]]) -> None:
        """Show one number of one model beside those of other machines.

        ``at_once`` names the level of concurrency, if the run has several.
        """
        self.border_title = _title(chart.quantity, at_once)
        self.spread.show(chart, references)
        self.course.show(chart)


def _title(quantity: Quantity, at_once: str = "") -> str:
    """Name a number with its unit, which the round values of its axes do not repeat."""
    return ", ".join(part for part in (TITLES[quantity], unit_of(quantity), at_once) if part)


_ABOUT: Final = About(
    title="Charts",
    words=(
        "The numbers of one model in one run: above how they are distributed, with how often each value came, and "
        "below in the order in which they were measured, where warming up or slowing down shows."
    ),
    numbers=("TTFT", "decode rate", "p50", "p95", "outlier", "drift"),
    topic="numbers",
)


class ChartsScreen(TurnsModels):
    """Shows two numbers of a model, side by side or one at a time, and keeps them up to date during the run."""

    COMMAND_TABLE = _COMMANDS
    ABOUT = _ABOUT
    DEFAULT_CSS = """
    ChartsScreen {
        #in-short { height: auto; max-height: 2; padding: 0 2; text-style: bold; }
        #numbers { height: 1fr; }
        &.-wide NumberPanel { display: block; }
        &.-quality NumberPanel { display: none; }
        &.-quality QualityPanel { display: block; }
    }
    """

    def __init__(
        self, record: Callable[[], RunRecord | None], key: str | None, history_file: Path | None = None
    ) -> None:
        """``record`` gives the newest run as it stands; ``key`` is the model to begin with, ``None`` the first.

        ``history_file`` has the earlier runs, which a trend goes over; without it no trend is offered.
        """
        super().__init__()
        self.history_file = history_file
        self._record = record
        self._key = key
        self._at_once: int | None = None
        """The chosen level of concurrency; ``None`` is the lowest."""
        self._shown: tuple[RunRecord, str, int] | None = None
        self._next_sum_at_s = 0.0
        """The time from which a run that is still measuring may be summed up again."""
        self.panels = {quantity: NumberPanel(quantity) for quantity in (Quantity.TTFT, Quantity.DECODE)}
        self.panels[Quantity.TTFT].add_class("-open")
        self.quality = QualityPanel()
        self.has_quality = False
        """Whether the shown model has right answers over lengths or loads."""

    def compose(self) -> ComposeResult:
        yield self.top
        yield Static("Summing up the requests.", id="in-short", markup=False)
        with Horizontal(id="numbers"):
            yield from self.panels.values()
            yield self.quality
        yield self.footer

    def on_mount(self) -> None:
        self.set_class(self.app.size.width >= WIDE, "-wide")
        self._follow()
        self.set_interval(_LOOK_EVERY_S, self._follow)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")
        self.refresh_bindings()

    @property
    def shows_one_number(self) -> bool:
        """Whether there is room for one number at a time only."""
        return not self.has_class("-wide")

    @property
    def has_levels(self) -> bool:
        """Whether the run steps through several levels of concurrency."""
        return len(self._levels()) > 1

    def show_other_number(self) -> None:
        """Show the next number in place of what is shown; right answers come last, if there are any."""
        was_quality, at_last = self.has_class("-quality"), self.panels[Quantity.DECODE].has_class("-open")
        self.set_class(self.has_quality and not was_quality and (at_last or not self.shows_one_number), "-quality")
        if self.shows_one_number and not self.has_class("-quality"):
            for panel in self.panels.values():
                panel.toggle_class("-open")

    def show_model(self, step: int) -> None:
        """Show another model of the run: the next, or with a ``step`` of -1 the previous one."""
        keys = self._keys()
        if keys:
            index = keys.index(self._key) if self._key in keys else 0
            self._key = keys[(index + step) % len(keys)]
            self._next_sum_at_s = 0.0
            self._follow()

    def show_level(self, step: int) -> None:
        """Show another level of concurrency: the next higher, or with a ``step`` of -1 the next lower one."""
        levels = self._levels()
        if levels:
            index = levels.index(self._level(levels)) + step
            self._at_once = levels[max(0, min(index, len(levels) - 1))]
            self._next_sum_at_s = 0.0
            self._follow()

    def open_trend(self) -> None:
        """Show the numbers of the model over all of its runs."""
        keys = self._keys()
        if self.history_file is not None and keys:
            self.app.push_screen(TrendScreen(self.history_file, keys, self._key))

    def _keys(self) -> Sequence[str]:
        record = self._record()
        return [model.key for model in record.plan.models] if record is not None else []

    def _levels(self) -> Sequence[int]:
        """The levels of concurrency that the run steps through, the lowest first."""
        record = self._record()
        return record.plan.method.concurrency if record is not None else ()

    def _level(self, levels: Sequence[int]) -> int:
        return self._at_once if self._at_once is not None and self._at_once in levels else levels[0]

    def _follow(self) -> None:
        """Bring the charts up to date, if the run has grown or another model or level is chosen."""
        record, keys = self._record(), self._keys()
        if record is None or not keys:
            return
        key = self._key if self._key is not None and self._key in keys else keys[0]
        self._key, at_once = key, self._level(record.plan.method.concurrency)
        place = f", {keys.index(key) + 1} of {len(keys)}" if len(keys) > 1 else ""
        self.top.show_status(printable(f"{key}{place} · {run_and_time(record)}"))
        shown = self._shown
        is_shown = shown is not None and shown[0] is record and shown[1:] == (key, at_once)
        may_work = record.status is not RunStatus.RUNNING or time.monotonic() >= self._next_sum_at_s
        if not is_shown and may_work:
            self._sum_up(record, key, at_once)

    @work(group="charts", exclusive=True, exit_on_error=False)
    async def _sum_up(self, record: RunRecord, key: str, at_once: int) -> None:
        began_s = time.monotonic()
        self._shown = record, key, at_once
        # In a thread, because the intervals are drawn from many resamples.
        charts = await asyncio.to_thread(model_charts, record, key, at_once)
        rates = await asyncio.to_thread(rate_charts, record, key)
        self._next_sum_at_s = time.monotonic() + (time.monotonic() - began_s) / _WORK_SHARE
        level = units.at_once(at_once) if record.plan.method.concurrent else ""
        model = next(model for model in record.plan.models if model.key == key)
        for chart in charts:
            references = references_of(record.references, model, chart.quantity)
            self.panels[chart.quantity].show(chart, level, references)
        self.quality.show(rates)
        self.query_one("#in-short", Static).update(Content(printable(_in_short(charts))))
        if self.has_quality is not bool(rates):
            self.has_quality = bool(rates)
            self.remove_class("-quality")
            self.refresh_bindings()


def _in_short(charts: Sequence[ModelChart]) -> str:
    """Tell the typical numbers of a model in a sentence, and how many requests they rest on."""
    measured = {
        chart.quantity: quantity_text(chart.quantity, chart.distribution.headline)
        for chart in charts
        if chart.distribution is not None
    }
    key, requests = charts[0].key, max(len(chart.values) for chart in charts)
    if not measured:
        return f"{key} has no warm request yet, so there is no number that counts."
    numbers = (
        f"{measured[Quantity.TTFT]} to the first token" if Quantity.TTFT in measured else "",
        f"then {measured[Quantity.DECODE]}" if Quantity.DECODE in measured else "",
    )
    doubt = "In doubt: " if any(chart.is_all_in_doubt for chart in charts) else ""
    return f"{doubt}{key}, {', '.join(filter(None, numbers))} ({counted(requests, 'request')})."
