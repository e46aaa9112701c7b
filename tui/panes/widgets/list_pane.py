"""A pane with a list: a table of lines, and above it the line that filters it."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from tui.panes.widgets.filter_line import FilterInput, FilterLine
from tui.panes.widgets.line_table import LineTable
from tui.text import units

Table = TypeVar("Table", bound=LineTable[Any])


class ListPane(Vertical, Generic[Table]):
    """A list that keeps its filter, its order and its cursor when its rows are replaced."""

    def __init__(self, title: str, noun: str, table: Table, hint: str) -> None:
        """``noun`` names one row, and ``hint`` is shown in the empty filter line."""
        super().__init__()
        self.border_title = self._title = title
        self._noun = noun
        self.table = table
        self.filter_line = FilterLine(hint)

    def compose(self) -> ComposeResult:
        yield self.filter_line
        yield self.table

    def sort_next(self) -> None:
        """Sort by the next column."""
        raise NotImplementedError

    def reverse_sort(self) -> None:
        """Reverse the order."""
        raise NotImplementedError

    @property
    def no_match_text(self) -> str:
        """The message for a filter that matches no row."""
        return f"Nothing matches {self.filter_line.text}: escape shows every {self._noun}."

    def show_counts(self, shown: int, total: int) -> None:
        """Show in the title how many rows there are, and how many of them the filter has left."""
        all_rows = f"{units.count(total)} {self._noun}{'s' if total != 1 else ''}"
        counts = f"{units.count(shown)} of {all_rows}" if self.filter_line.text else all_rows
        title = f"{self._title} · {counts}" if total else self._title
        if title != self.border_title:
            # Only if it has changed, since setting a title draws the whole pane again.
            self.border_title = title

    @on(FilterInput.Closed)
    def _leave_filter(self, event: FilterInput.Closed) -> None:
        event.stop()
        self.table.focus()

    @on(FilterInput.CursorMoved)
    def _move(self, event: FilterInput.CursorMoved) -> None:
        event.stop()
        move = self.table.action_page if event.by == "page" else self.table.action_move
        move(event.steps)
