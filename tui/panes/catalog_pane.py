"""The catalogue as a pane: the filter line over the table, and how many models are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from tui.measure import units
from tui.panes.builds import Build, Row
from tui.panes.catalog_table import CatalogTable
from tui.panes.filter_line import FilterInput, FilterLine
from tui.panes.shelves import Shelves


class CatalogPane(Vertical):
    """Lists builds; what a person folded, sorted and typed stays when the list is a new one."""

    def __init__(self) -> None:
        super().__init__()
        self.border_title = "Catalogue"
        self.table = CatalogTable()
        self.filter_line = FilterLine()
        self._shelves = Shelves()
        self._with_fits = False
        self._empty_text = ""

    def compose(self) -> ComposeResult:
        yield self.filter_line
        yield self.table

    @property
    def highlighted(self) -> Row | None:
        """The row that the keys act on."""
        return self.table.highlighted

    @property
    def filtered(self) -> bool:
        return bool(self._shelves.text)

    def hold(self, builds: Iterable[Build], empty_text: str = "") -> None:
        """List these builds; ``empty_text`` says why there may be none."""
        builds = tuple(builds)
        self._with_fits = any(build.fit is not None for build in builds)
        self._shelves.hold(builds)
        self._empty_text = empty_text
        self._show()

    def change(self, builds: Sequence[Build]) -> None:
        """Take in what changed of builds that are listed."""
        places = self._shelves.change(builds)
        if places is None:
            self._show()
        else:
            self.table.redraw(places)

    def sort_next(self) -> None:
        """Sort by the next column."""
        self._shelves.order = self._shelves.order.next()
        self._show()

    def sort_turn(self) -> None:
        """Turn the order."""
        self._shelves.order = self._shelves.order.turned()
        self._show()

    @on(CatalogTable.SortAsked)
    def _sort(self, event: CatalogTable.SortAsked) -> None:
        event.stop()
        self._shelves.order = self._shelves.order.by(event.column)
        self._show()

    @on(CatalogTable.FoldAsked)
    def _fold(self, event: CatalogTable.FoldAsked) -> None:
        event.stop()
        self._shelves.fold(event.alias, event.folded)
        self._show()
        self.table.reveal_children()

    @on(FilterLine.Changed)
    def _filter(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._shelves.text = event.text.strip()
        self._show(stay_near=False)

    @on(FilterInput.Left)
    def _leave_filter(self, event: FilterInput.Left) -> None:
        event.stop()
        self.table.focus()

    @on(FilterInput.Moved)
    def _move(self, event: FilterInput.Moved) -> None:
        event.stop()
        move = self.table.action_page if event.by == "page" else self.table.action_move
        move(event.steps)

    def _show(self, *, stay_near: bool = True) -> None:
        shelves = self._shelves
        nothing = f"Nothing matches {shelves.text}: escape in the filter shows everything."
        self.table.empty_text = nothing if shelves.text else self._empty_text
        without = () if self._with_fits else ("fit",)
        self.table.show(shelves.rows, shelves.order, without=without, stay_near=stay_near)
        total = units.count(shelves.aliases)
        models = f"{total} model{'s' if shelves.aliases != 1 else ''}"
        title = f"Catalogue · {units.count(shelves.shown_aliases)} of {models}"
        title = title if shelves.text else f"Catalogue · {models}"
        if title != self.border_title:
            self.border_title = title
