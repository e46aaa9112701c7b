"""A kept run, opened: its table as in the workbench, and everything that is known of how it came about."""

from __future__ import annotations

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Footer
from textual.worker import Worker

from tui.panes.results_table import ResultsTable
from tui.panes.run_columns import called
from tui.panes.run_detail import RunText
from tui.panes.top_line import TopLine
from tui.panes.typed import any_app
from tui.panes.wrap import visible
from tui.records.entries import RunEntry
from tui.screens.archive import Opened
from tui.screens.failure import sentence_of_failure

_TALLEST_TABLE = 14


class RunScreen(Screen[None]):
    """Shows one run; nothing in it changes."""

    app = getters.app(any_app)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "export", "Export", tooltip="Write the run as Markdown, CSV or JSON", id="run-export"),
        Binding("tab", "app.focus_next", "Other pane", tooltip="From the table to the text", id="run-next"),
        Binding("escape,h", "leave", "Back", key_display="esc", tooltip="Back to the history", id="run-leave"),
    ]

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
        Footer { padding: 0 1; }
    }
    """

    def __init__(self, entry: RunEntry, opened: Opened) -> None:
        super().__init__()
        self._entry, self._opened = entry, opened
        self.top = TopLine({})
        self.table = ResultsTable()
        self.text = RunText(entry, opened.run)

    def compose(self) -> ComposeResult:
        yield self.top
        with Vertical() as box:
            box.border_title = "Results"
            # Its border, two lines of labels, a line for each model, and room to scroll sideways.
            box.styles.height = min(_TALLEST_TABLE, 5 + len(self._opened.rows))
            yield self.table
        yield self.text
        yield Footer()

    def on_mount(self) -> None:
        self.top.say(f"{visible(called(self._entry))} · {self._entry.run_id}")
        self.table.show(self._opened.rows, {})
        self.table.focus()

    def action_export(self) -> None:
        """Ask where to write the run, and write it."""
        # Imported here, as every dialog: the first picture should not wait for it.
        from tui.screens.export import ExportDialog

        def say(path: str | None) -> None:
            if path is not None:
                self.notify(path, title="Run written", markup=False)

        self.app.push_screen(ExportDialog(self._opened.run), say)

    def action_leave(self) -> None:
        self.app.pop_screen()

    @on(Worker.StateChanged)
    def _tell_of_failure(self, event: Worker.StateChanged) -> None:
        sentence = sentence_of_failure(event)
        if sentence is not None:
            self.notify(sentence, severity="error", markup=False)
