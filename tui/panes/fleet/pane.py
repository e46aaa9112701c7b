"""The pane of one plan on many machines: the answer, what differs between them, and a table a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.records.fleet.view import FleetView, Grid
from tui.text.cells import cells_of, cut, padded, printable

_GAP: Final = 2
_MOST_NAME_CELLS: Final = 28
_RATIO: Final = 6
"""The index of the column of ratios, if there is one."""
_WAITING: Final = "Merging the runs of all machines."
_ONE_MACHINE: Final = (
    "Only this machine has a run of this plan in the history. To compare others: benchtop plan writes the plan, "
    "benchtop bench --plan does it there, benchtop history import brings the results here (? tells more)."
)
_SAME: Final = "Nothing that is known differs between the machines."
_NOTE: Final = (
    "In brackets: where the true value probably lies (95 %). Nothing is averaged over machines; a ratio is of two "
    "models on the same machine."
)


class FleetPane(Vertical):
    """What one plan gave on each machine."""

    DEFAULT_CSS = """
    FleetPane {
        border: round $border;
        border-title-color: $primary;
        border-title-style: bold;
        padding: 0 1;
        height: 1fr;
        #fleet-answer { height: auto; max-height: 4; text-style: bold; }
        #fleet-scroll { height: 1fr; margin-top: 1; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
        #fleet-differences, #fleet-failures { height: auto; margin-bottom: 1; }
        #fleet-differences { color: $text-muted; }
        #fleet-tables { height: auto; text-wrap: nowrap; text-overflow: clip; }
        #fleet-failures { color: $error; margin-top: 1; }
        #fleet-note { height: auto; color: $text-muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._view: FleetView | None = None
        self.border_title = "Machines"

    def compose(self) -> ComposeResult:
        yield Static(_WAITING, id="fleet-answer", markup=False)
        with VerticalScroll(id="fleet-scroll"):
            yield Static(id="fleet-differences", markup=False)
            yield Static(id="fleet-tables")
            yield Static(id="fleet-failures", markup=False)
        yield Static(id="fleet-note", markup=False)

    def on_resize(self, _event: events.Resize) -> None:
        self._draw()

    def show(self, view: FleetView) -> None:
        """Show these results."""
        self._view = view
        self._draw()

    @property
    def lines(self) -> list[str]:
        """The lines of the tables, as plain text."""
        return [line.plain.rstrip() for line in self._table_lines()]

    def _draw(self) -> None:
        view = self._view
        if view is None:
            return
        self.border_title = printable(f"{view.title[:1].upper()}{view.title[1:]}")
        self.query_one("#fleet-answer", Static).update(printable(view.answer))
        differing = [printable(line) for line in (*view.unlike, *view.differences)]
        words = ["What differs:", *(f"- {line}" for line in differing)] if differing else [_SAME]
        self.query_one("#fleet-differences", Static).update("\n".join(words))
        self.query_one("#fleet-tables", Static).update(Content("\n").join(self._table_lines()))
        failures = self.query_one("#fleet-failures", Static)
        remarks = (*view.failures, *view.doubts)
        failures.display = bool(remarks)
        failures.update("\n".join(map(printable, remarks)))
        self.query_one("#fleet-note", Static).update(_ONE_MACHINE if view.machines == 1 else _NOTE)

    def _table_lines(self) -> list[Content]:
        if self._view is None:
            return []
        width = self.query_one("#fleet-scroll").content_size.width
        grids = self._view.models
        widths = _widths(grids)
        shown = _shown(widths, width)
        lines: list[Content] = []
        for grid in grids:
            lines += [*([Content("")] if lines else []), Content.styled(cut(printable(grid.title), width), "bold")]
            lines.append(Content.styled(_line(grid.heads, shown, widths), "$text-muted"))
            lines += [Content(_line(row, shown, widths)) for row in grid.rows]
        return lines


def _widths(grids: Sequence[Grid]) -> list[int]:
    """The width of each column over all models, so that they stand below each other; that of names has a limit."""
    rows = [row for grid in grids for row in (grid.heads, *grid.rows)]
    columns = max(map(len, rows), default=0)
    widths = [max(cells_of(printable(row[index])) for row in rows if index < len(row)) for index in range(columns)]
    return [min(widths[0], _MOST_NAME_CELLS), *widths[1:]] if widths else []


def _shown(widths: Sequence[int], width: int) -> list[int]:
    """The columns that fit whole. The first three have room before the others, and the ratio next."""
    numbers = list(range(1, len(widths)))
    last = numbers[_RATIO - 1 :]
    shown, used = list[int](), widths[0] if widths else 0
    for index in [*numbers[:3], *last, *numbers[3 : _RATIO - 1]]:
        if used + _GAP + widths[index] <= width:
            shown.append(index)
            used += _GAP + widths[index]
    return sorted(shown)


def _line(cells: Sequence[str], shown: Sequence[int], widths: Sequence[int]) -> str:
    name = padded(cut(printable(cells[0]), widths[0]), widths[0])
    numbers = [
        padded(printable(cells[index]) if index < len(cells) else "", widths[index], right=True) for index in shown
    ]
    return (" " * _GAP).join([name, *numbers])
