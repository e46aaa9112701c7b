"""The table of results, sortable by every column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Final

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events, getters, on
from textual.color import Color
from textual.coordinate import Coordinate
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey, RowKey

from tui.panes.results.order import COLUMNS, sorted_rows
from tui.panes.widgets.app_type import any_app
from tui.records import ModelStatus, ModelSummary
from tui.text import units
from tui.text.cells import cells_of, cut_name
from tui.text.column_types import BYTES, MILLISECONDS, TOKENS_PER_SECOND, ResultColumn
from tui.text.result_columns import pane_status

_ASCENDING: Final = "▲"
_DESCENDING: Final = "▼"
_LEAST_NAME_CELLS: Final = 20
_FEWEST_COLUMNS: Final = 3
_QUIET: Final = "foreground-muted"
"""The colour of a row that is not one of the models."""
_MOST_DRAWN_CELLS: Final = 2000
_RESERVED_CELLS: Final = {MILLISECONDS: len("10,000*"), BYTES: len("1.00 GiB"), TOKENS_PER_SECOND: len("1,000")}
"""The cells that a number of a unit may come to need, so that no column goes while a run fills the table."""
_ACTIVITY_CELLS: Final = len("answered")
"""The cells of the longest activity, so that a change of it does not move the columns."""


class ResultsTable(DataTable[Text]):
    """A row for each model. A click on a header sorts by its column, and a second click reverses the order."""

    app = getters.app(any_app)

    DEFAULT_CSS = """
    ResultsTable {
        height: 1fr;
        background: transparent;
        scrollbar-size: 1 1;
        & > .datatable--header {
            background: transparent;
            color: $text-muted;
            text-style: none;
        }
        & > .datatable--fixed {
            background: $background;
            color: $foreground;
        }
        & > .datatable--header-hover {
            background: $block-hover-background;
            color: $primary;
        }
        & > .datatable--cursor {
            background: $block-cursor-blurred-background;
            color: $foreground;
            text-style: none;
        }
        &:focus {
            background-tint: transparent;
        }
        &:focus > .datatable--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
        }
    }
    """

    def __init__(self) -> None:
        super().__init__(cursor_type="row", header_height=2, fixed_columns=1)
        self._summaries: tuple[ModelSummary, ...] = ()
        self._activities: Mapping[str, str] = {}
        self._sort: ResultColumn | None = None
        self._descending = False
        self._cut_at = 0
        self._drawn_cells: dict[object, list[list[Segment]]] = {}
        self._columns: tuple[ResultColumn, ...] = COLUMNS
        """The columns that fit into the width, which are the first of those that are not left out."""
        self._left_out: Set[ResultColumn] = frozenset()
        """The columns without a number in any row, at the end of a run."""

    def on_mount(self) -> None:
        # The cells have the colours of the theme, not their names.
        self.app.theme_changed_signal.subscribe(self, lambda _: self._rebuild())

    @property
    def name_cells(self) -> int:
        """The most cells of a name: its column stays in sight, and the numbers need room beside it."""
        return max(_LEAST_NAME_CELLS, self.app.size.width // 3)

    @property
    def shown_columns(self) -> tuple[ResultColumn, ...]:
        """The columns that there is room for."""
        return self._columns

    @property
    def hidden_columns(self) -> int:
        """How many columns there is no room for."""
        return len(COLUMNS) - len(self._left_out) - len(self._columns)

    @property
    def texts(self) -> list[list[str]]:
        """The cells of the table, row by row."""
        return [[cell.plain.rstrip() for cell in self.get_row_at(row)] for row in range(self.row_count)]

    @property
    def highlighted(self) -> str | None:
        """The key of the model whose row is highlighted."""
        if not self.row_count:
            return None
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value

    def on_resize(self) -> None:
        is_cut = any(cells_of(row.key) > _LEAST_NAME_CELLS for row in self._summaries)
        if self._fitting_columns() != self._columns or (self._cut_at != self.name_cells and is_cut):
            self._rebuild()

    def show(self, summaries: Sequence[ModelSummary], activities: Mapping[str, str]) -> None:
        """Show these rows; ``activities`` has what models are doing that are not finished."""
        self._summaries, self._activities = tuple(summaries), dict(activities)
        if not activities:
            # While a run goes on no column comes or goes: that would lay out the screen while models compute.
            self._left_out = self._empty_columns()
        shown = self._in_order()
        # Numbers that have come may leave less room, so that a column at the edge would be cut.
        is_same = [row.key for row in shown] == [key.value for key in self.rows]
        if not is_same or not self.columns or self._fitting_columns() != self._columns:
            self._rebuild()
            return
        for row in shown:
            for column in self._columns:
                cell = self._cell(row, column)
                if self.get_cell(row.key, column.id) != cell:
                    self.update_cell(row.key, column.id, cell, update_width=not activities or self._grows(column, cell))

    def expect_all(self) -> None:
        """Have all columns again, since a run begins that fills others."""
        self._left_out = frozenset()

    def _empty_columns(self) -> Set[ResultColumn]:
        """Return the columns of numbers that no row has; none where that would leave no number at all."""
        numbers = [column for column in COLUMNS if column.number is not None]
        empty = {column for column in numbers if all(column.figure(row) == units.UNKNOWN for row in self._summaries)}
        return empty if len(empty) < len(numbers) else frozenset()

    def _colour(self, name: str) -> str:
        """Return a colour of the theme as Rich writes it: it knows no transparency, and other names of a terminal's."""
        variables = self.app.theme_variables
        of_terminal = variables[name].partition(" ")[0]
        if of_terminal.startswith("ansi_"):
            return of_terminal.removeprefix("ansi_")
        colour = Color.parse(variables[name])
        return Color.parse(variables["background"]).blend(colour, colour.a, 1.0).hex6

    def _grows(self, column: ResultColumn, cell: Text) -> bool:
        """Return whether the column must become wider; while models run no column becomes narrower, since that costs a
        layout.
        """
        return cell.cell_len > self.columns[ColumnKey(column.id)].content_width

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn_cells.clear()

    def _update_dimensions(self, new_rows: Iterable[RowKey]) -> None:
        """Take the new widths of the columns; rows that were drawn before it are drawn anew, which Textual forgets."""
        super()._update_dimensions(new_rows)
        self._clear_caches()

    def _render_cell(
        self,
        row_index: int,
        column_index: int,
        base_style: Style,
        width: int,
        cursor: bool = False,
        hover: bool = False,
    ) -> list[list[Segment]]:
        """Draw a cell as Textual does, but from its own text alone: Textual draws every cell anew when one of them has
        changed, which took 15 ms at the end of each answer.
        """
        place = Coordinate(row_index, column_index)
        text = self._text_at(place)
        if text is None:
            return super()._render_cell(row_index, column_index, base_style, width, cursor, hover)
        at_mouse = hover and self._show_hover_cursor
        state = self._pseudo_class_state
        key = place, text.plain, text.style, text.justify, base_style, width, cursor, at_mouse, state
        cell = self._drawn_cells.get(key)
        if cell is None:
            if len(self._drawn_cells) >= _MOST_DRAWN_CELLS:
                self._drawn_cells.clear()
            if row_index < 0:
                cell = super()._render_cell(row_index, column_index, base_style, width, cursor, hover)
            else:
                cell = [self._drawn(text, place, base_style, width, cursor, hover)]
            self._drawn_cells[key] = cell
        return cell

    def _text_at(self, place: Coordinate) -> Text | None:
        """Return the text of a cell or of a header; ``None`` while a column is added, whose cells are still empty."""
        return self.ordered_columns[place.column].label if place.row < 0 else self.get_cell_at(place)

    def _drawn(
        self, text: Text, place: Coordinate, base: Style, width: int, cursor: bool, hover: bool
    ) -> list[Segment]:
        """Draw the one line of a cell."""
        is_fixed = place.column < self.fixed_columns
        component, over_text = self._get_styles_to_render_cell(
            False, False, is_fixed, hover, cursor, self.show_cursor, self._show_hover_cursor, True, False
        )
        style = base + Style.from_meta({"row": place.row, "column": place.column}) + component
        room = width - 2 * self.cell_padding
        blank = " " * max(0, room - text.cell_len)
        words = set_cell_size(blank + text.plain if text.justify == "right" else text.plain + blank, room)
        padding = Segment(" " * self.cell_padding, style + over_text)
        return [padding, Segment(words, style + Style.parse(str(text.style)) + over_text), padding]

    def on_click(self, event: events.Click) -> None:
        """Only highlight a row on a click: a second one right after it opens the row, as enter does."""
        row = int(event.style.meta.get("row", -1))
        if row >= 0 and event.chain < 2:
            event.prevent_default()
            event.stop()
            self.move_cursor(row=row)

    def sort_next(self) -> None:
        """Sort by the next column; after the last comes the order of the plan."""
        index = self._columns.index(self._sort) + 1 if self._sort in self._columns else 0
        self._sort = self._columns[index] if index < len(self._columns) else None
        self._descending = False
        self._rebuild()

    def sort_turn(self) -> None:
        """Reverse the order."""
        self._descending = not self._descending
        self._rebuild()

    @on(DataTable.HeaderSelected)
    def _sort_by(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        column = self._columns[event.column_index]
        self._descending = column is self._sort and not self._descending
        self._sort = column
        self._rebuild()

    def _rebuild(self) -> None:
        highlighted, scroll = self.highlighted, self.scroll_offset
        self._cut_at = self.name_cells
        self.clear(columns=True)
        self._columns = self._fitting_columns()
        for column in self._columns:
            self.add_column(self._label(column), key=column.id)
        shown = self._in_order()
        for row in shown:
            self.add_row(*(self._cell(row, column) for column in self._columns), key=row.key)
        cursor = next((index for index, row in enumerate(shown) if row.key == highlighted), 0)
        self.move_cursor(row=cursor, scroll=False)
        self.scroll_to(scroll.x, scroll.y, animate=False)

    def _fitting_columns(self) -> tuple[ResultColumn, ...]:
        """Return as many columns as have room side by side, so that none is cut at the edge, now or later in a run."""
        room = self.size.width or self.app.size.width
        fitting: list[ResultColumn] = []
        for column in COLUMNS:
            if column in self._left_out:
                continue
            cells = [self._cell(row, column).cell_len for row in self._summaries]
            heading = max(map(cells_of, column.heading.split("\n")))
            reserved = _RESERVED_CELLS.get(column.unit, 0) if column.number is not None else 0
            room -= max([heading + (2 if column is self._sort else 0), reserved, *cells]) + 2 * self.cell_padding
            if room < 0 and len(fitting) >= _FEWEST_COLUMNS:
                break
            fitting.append(column)
        return tuple(fitting)

    def _in_order(self) -> list[ModelSummary]:
        if self._sort is None:
            return list(self._summaries)
        return sorted_rows(self._summaries, self._sort, descending=self._descending)

    def _label(self, column: ResultColumn) -> Text:
        first, _, second = column.heading.partition("\n")
        mark = "" if column is not self._sort else _DESCENDING if self._descending else _ASCENDING
        return Text(f"{first}\n{second} {mark}".rstrip(" "), justify="right" if column.number else "left")

    def _cell(self, row: ModelSummary, column: ResultColumn) -> Text:
        if column.id == "status":
            return self._status_cell(row)
        # The name shows a failure too, since the status may be out of sight at the right.
        failed = column.id == "model" and row.status is ModelStatus.FAILED
        style = self._colour("error") if failed else self._colour(_QUIET) if row.quiet else ""
        text = column.figure(row)
        if column.id == "model" and cells_of(text) > self.name_cells:
            text = cut_name(text, self.name_cells)
        return Text(text, style, justify="right" if column.number else "left", no_wrap=True)

    def _status_cell(self, row: ModelSummary) -> Text:
        if row.quiet:
            return Text(row.quiet, self._colour(_QUIET), no_wrap=True)
        if row.status is ModelStatus.FAILED:
            return Text(pane_status(row), self._colour("error"), no_wrap=True)
        if row.key in self._activities:
            return Text(self._activities[row.key], self._colour("primary"), no_wrap=True)
        colour = self._colour("success" if row.status is ModelStatus.OK else "warning")
        return Text(f"{pane_status(row):<{_ACTIVITY_CELLS}}", colour, no_wrap=True)
