"""A table of lines, which draws only the rows that are seen.

It is our own since a ``DataTable`` of Textual measures every cell: with 10,000 rows it took 1.0 s to the first frame,
and this table 72 ms (``tests/benchmarks/browsing.py`` measures it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Generic

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.widgets.columns import GAP, Column, Row, centred_line, column_at, fit_columns, fit_text
from tui.panes.widgets.row_window import RowWindow
from tui.panes.widgets.styles import Tone
from tui.text.cells import cells_of, cut_words, printable

_HEADER_ROWS: Final = 1
_WHEEL_ROWS: Final = 3
_ASCENDING, _DESCENDING = "▲", "▼"
_THUMB: Final = "▐"


class LineTable(Widget, Generic[Row], can_focus=True):
    """A table with one line for each row, and a cursor on the row that the keys act on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Row up", show=False),
        Binding("down", "move(1)", "Row down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "go(0)", "First row", show=False),
        Binding("end", "go(-1)", "Last row", show=False),
    ]

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    LineTable {
        height: 1fr;
        background: $surface;
        color: $foreground;
        & > .table--header { color: $text-muted; }
        & > .table--sorted { color: $primary; }
        & > .table--muted { color: $text-muted; }
        & > .table--faint { color: $foreground-disabled; }
        & > .table--success { color: $success; }
        & > .table--primary { color: $primary; }
        & > .table--warning { color: $warning; }
        & > .table--error { color: $error; }
        & > .table--thumb { color: $scrollbar-hover; }
        & > .table--cursor { background: $block-cursor-blurred-background; color: $foreground; }
        &:focus > .table--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--sorted",
        "table--thumb",
        "table--cursor",
        *(f"table--{tone}" for tone in Tone if tone is not Tone.PLAIN),
    }

    class Highlighted(Message):
        """The cursor is on another row, or the row under it has changed."""

    class DoubleClicked(Message):
        """The row under the cursor was clicked twice."""

    class SortRequested(Message):
        """The header of a column was clicked, which asks for the rows to be sorted by it."""

        def __init__(self, column_id: str) -> None:
            super().__init__()
            self.column_id = column_id

    def __init__(
        self, columns: Sequence[Column[Row]], priority: Sequence[str], identity: Callable[[Row], object]
    ) -> None:
        """Columns get room in the order of their ids in ``priority``; ``identity`` is what a row has in common with the
        same row of an earlier list.
        """
        super().__init__()
        self._columns, self._priority, self._identity = columns, priority, identity
        self._rows: Sequence[Row] = ()
        self._sorted: tuple[str, bool] = ("", False)
        self._shown_columns: list[tuple[Column[Row], int]] = []
        self._window = RowWindow()
        self._tones: dict[tuple[Tone, bool], Style] = {}
        self.message = ""
        """A message in place of the rows; empty while rows are shown."""

    @property
    def highlighted(self) -> Row | None:
        """The row under the cursor; ``None`` while there is none or a message is shown."""
        return self._rows[self._window.cursor] if self._rows and not self.message else None

    @property
    def texts(self) -> list[str]:
        """The rows that are seen, as plain text."""
        last = 0 if self.message else min(self.size.height, _HEADER_ROWS + len(self._rows) - self._window.top)
        return [self.render_line(y).text.rstrip() for y in range(_HEADER_ROWS, last)]

    @property
    def header(self) -> str:
        """The header, as plain text."""
        return self.render_line(0).text.rstrip()

    def show(
        self, rows: Sequence[Row], sorted_by: str, *, ascending: bool, stay_near: bool = True, empty: str = ""
    ) -> None:
        """Show these rows, or the message ``empty`` if there are none.

        The cursor stays on its row, at the same height on the screen. If that row is gone, the cursor stays at its
        index with ``stay_near``, and goes to the first row otherwise.
        """
        window = self.window
        before = self._rows[window.cursor] if self._rows else None
        self._rows, self._sorted, self.message = rows, (sorted_by, ascending), "" if rows else empty
        self._fit_columns()
        index = None if before is None else self.index_of(before)
        if index is None:
            index = window.cursor if stay_near else 0
        window.show_list(len(rows), index)
        self.refresh()
        self._post_highlighted()

    def show_message(self, message: str) -> None:
        """Show a message in place of the rows, until rows are shown again."""
        self.message = message
        self.refresh()
        self._post_highlighted()

    def redraw(self, indexes: Sequence[int]) -> None:
        """Draw these rows anew, whose cells have changed but not their order."""
        width, visible_rows = self.size.width, self.window.visible
        first = visible_rows.start - _HEADER_ROWS
        regions = [Region(0, index - first, width, 1) for index in indexes if index in visible_rows]
        if regions:
            self.refresh(*regions)
        if self._window.cursor in indexes:
            self._post_highlighted()

    def index_of(self, row: Row) -> int | None:
        """Return the index that a row of an earlier list has now; ``None`` if it is gone."""
        identity = self._identity(row)
        return next((index for index, other in enumerate(self._rows) if self._identity(other) == identity), None)

    def columns_in(self, width: int) -> list[tuple[Column[Row], int]]:
        """Return the columns that fit into so many cells, each with its width."""
        return fit_columns(self._columns, self._priority, width, self._rows)

    def cell(self, row: Row, column: Column[Row], cells: int, under_cursor: bool) -> list[Segment]:
        """Return the segments of one cell, which take exactly ``cells`` cells."""
        text = column.text(row)
        if column.short_text is not None and cells_of(printable(text)) > cells:
            text = column.short_text(row)
        style = self.style_of(column.tone(row), under_cursor)
        if column.words:
            return [Segment(cut_words(printable(text).replace("\n", " "), cells), style)]
        return [Segment(fit_text(text, cells, to_the_right=column.number), style)]

    def row_clicked(self, event: events.Click) -> None:
        """React to a click on the row under the cursor; the second click of a double click sends ``DoubleClicked``."""
        if event.chain > 1:
            self.post_message(self.DoubleClicked())

    def style_of(self, tone: Tone, under_cursor: bool = False) -> Style:
        """Return the style of a tone, with the colours of the cursor for its row."""
        style = self._tones.get((tone, under_cursor))
        if style is None:
            plain = tone is Tone.PLAIN
            style = self.rich_style if plain else self.get_component_rich_style(f"table--{tone}")
            if under_cursor:
                cursor = self.get_component_rich_style("table--cursor")
                style = cursor if plain else Style(color=style.color, bgcolor=cursor.bgcolor)
            self._tones[tone, under_cursor] = style
        return style

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self.go_to(self._window.cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages, which overlap by one row."""
        window = self.window
        self.go_to(window.cursor + pages * max(1, window.height - 1))

    def action_go(self, row: int) -> None:
        """Move the cursor to the first row (0) or to the last (-1)."""
        self.go_to(row if row >= 0 else len(self._rows) - 1)

    def go_to(self, index: int) -> None:
        """Move the cursor to a row, or to the nearest that there is."""
        window = self.window
        before = window.cursor
        window.place_cursor(index)
        if window.cursor == before:
            return
        if window.scroll_to_cursor():
            self.refresh()
            self._post_highlighted()
        else:
            self.redraw((before, window.cursor))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll_by(-_WHEEL_ROWS)
        event.stop()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll_by(_WHEEL_ROWS)
        event.stop()

    def on_click(self, event: events.Click) -> None:
        if self.message:
            return
        if event.y < _HEADER_ROWS:
            column = column_at(event.x, self._shown_columns)
            if column is not None:
                self.post_message(self.SortRequested(column.id))
            return
        index = self._window.top + event.y - _HEADER_ROWS
        if index < len(self._rows):
            self.go_to(index)
            self.row_clicked(event)

    def on_resize(self) -> None:
        self._fit_columns()
        self.window.show_list(len(self._rows), self._window.cursor)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tones.clear()

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        if self.message:
            text = centred_line(self.message, y, width, height)
            return Strip([Segment(text, self.style_of(Tone.MUTED))], width)
        if y < _HEADER_ROWS:
            return self._header(width)
        window = self.window
        index = window.top + y - _HEADER_ROWS
        if index >= len(self._rows):
            return Strip([Segment(" " * width, self.style_of(Tone.PLAIN))], width)
        segments = self._line(self._rows[index], width - 1, index == window.cursor)
        end = Segment(_THUMB, self.get_component_rich_style("table--thumb"))
        if y - _HEADER_ROWS not in window.thumb:
            end = Segment(" ", self.style_of(Tone.PLAIN))
        return Strip([*segments, end], width)

    @property
    def window(self) -> RowWindow:
        """The rows that are seen at the height that the table has now."""
        self._window.height = max(1, self.size.height - _HEADER_ROWS)
        return self._window

    def _fit_columns(self) -> None:
        self._shown_columns = self.columns_in(self.size.width - 1)

    def _post_highlighted(self) -> None:
        # Created in a callback of its own: a message bubbles only up to the widget whose handler created it.
        self.call_next(lambda: self.post_message(self.Highlighted()))

    def _scroll_by(self, rows: int) -> None:
        window = self.window
        if window.scroll_to(window.top + rows):
            self.refresh()

    def _header(self, width: int) -> Strip:
        segments: list[Segment] = []
        sorted_by, ascending = self._sorted
        for column, cells in self._shown_columns:
            sorts = column.id == sorted_by
            label = f"{column.label} {_ASCENDING if ascending else _DESCENDING}" if sorts else column.label
            style = self.get_component_rich_style("table--sorted" if sorts else "table--header")
            segments.append(Segment(fit_text(label, cells, to_the_right=column.number) + " " * GAP, style))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _line(self, row: Row, width: int, under_cursor: bool) -> list[Segment]:
        segments: list[Segment] = []
        used = 0
        plain = self.style_of(Tone.PLAIN, under_cursor)
        for column, cells in self._shown_columns:
            segments += self.cell(row, column, cells, under_cursor)
            gap = min(GAP, width - used - cells)
            segments.append(Segment(" " * gap, plain))
            used += cells + gap
        segments.append(Segment(" " * (width - used), plain))
        return segments
