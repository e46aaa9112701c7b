"""The pane with the results of a run: a table that fills as samples end, and a sentence about the highlighted row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui import records
from tui.lazy import lazy_module
from tui.text import units
from tui.text.cells import cells_of
from tui.text.tables import counted, listed
from tui.text.times import local_start_time

if TYPE_CHECKING:
    from textual.widgets import DataTable

    from tui.bench import events as run_events
    from tui.panes.results.table import ResultsTable
    from tui.records import ModelSummary, RunRecord, RunState
    from tui.records import sample as sample_records
    from tui.text import result_columns
else:
    run_events = lazy_module("tui.bench.events")
    result_columns = lazy_module("tui.text.result_columns")
    sample_records = lazy_module("tui.records.sample")

NOTHING_YET: Final = "Nothing is measured yet. Press [b]b[/b] to measure the selected models."
_ELSEWHERE: Final = "the numbers of a question are in Streams"
_PADDING: Final = 2
_FRAME: Final = 4
_BETWEEN: Final = " · "
_KEY_OF_CHARTS: Final = "g charts"
_KEYS_OF_A_BENCHMARK: Final = ("a chooses", "d compares", "v rates")
"""What can be done with a benchmark that has ended, the likeliest first."""
YARDSTICK_WORDS: Final = "A practice model that took turns with the models: d compares runs relative to its pace."
REFERENCE_WORDS: Final = "measured or published elsewhere, in no statistic."
COLD_ONLY: Final = "First answer after loading (cold start): not averaged. Press r to ask again, or b to benchmark."
COLD_THEN: Final = "First answer after loading (cold start): not averaged, so there are no typical values."


class ResultsPane(Vertical):
    """A hint until a run has results, and then the table."""

    DEFAULT_CSS = """
    ResultsPane {
        #results-detail {
            height: auto;
            max-height: 2;
            padding: 0 1;
            color: $text-muted;
            display: none;
        }
        #results-empty {
            height: 1fr;
            content-align: center middle;
            text-align: center;
            color: $text-muted;
        }
        &.-filled {
            #results-detail { display: block; }
            #results-empty { display: none; }
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "sort_next", "Sort", tooltip="Sort the results by the next column", show=False),
        Binding("O", "sort_turn", "Turn", tooltip="Turn the order of the sorted column", show=False),
    ]

    def __init__(self, *, of_history: bool = False) -> None:
        """``of_history`` is for a screen of one stored run, where nothing can be asked or measured."""
        super().__init__()
        self._of_history = of_history
        self._cold_only = COLD_THEN if of_history else COLD_ONLY
        self.border_title = "Results"
        self._table: ResultsTable | None = None
        self._rows: tuple[ModelSummary, ...] = ()
        self._is_measuring = False
        self._asking = False
        self._sweep = ""
        self._activities: dict[str, str] = {}
        self._detail = ""

    def compose(self) -> ComposeResult:
        yield Static(NOTHING_YET, id="results-empty")
        yield Static("", id="results-detail", markup=False)

    @property
    def texts(self) -> list[list[str]]:
        """The cells of the table, row by row."""
        return self._table.texts if self._table is not None else []

    @property
    def highlighted(self) -> str | None:
        """The key of the model whose row is highlighted."""
        return self._table.highlighted if self._table is not None else None

    def show(self, event: run_events.Event, loaded: Collection[str] = ()) -> None:
        """Show what an event means for the activity of the models; the numbers come with ``show_summaries``.

        A question to all models reaches those that are ``loaded`` at once. They are shown as running with its start,
        and not in a frame of its own while they compute.
        """
        match event:
            case run_events.RunStarted(run=run):
                self._asking = run.plan.purpose is records.Purpose.ASK
                self._sweep = run.plan.method.sweep
                turn = max(run.plan.turn_of(model.key) for model in run.plan.models) if run.plan.models else 1
                question = f"question · turn {turn}" if turn > 1 else "question"
                self.border_title = f"Results · {question if self._asking else 'benchmark'}"
                # The frame in which the dialog above goes leaves the border as it was, so it is painted once more.
                self.call_after_refresh(self.refresh)
                self._is_measuring = True
                if self._table is not None and not self._asking:
                    self._table.expect_all()
                at_once = loaded if self._asking and run.plan.method.mode is records.Mode.SIDE_BY_SIDE else ()
                # Without a layout, which would take time from the models: the line stays as high as it is.
                self._detail = ""
                self.query_one("#results-detail", Static).update("", layout=False)
                keys = [model.key for model in run.plan.models]
                self._activities = {key: "running" if key in at_once else "waiting" for key in keys}
            case run_events.ModelLoading(key=key) if self._is_measuring:
                self._set_activity(key, "loading")
            case run_events.ModelLoaded(key=key) if self._is_measuring:
                # Drawn with the next change: a model that is asked at once would be drawn twice.
                self._activities[key] = "loaded"
            case run_events.SampleStarted(key=key):
                self._set_activity(key, "running")
            case run_events.SampleFinished(key=key) if self._asking:
                # Drawn together with its numbers: other models may still be answering, and every frame takes time from
                # them.
                self._activities[key] = "answered"
            case run_events.ModelUnloaded(key=key) if self._is_measuring and self._activities.get(key) != "waiting":
                self._set_activity(key, "measured")
            case run_events.RunFinished(status=status):
                if status is records.RunStatus.STOPPED:
                    self.border_title = f"{self.border_title} · stopped"
                self.end_run()
            case _:
                pass

    def keep_benchmark(self) -> None:
        """Tell that a question leaves the benchmark here, and where the numbers of a question are."""
        title = str(self.border_title)
        if not title.endswith(_ELSEWHERE):
            self.border_title = f"{title}{_BETWEEN}{_ELSEWHERE}"

    def end_run(self) -> None:
        """Record that nothing is running any more; the last summaries are still to come."""
        self._is_measuring = False

    async def show_earlier(self, run: RunRecord, rows: Sequence[ModelSummary], state: RunState | None = None) -> None:
        """Show the results of a run of another session, which may still be going on there or have been interrupted."""
        self._asking = run.plan.purpose is records.Purpose.ASK
        self._sweep = run.plan.method.sweep
        what = "question" if self._asking else "benchmark"
        self.border_title = f"Results · {what} of {local_start_time(run.started_at)}"
        await self.show_summaries(rows)
        if self._asking or state not in (records.RunState.RUNNING, records.RunState.INTERRUPTED):
            return
        # Warm-ups alone are no outcome of a model, and neither are the first rounds of a run that goes on.
        goes_on = state is records.RunState.RUNNING
        models = [row for row in rows if not row.quiet]
        self._activities = {row.key: "waiting" if goes_on else "not asked" for row in models if not row.rounds}
        if goes_on:
            self._activities |= {row.key: "running" for row in models if row.rounds}
        self._repaint()

    async def show_summaries(self, rows: Sequence[ModelSummary], *, last: bool = True) -> None:
        """Show these rows, in the order of the plan; only the ``last`` ones of a run tell how its models ended.

        Rows that were computed while the run was going may come a moment after its end.
        """
        self._rows = tuple(rows)
        if last:
            self._activities.clear()
        if self._table is None:
            # Deferred since the first frame has no table and should not wait for one.
            from tui.panes.results.table import ResultsTable

            self._table = ResultsTable()
            self.add_class("-filled")
            await self.mount(self._table, before="#results-detail")
        self._repaint()

    def action_sort_next(self) -> None:
        """Sort by the next column."""
        if self._table is not None:
            self._table.sort_next()

    def action_sort_turn(self) -> None:
        """Reverse the order."""
        if self._table is not None:
            self._table.sort_turn()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Show in full what does not fit into the row."""
        event.stop()
        self._show_detail()

    def _set_activity(self, key: str, word: str) -> None:
        if self._activities.get(key) != word:
            self._activities[key] = word
            self._repaint()

    def _repaint(self) -> None:
        if self._table is not None and self._rows:
            self._table.show(self._rows, self._activities)
            self._show_keys()
            if not (self._asking and self._is_measuring):
                # A line that appears or goes lays out the screen, which takes time from the models that are answering.
                self._show_detail()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_keys)

    def _show_keys(self) -> None:
        """Name the keys that go on from the results, and the report if that has columns for which there is no room."""
        if self._table is None:
            return
        hidden = self._table.hidden_columns
        first = [f"e writes {counted(hidden, 'more column')}"] if hidden else []
        more = [] if self._of_history or self._is_measuring or self._asking else list(_KEYS_OF_A_BENCHMARK)
        while more and cells_of(_BETWEEN.join([*first, *more, _KEY_OF_CHARTS])) > self.size.width - _FRAME:
            more.pop()
        words = _BETWEEN.join([*first, *more, _KEY_OF_CHARTS])
        if words != self.border_subtitle:
            self.border_subtitle = words

    def _show_detail(self) -> None:
        row = next((row for row in self._rows if row.key == self.highlighted), None)
        detail, detail_text = self.query_one("#results-detail", Static), self._sentence(row) if row is not None else ""
        if self._detail != detail_text:
            room = self.content_size.width - _PADDING
            is_line = [0 < cells_of(text) <= room for text in (self._detail, detail_text)]
            self._detail = detail_text
            # A line in place of another moves nothing, and without a layout it takes no time from what is measured.
            detail.update(detail_text, layout=not all(is_line))

    def _disturbed_words(self, row: ModelSummary) -> str:
        """Tell what ! means, of the highlighted model and of all others that have it too."""
        others = [other for other in self._rows if other.disturbed and other.key != row.key]
        shares = [
            f"{of.key} ({units.count(of.disturbed)} of {units.count(max(of.rounds, of.disturbed))})"
            for of in (row, *others)
        ]
        return f"! Other programs were busy during requests of {listed(shares)}."

    def _sentence(self, row: ModelSummary) -> str:
        if row.status is records.ModelStatus.FAILED:
            return f"{row.key}: {row.error}"
        if self._asking and not self._is_measuring and not row.rounds and row.cold_ttft_s is not None:
            return self._cold_only
        if self._sweep:
            return f"A sweep over {self._sweep} length has no average: e writes it length by length, d compares it."
        if row.quiet:
            return YARDSTICK_WORDS if row.key == sample_records.YARDSTICK else f"{row.key}: {REFERENCE_WORDS}"
        if row.disturbed:
            return self._disturbed_words(row)
        if self._table is not None and cells_of(row.key) > self._table.name_cells:
            return row.key
        if self._is_measuring or self._table is None:
            return ""
        return result_columns.detail_words(row, self.content_size.width - _PADDING, self._table.shown_columns)
