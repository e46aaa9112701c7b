"""The pane with the list of stored runs, and a message if there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from textual import on
from textual.message import Message

from tui.panes.history.columns import COLUMNS, PRIORITY, ROOMY, ROOMY_CELLS, WIDE, WIDE_CELLS, RunRow
from tui.panes.widgets.columns import Column, fit_columns
from tui.panes.widgets.filter_line import FilterLine
from tui.panes.widgets.line_table import LineTable
from tui.panes.widgets.list_pane import ListPane
from tui.records import RunEntry, RunOrder
from tui.text.times import zone_heading

_NO_RUNS = (
    "Nothing was asked or measured yet.\n\n"
    "Go back with escape: there r asks the selected models a question, and b measures them. "
    "Every run is then listed here, with its numbers and answers."
)


_MOST_ZONES: Final = 500
"""The most rows whose zones are compared for the heading, so that a long list is drawn at once."""


class RunTable(LineTable[RunRow]):
    """A table with one line for each run."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, PRIORITY, lambda row: row.entry.run_id)

    def columns_in(self, width: int) -> list[tuple[Column[RunRow], int]]:
        """Return the columns that fit, of which the first with a time names the zone of its clock."""
        columns = WIDE if width >= WIDE_CELLS else ROOMY if width >= ROOMY_CELLS else COLUMNS
        step = 1 + len(self._rows) // _MOST_ZONES
        zone = zone_heading(row.entry.started_at for row in self._rows[::step])
        named = [replace(column, label=f"Began ({zone})") if column.id == "began" else column for column in columns]
        # A column without a single value, and a count that the details have, leave their room to the names of models.
        entries = [row.entry for row in self._rows]
        spared = {
            "tags": not any(entry.tags for entry in entries),
            "failed": not any(entry.failed for entry in entries),
            "samples": width < WIDE_CELLS,
        }
        return fit_columns(named, [name for name in PRIORITY if not spared.get(name)], width, self._rows)


class RunsPane(ListPane[RunTable]):
    """The list of runs; marked runs stay marked when the list is replaced."""

    class QueryChanged(Message):
        """The filter or the order has changed, and the runs have to be read again."""

    def __init__(self) -> None:
        super().__init__("History", "run", RunTable(), "Filter: a name, a model, stopped, #tag, >2026-11-01")
        self.order = RunOrder.BEGAN
        self.ascending = False
        self._entries: Sequence[RunEntry] = ()
        self._marked: dict[str, None] = {}

    @property
    def highlighted(self) -> RunEntry | None:
        """The run that the keys act on."""
        row = self.table.highlighted
        return None if row is None else row.entry

    @property
    def marked(self) -> tuple[str, ...]:
        """The ids of the marked runs, in the order in which they were marked."""
        return tuple(self._marked)

    def show(self, entries: Sequence[RunEntry], total: int) -> None:
        """List these runs, which are what the filter has left of ``total``."""
        self._entries = entries
        self._draw(self.no_match_text if self.filter_line.text and total else _NO_RUNS)
        self.show_counts(len(entries), total)

    def show_message(self, message: str) -> None:
        """Show a message in place of the list, which cannot be read."""
        self.show_counts(0, 0)
        self.table.show_message(message)

    def toggle_mark(self) -> None:
        """Mark or unmark the run under the cursor."""
        entry = self.highlighted
        if entry is None:
            return
        if entry.run_id in self._marked:
            del self._marked[entry.run_id]
        else:
            self._marked[entry.run_id] = None
        self._draw()

    def unmark(self, run_id: str) -> None:
        """Remove the mark of a run that has been deleted."""
        self._marked.pop(run_id, None)

    def sort_next(self) -> None:
        orders = tuple(RunOrder)
        self._sort_by(orders[(orders.index(self.order) + 1) % len(orders)])

    def reverse_sort(self) -> None:
        self.ascending = not self.ascending
        self.post_message(self.QueryChanged())

    def _sort_by(self, order: RunOrder) -> None:
        # Names are read from their first letter on, while of numbers and times the greatest come first.
        ascending = order in (RunOrder.NAME, RunOrder.MODELS, RunOrder.STATUS)
        self.order, self.ascending = order, not self.ascending if order is self.order else ascending
        self.post_message(self.QueryChanged())

    def _draw(self, empty: str = "") -> None:
        rows = [RunRow(entry, entry.run_id in self._marked) for entry in self._entries]
        self.table.show(rows, self.order.value, ascending=self.ascending, empty=empty)
        count = len(self._marked)
        self.border_subtitle = f"{count} marked" if count else ""

    @on(LineTable.SortRequested)
    def _sort_clicked(self, event: LineTable.SortRequested) -> None:
        event.stop()
        if event.column_id in tuple(RunOrder):
            self._sort_by(RunOrder(event.column_id))

    @on(FilterLine.Changed)
    def _filter(self, event: FilterLine.Changed) -> None:
        event.stop()
        self.post_message(self.QueryChanged())
