"""The table of the catalogue, in which the builds of an alias are folded under its row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.panes.catalogue.builds import CatalogueRow
from tui.panes.catalogue.columns import COLUMNS, MARK_CELLS, PRIORITY, fit_catalogue_columns, name_of
from tui.panes.widgets.columns import Column
from tui.panes.widgets.line_table import LineTable
from tui.panes.widgets.styles import Tone
from tui.text.cells import cells_of

_FOLDED, _UNFOLDED = "▸ ", "▾ "
_NO_MARK: Final = " " * MARK_CELLS


class CatalogueTable(LineTable[CatalogueRow]):
    """A table of builds and aliases; the row of an alias with several builds can be unfolded."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "fold(False)", "Unfold", key_display="→", tooltip="Show the builds of a model", show=False),
        Binding("left", "fold(True)", "Fold", key_display="←", tooltip="Fold them away again", show=False),
        Binding(
            "enter", "toggle_fold", "Fold or unfold", tooltip="Show the builds of a model, or fold them", show=False
        ),
    ]

    class FoldRequested(Message):
        """A person has asked to show or hide the builds of an alias."""

        def __init__(self, alias: str, *, folded: bool) -> None:
            super().__init__()
            self.alias, self.folded = alias, folded

    def __init__(self) -> None:
        super().__init__(
            COLUMNS, PRIORITY, lambda row: (row.is_group, row.alias if row.is_group else row.builds[0].model.key)
        )
        self.without: Sequence[str] = ()
        """The ids of columns that are left out since no build has a value for them."""

    def index_of(self, row: CatalogueRow) -> int | None:
        """Return the index that the row has now; if folding has removed it, that of its alias."""
        index = super().index_of(row)
        if index is not None:
            return index
        return next((index for index, other in enumerate(self._rows) if other.alias == row.alias), None)

    def columns_in(self, width: int) -> list[tuple[Column[CatalogueRow], int]]:
        longest = max((cells_of(name_of(row)) for row in self._rows), default=0) + MARK_CELLS
        return fit_catalogue_columns(width, longest, without=self.without)

    def cell(self, row: CatalogueRow, column: Column[CatalogueRow], cells: int, under_cursor: bool) -> list[Segment]:
        if column.id != "name":
            return super().cell(row, column, cells, under_cursor)
        mark = _NO_MARK if not row.is_group else _FOLDED if row.folded else _UNFOLDED
        name = super().cell(row, column, cells - MARK_CELLS, under_cursor)
        return [Segment(mark, self.style_of(Tone.MUTED, under_cursor)), *name]

    def row_clicked(self, event: events.Click) -> None:
        row = self.highlighted
        if row is not None and row.is_group and (event.x < MARK_CELLS or event.chain > 1):
            self.action_toggle_fold()

    def reveal_children(self) -> None:
        """Scroll down so that as many rows below an unfolded alias are seen as there is room for."""
        row = self.highlighted
        if row is not None and row.is_group and not row.folded:
            window = self.window
            window.scroll_to_see(window.cursor + len(row.builds))
            self.refresh()

    def action_fold(self, folded: bool) -> None:
        """Fold or unfold the alias of the row."""
        row = self.highlighted
        if row is None or not (row.is_group or row.is_child) or (row.is_group and row.folded is folded):
            return
        if row.is_child:
            if not folded:
                return
            self.go_to(next(index for index in range(self.window.cursor, -1, -1) if not self._rows[index].is_child))
        self.post_message(self.FoldRequested(row.alias, folded=folded))

    def action_toggle_fold(self) -> None:
        """Unfold the alias of the row if it is folded, and fold it otherwise."""
        row = self.highlighted
        if row is not None:
            self.action_fold(row.is_child or not row.folded)
