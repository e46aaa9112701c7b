"""The kept runs as a pane: the filter line over the list, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from tui.measure import units
from tui.panes.filter_line import FilterInput, FilterLine
from tui.panes.line_table import LineTable
from tui.panes.run_columns import COLUMNS, KEPT, RunRow
from tui.records.entries import RunEntry, RunOrder

_EMPTY = (
    "No run is kept yet.\n\n"
    "In the workbench b measures the selected models and r asks them; every run is kept here, up to its last sample."
)


class RunTable(LineTable[RunRow]):
    """A line a run."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, KEPT, lambda row: row.entry.run_id)


class RunsPane(Vertical):
    """Lists runs; which of them are marked stays when the list is a new one."""

    DEFAULT_CSS = """
    RunsPane {
        #runs-none {
            display: none;
            height: 1fr;
            padding: 0 4;
            content-align: center middle;
            text-align: center;
            color: $text-muted;
        }
        &.-none #runs-none { display: block; }
        &.-none RunTable { display: none; }
    }
    """

    class Asked(Message):
        """Another filter or another order is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.border_title = "History"
        self.table = RunTable()
        self.filter_line = FilterLine("Filter: a name, a model, stopped, #tag, >2026-11-01")
        self.order = RunOrder.BEGAN
        self.ascending = False
        self._entries: Sequence[RunEntry] = ()
        self._marked: dict[str, None] = {}

    def compose(self) -> ComposeResult:
        yield self.filter_line
        yield self.table
        yield Static("", id="runs-none", markup=False)

    @property
    def highlighted(self) -> RunEntry | None:
        """The run that the keys act on."""
        row = self.table.highlighted
        return None if row is None or self.has_class("-none") else row.entry

    @property
    def marked(self) -> tuple[str, ...]:
        """Ids of the marked runs, in the order in which they were marked."""
        return tuple(self._marked)

    def show(self, entries: Sequence[RunEntry], kept: int) -> None:
        """List these of all ``kept`` runs."""
        self._entries = entries
        self._draw()
        text = self.filter_line.text
        if not entries:
            self._say(f"Nothing matches {text}: escape shows every run." if text and kept else _EMPTY)
        self.set_class(not entries, "-none")
        all_runs = f"{units.count(kept)} run{'s' if kept != 1 else ''}"
        shown = f"{units.count(len(entries))} of {all_runs}" if text else all_runs
        self.border_title = f"History · {shown}" if kept else "History"

    def say(self, sentence: str) -> None:
        """Show a sentence in place of the list: it cannot be read."""
        self.border_title = "History"
        self._say(sentence)
        self.add_class("-none")

    def turn_mark(self) -> None:
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
        """Sort by the next order there is."""
        orders = tuple(RunOrder)
        self._sort_by(orders[(orders.index(self.order) + 1) % len(orders)])

    def sort_turn(self) -> None:
        """Turn the order."""
        self.ascending = not self.ascending
        self.post_message(self.Asked())

    def _sort_by(self, order: RunOrder) -> None:
        # Names read from the first letter on; of numbers and times the greatest are of most interest.
        ascending = order in (RunOrder.NAME, RunOrder.MODELS, RunOrder.STATUS)
        self.order, self.ascending = order, not self.ascending if order is self.order else ascending
        self.post_message(self.Asked())

    def _draw(self) -> None:
        rows = [RunRow(entry, entry.run_id in self._marked) for entry in self._entries]
        self.table.show(rows, self.order.value, ascending=self.ascending)
        count = len(self._marked)
        self.border_subtitle = f"{count} marked" if count else ""

    def _say(self, text: str) -> None:
        self.query_one("#runs-none", Static).update(text)

    @on(LineTable.SortAsked)
    def _sort_clicked(self, event: RunTable.SortAsked) -> None:
        event.stop()
        if event.column_id in tuple(RunOrder):
            self._sort_by(RunOrder(event.column_id))

    @on(FilterLine.Changed)
    def _filter(self, event: FilterLine.Changed) -> None:
        event.stop()
        self.post_message(self.Asked())

    @on(FilterInput.Left)
    def _leave_filter(self, event: FilterInput.Left) -> None:
        event.stop()
        self.table.focus()

    @on(FilterInput.Moved)
    def _move(self, event: FilterInput.Moved) -> None:
        event.stop()
        move = self.table.action_page if event.by == "page" else self.table.action_move
        move(event.steps)
