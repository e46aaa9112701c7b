"""The screen of one stored run: its results as the workbench shows them, and how it was measured."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.panes.history.detail import RunText
from tui.panes.results.table import ResultsTable
from tui.records import RunEntry
from tui.screens import answers
from tui.screens.dialogs.export import ExportDialog
from tui.screens.frame.about import About
from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import HELP, SubScreen, leave_command
from tui.text.cells import printable
from tui.text.run_titles import run_title
from tui.workspace.archive import OpenedRun

_TALLEST_TABLE: Final = 14
_COMMANDS: Final[tuple[Command[RunScreen], ...]] = (
    Command("answers", "I", "Answers", "Read the answers of the run", lambda screen: screen.read_answers(), show=True),
    Command(
        "export",
        "e",
        "Export",
        "Write the run as Markdown, CSV or JSON",
        lambda screen: screen.ask_for_export(),
        show=True,
    ),
    Command(
        "next-pane", "tab", "Other pane", "From the table to the text", lambda screen: screen.focus_next(), show=True
    ),
    Command("sort", "o", "Sort", "Sort the results by the next column", lambda screen: screen.table.sort_next()),
    Command("turn", "O", "Turn", "Turn the order of the sorted column", lambda screen: screen.table.sort_turn()),
    leave_command("Back to the history"),
    HELP,
)


_ABOUT: Final = About(
    title="One run",
    words=(
        "The results of one run, and below them how it was measured, on which machine, what failed and what was asked. "
        "Nothing can be changed here; I shows the answers."
    ),
    numbers=("load", "TTFT", "cold TTFT", "decode rate", "prefill rate", "E2E", "tokens", "peak RSS", "p50", "p95"),
    topic="numbers",
)


class RunScreen(SubScreen):
    """Shows one stored run, in which nothing can be changed."""

    COMMAND_TABLE = _COMMANDS
    ABOUT = _ABOUT
    DEFAULT_CSS = """
    RunScreen {
        Vertical, RunText {
            border: round $border-blurred;
            border-title-color: $foreground;
            border-title-style: bold;
            padding: 0 1;
        }
        Vertical:focus-within, RunText:focus {
            border: round $border;
            border-title-color: $primary;
        }
        RunText { height: 1fr; }
    }
    """

    def __init__(self, entry: RunEntry, opened: OpenedRun) -> None:
        super().__init__()
        self._entry, self._opened = entry, opened
        self.table = ResultsTable()
        self.text = RunText(entry, opened.run)

    def compose(self) -> ComposeResult:
        yield self.top
        with Vertical() as box:
            box.border_title = "Results"
            # The height of the border, two lines of labels, a line for each model, and a bar to scroll sideways.
            box.styles.height = min(_TALLEST_TABLE, 5 + len(self._opened.rows))
            yield self.table
        yield self.text
        yield self.footer

    def on_mount(self) -> None:
        self.top.show_status(f"{printable(run_title(self._entry))} · {self._entry.run_id}")
        self.table.show(self._opened.rows, {})
        self.table.focus()

    def read_answers(self) -> None:
        """Show the answers of the run."""
        self.app.push_screen(answers.AnswersScreen(self._opened.run, self._opened.file))

    def ask_for_export(self) -> None:
        """Ask where to write the run, and write it."""
        self.app.push_screen(ExportDialog(self._opened.run, self._opened.file))
