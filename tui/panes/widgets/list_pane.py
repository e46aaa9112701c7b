"""A list as a pane: a table of lines, and above it the line that narrows it as one types."""

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
    """What is typed, sorted and where the cursor is stays when the list is a new one."""

    def __init__(self, title: str, noun: str, table: Table, hint: str) -> None:
        """``noun`` is what one row is."""
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
        """Turn the order."""
        raise NotImplementedError

    @property
    def no_match_text(self) -> str:
        """What is said where the filter leaves no row."""
        return f"Nothing matches {self.filter_line.text}: escape shows every {self._noun}."

    def show_counts(self, shown: int, known: int) -> None:
        """Have the title say how many there are, and of a list that is narrowed how many are left."""
        every = f"{units.count(known)} {self._noun}{'s' if known != 1 else ''}"
        told = f"{units.count(shown)} of {every}" if self.filter_line.text else every
        title = f"{self._title} · {told}" if known else self._title
        if title != self.border_title:
            # Not every time: to set a title draws the whole pane.
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
