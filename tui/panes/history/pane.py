"""The kept runs as a pane, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.message import Message

from tui.panes.history.columns import COLUMNS, PRIORITY, RunRow
from tui.panes.widgets.filter_line import FilterLine
from tui.panes.widgets.line_table import LineTable
from tui.panes.widgets.list_pane import ListPane
from tui.records import RunEntry, RunOrder

_EMPTY = (
    "No run is kept yet.\n\n"
    "In the workbench b measures the selected models and r asks them; every run is kept here, up to its last sample."
)


class RunTable(LineTable[RunRow]):
    """A line a run."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, PRIORITY, lambda row: row.entry.run_id)


class RunsPane(ListPane[RunTable]):
    """Lists runs; which of them are marked stays when the list is a new one."""

    class QueryChanged(Message):
        """Another filter or another order is wanted."""

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
        """Ids of the marked runs, in the order in which they were marked."""
        return tuple(self._marked)

    def show(self, entries: Sequence[RunEntry], kept: int) -> None:
        """List these of all ``kept`` runs."""
        self._entries = entries
        self._draw(self.no_match_text if self.filter_line.text and kept else _EMPTY)
        self.show_counts(len(entries), kept)

    def show_message(self, sentence: str) -> None:
        """Show a sentence in place of the list: it cannot be read."""
        self.show_counts(0, 0)
        self.table.show_message(sentence)

    def toggle_mark(self) -> None:
        """Mark the run of the cursor, or no longer, and go on to the next."""
        entry = self.highlighted
        if entry is None:
            return
        if entry.run_id in self._marked:
            del self._marked[entry.run_id]
        else:
            self._marked[entry.run_id] = None
        self._draw()
        self.table.action_move(1)

    def unmark(self, run_id: str) -> None:
        """A run that is gone is marked no more."""
        self._marked.pop(run_id, None)

    def sort_next(self) -> None:
        orders = tuple(RunOrder)
        self._sort_by(orders[(orders.index(self.order) + 1) % len(orders)])

    def reverse_sort(self) -> None:
        self.ascending = not self.ascending
        self.post_message(self.QueryChanged())

    def _sort_by(self, order: RunOrder) -> None:
        # Names read from the first letter on; of numbers and times the greatest are of most interest.
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
