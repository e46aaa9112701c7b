"""The screen of one stored run: its results as the workbench shows them, its answers, and how it was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import DataTable

from tui.panes.history.run_text import RunText, Section
from tui.panes.results.pane import ResultsPane
from tui.records import Purpose, RunEntry, RunRecord, RunState
from tui.screens import answers, charts, rating
from tui.screens.dialogs.export import ExportDialog
from tui.screens.frame.about import About
from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import HELP, SubScreen, leave_command
from tui.text.cells import printable
from tui.text.run_titles import run_title
from tui.workspace.archive import OpenedRun

_TALLEST_RESULTS: Final = 14
_ROWS_BESIDE_MODELS: Final = 6
"""The rows of the results that are not models: the border, two lines of headings, a sentence, and a scroll bar."""
_WIDE: Final = 110
"""The columns from which what was answered stands beside how it was measured."""
_COMMANDS: Final[tuple[Command[RunScreen], ...]] = (
    Command("answers", "I", "Answers", "Read the answers of the run", lambda screen: screen.read_answers(), show=True),
    Command("charts", "g", "Charts", "Charts of the highlighted model", lambda screen: screen.open_charts(), show=True),
    Command(
        "rate", "v", "Rate answers", "Rate the answers of the run by hand", lambda screen: screen.rate(), show=True
    ),
    Command(
        "choose",
        "a",
        "Choose",
        "Choose a model of the run by six weights",
        lambda screen: screen.choose_model(),
        lambda screen: screen.can_choose,
        show=True,
        why_not=lambda _: "Only a benchmark that has ended can be chosen by.",
    ),
    Command(
        "compare",
        "d",
        "Compare",
        "Mark the run and go back, to mark the one that it is compared with",
        lambda screen: screen.mark_for_comparison(),
        show=True,
    ),
    Command(
        "export",
        "e",
        "Export",
        "Write the run as Markdown, CSV or JSON",
        lambda screen: screen.ask_for_export(),
        show=True,
    ),
    Command(
        "next-pane",
        "tab",
        "Next pane",
        "From the table to the text, which the arrow keys scroll",
        lambda screen: screen.focus_next(),
        show=True,
    ),
    Command(
        "sort", "o", "Sort", "Sort the results by the next column", lambda screen: screen.results.action_sort_next()
    ),
    Command(
        "turn", "O", "Turn", "Turn the order of the sorted column", lambda screen: screen.results.action_sort_turn()
    ),
    leave_command("Back to the history"),
    HELP,
)


_ABOUT: Final = About(
    title="One run",
    words=(
        "The results of one run. Below them stand what was asked, with the beginning of each answer, what failed, how "
        "it was measured and on which machine. I reads the answers whole, g draws the numbers of the highlighted "
        "model, a ranks the models, and e writes a report. d marks the run and goes back: mark another one there with "
        "space, and d compares the two."
    ),
    numbers=("load", "TTFT", "cold TTFT", "decode rate", "prefill rate", "E2E", "tokens", "peak RSS", "p50", "p95"),
    topic="history",
)


class RunScreen(SubScreen):
    """Shows one stored run, in which nothing can be changed but the ratings of its answers."""

    COMMAND_TABLE = _COMMANDS
    ABOUT = _ABOUT
    SPARED = ("next-pane", "compare", "choose")
    DEFAULT_CSS = """
    RunScreen {
        ResultsPane, RunText {
            border: round $border-blurred;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            padding: 0 1;
        }
        ResultsPane:focus-within, RunText:focus {
            border: round $border;
            border-title-color: $primary;
        }
        ResultsPane { padding: 0; }
        RunText { height: 1fr; width: 1fr; }
        #run-conditions { display: none; }
        &.-wide #run-conditions { display: block; width: 46; }
    }
    """

    def __init__(
        self,
        entry: RunEntry,
        opened: OpenedRun,
        *,
        mark: Callable[[], None],
        judge: Callable[[Sequence[str]], None] | None = None,
        choose: Callable[[RunRecord], None] | None = None,
    ) -> None:
        """``mark`` marks the run in the history. ``judge`` takes the ids of runs whose answers a model is to judge, and
        ``choose`` a run whose models are to be ranked; what is missing is not offered."""
        super().__init__()
        self._entry, self._opened = entry, opened
        self._mark, self._judge, self._choose = mark, judge, choose
        self.results = ResultsPane(of_history=True)
        self.text = RunText(entry, opened.run, id="run-text")
        self._conditions = RunText(entry, opened.run, id="run-conditions")

    def compose(self) -> ComposeResult:
        yield self.top
        self.results.styles.height = min(_TALLEST_RESULTS, _ROWS_BESIDE_MODELS + len(self._opened.rows))
        yield self.results
        with Horizontal():
            yield self.text
            yield self._conditions
        yield self.footer

    async def on_mount(self) -> None:
        self.top.show_status(printable(run_title(self._entry)))
        self.text.border_subtitle = "I reads the answers whole"
        self._conditions.border_title = Section.FACTS.value
        self._fit(self.app.size.width)
        await self.results.show_earlier(self._opened.run, self._opened.rows, self._entry.status)
        self.results.query_one(DataTable).focus()

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.width)

    def _fit(self, columns: int) -> None:
        """Put the answers and the conditions side by side, or without the room below each other in one pane."""
        is_wide = columns >= _WIDE
        self.set_class(is_wide, "-wide")
        if is_wide:
            self.text.border_title = Section.ANSWERS.value
            self.text.show(Section.FAILURES, Section.ANSWERS)
            self._conditions.show(Section.FACTS, Section.MACHINE)
        else:
            self.text.border_title = "About the run"
            self.text.show(Section.FAILURES, Section.ANSWERS, Section.FACTS, Section.MACHINE)

    def on_data_table_row_selected(self) -> None:
        """Draw the numbers of a model on enter or a double click on its row, as the workbench does."""
        self.open_charts()

    def open_charts(self) -> None:
        """Draw the numbers of the highlighted model."""
        self.app.push_screen(charts.ChartsScreen(lambda: self._opened.run, self.results.highlighted, self._opened.file))

    def read_answers(self) -> None:
        """Show the answers of the run."""
        self.app.push_screen(answers.AnswersScreen(self._opened.run, self._opened.file))

    def rate(self) -> None:
        """Let a person rate the answers of the run."""
        self.app.push_screen(rating.RateScreen(self._opened.file, self._entry.run_id, judge=self._judge))

    @property
    def can_choose(self) -> bool | None:
        """Whether its models can be ranked: ``None`` for a question or a run that goes on, ``False`` never here."""
        is_benchmark = self._entry.purpose is Purpose.BENCHMARK and self._entry.status is not RunState.RUNNING
        return self._choose is not None and (is_benchmark or None)

    def choose_model(self) -> None:
        """Rank the models of the run."""
        if self._choose is not None:
            self._choose(self._opened.run)

    def mark_for_comparison(self) -> None:
        """Go back with the run marked, so that only the other one is left to mark."""
        self.leave()
        self._mark()

    def ask_for_export(self) -> None:
        """Ask where to write the run, and write it."""
        self.app.push_screen(ExportDialog(self._opened.run, self._opened.file))
