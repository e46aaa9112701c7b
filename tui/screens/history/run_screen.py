"""A kept run, opened: its table as in the workbench, and everything that is known of how it came about."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.panes.history.columns import run_title
from tui.panes.history.detail import RunText
from tui.panes.results.table import ResultsTable
from tui.records import RunEntry
from tui.screens.frame.sub_screen import SubScreen
from tui.text.cells import printable
from tui.workspace.archive import OpenedRun

_TALLEST_TABLE = 14


class RunScreen(SubScreen):
    """Shows one run; nothing in it changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "export", "Export", tooltip="Write the run as Markdown, CSV or JSON", id="run-export"),
        Binding("tab", "app.focus_next", "Other pane", tooltip="From the table to the text", id="run-next"),
        Binding("o", "sort_next", "Sort", tooltip="Sort the results by the next column", show=False, id="run-sort"),
        Binding("O", "sort_turn", "Turn", tooltip="Turn the order of the sorted column", show=False, id="run-turn"),
        Binding("escape,h", "leave", "Back", key_display="esc", tooltip="Back to the history", id="run-leave"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="Every key", id="run-help"),
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
            # Its border, two lines of labels, a line for each model, and room to scroll sideways.
            box.styles.height = min(_TALLEST_TABLE, 5 + len(self._opened.rows))
            yield self.table
        yield self.text
        yield self.footer

    def on_mount(self) -> None:
        self.top.show_status(f"{printable(run_title(self._entry))} · {self._entry.run_id}")
        self.table.show(self._opened.rows, {})
        self.table.focus()

    def action_sort_next(self) -> None:
        """Sort the results by the next column."""
        self.table.sort_next()

    def action_sort_turn(self) -> None:
        """Turn the order of the sorted column."""
        self.table.sort_turn()

    def action_export(self) -> None:
        """Ask where to write the run, and write it."""
        # Imported here, as every dialog: the first picture should not wait for it.
        from tui.screens.dialogs.export import ExportDialog

        self.app.push_screen(ExportDialog(self._opened.run, self._opened.file))
