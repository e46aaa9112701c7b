"""Rows that are drawn only where they are seen: thousands cost what a screenful costs."""

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

from tui.panes.widgets.columns import GAP, Column, Row, Tone, fitted, line_of, placed
from tui.text.cells import cells_of, printable

_HEADER_ROWS: Final = 1
_WHEEL_ROWS: Final = 3
_ASCENDING, _DESCENDING = "▲", "▼"
_THUMB: Final = "▐"


class LineTable(Widget, Generic[Row], can_focus=True):
    """A line a row; the cursor is the row that the keys act on."""

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
        & > .table--good { color: $success; }
        & > .table--active { color: $primary; }
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
        *(f"table--{tone.value}" for tone in Tone if tone is not Tone.PLAIN),
    }

    class Highlighted(Message):
        """The cursor came to another row, or its row changed."""

    class Chosen(Message):
        """The row of the cursor was clicked twice."""

    class SortAsked(Message):
        """The header of a column was clicked."""

        def __init__(self, column_id: str) -> None:
            super().__init__()
            self.column_id = column_id

    def __init__(self, columns: Sequence[Column[Row]], kept: Sequence[str], identity: Callable[[Row], object]) -> None:
        """``kept`` is the order in which columns are given room; ``identity`` is by what the cursor knows its row."""
        super().__init__()
        self._columns, self._kept, self._identity = columns, kept, identity
        self._rows: Sequence[Row] = ()
        self._sorted: tuple[str, bool] = ("", False)
        self._placed: list[tuple[Column[Row], int]] = []
        self._cursor = 0
        self._top = 0
        self._tones: dict[tuple[Tone, bool], Style] = {}
        self.words = ""
        """What is said in place of the rows; empty where there are any."""

    @property
    def highlighted(self) -> Row | None:
        """The row of the cursor."""
        return self._rows[self._cursor] if self._rows and not self.words else None

    @property
    def texts(self) -> list[str]:
        """The rows that are seen, as they are drawn."""
        last = 0 if self.words else min(self.size.height, _HEADER_ROWS + len(self._rows) - self._top)
        return [self.render_line(y).text.rstrip() for y in range(_HEADER_ROWS, last)]

    @property
    def header(self) -> str:
        """The line of labels, as it is drawn."""
        return self.render_line(0).text.rstrip()

    def show(
        self, rows: Sequence[Row], sorted_by: str, *, ascending: bool, stay_near: bool = True, empty: str = ""
    ) -> None:
        """Show these rows, or say why it is ``empty``. The cursor stays with its row, and where it was on the screen; a
        row that is gone leaves it to the one that came into its place, or to the first.
        """
        before = self._rows[self._cursor] if self._rows else None
        below_top = self._cursor - self._top
        self._rows, self._sorted, self.words = rows, (sorted_by, ascending), "" if rows else empty
        self._place()
        place = None if before is None else self.place_of(before)
        if place is None:
            place = min(self._cursor, max(0, len(rows) - 1)) if stay_near else 0
        self._cursor = place
        self._top = max(0, min(place - below_top, self._last_top))
        self._bring_into_sight()
        self.refresh()
        self._announce()

    def say(self, words: str) -> None:
        """Say something in place of the rows, which are kept for when they are shown again."""
        self.words = words
        self.refresh()
        self._announce()

    def redraw(self, places: Sequence[int]) -> None:
        """Draw these rows anew: what they say has changed, their places have not."""
        width = self.size.width
        seen = range(self._top, self._top + self._page)
        regions = [Region(0, place - self._top + _HEADER_ROWS, width, 1) for place in places if place in seen]
        if regions:
            self.refresh(*regions)
        if self._cursor in places:
            self._announce()

    def place_of(self, row: Row) -> int | None:
        """Where a row that stood in the list stands now."""
        known = self._identity(row)
        return next((place for place, each in enumerate(self._rows) if self._identity(each) == known), None)

    def columns_in(self, width: int) -> list[tuple[Column[Row], int]]:
        """The columns that there is room for, each with its width."""
        return placed(self._columns, self._kept, width, self._rows)

    def cell(self, row: Row, column: Column[Row], cells: int, under_cursor: bool) -> list[Segment]:
        """What a row says in a column, in exactly so many cells."""
        text = column.text(row)
        if column.short is not None and cells_of(printable(text)) > cells:
            text = column.short(row)
        style = self.style_of(column.tone(row), under_cursor)
        return [Segment(fitted(text, cells, to_the_right=column.number), style)]

    def clicked(self, event: events.Click) -> None:
        """The row of the cursor was clicked."""
        if event.chain > 1:
            self.post_message(self.Chosen())

    def style_of(self, tone: Tone, under_cursor: bool = False) -> Style:
        """The colours of a cell."""
        style = self._tones.get((tone, under_cursor))
        if style is None:
            plain = tone is Tone.PLAIN
            style = self.rich_style if plain else self.get_component_rich_style(f"table--{tone.value}")
            if under_cursor:
                cursor = self.get_component_rich_style("table--cursor")
                style = cursor if plain else Style(color=style.color, bgcolor=cursor.bgcolor)
            self._tones[tone, under_cursor] = style
        return style

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self.go_to(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.go_to(self._cursor + pages * max(1, self._page - 1))

    def action_go(self, row: int) -> None:
        """Go to the first row, or to the last."""
        self.go_to(row if row >= 0 else len(self._rows) - 1)

    def go_to(self, place: int) -> None:
        """Move the cursor to a row, or as near as there is one."""
        place = max(0, min(place, len(self._rows) - 1))
        if place == self._cursor:
            return
        before, self._cursor = self._cursor, place
        if self._bring_into_sight():
            self.refresh()
            self._announce()
        else:
            self.redraw((before, place))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll_by(-_WHEEL_ROWS)
        event.stop()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll_by(_WHEEL_ROWS)
        event.stop()

    def on_click(self, event: events.Click) -> None:
        if self.words:
            return
        if event.y < _HEADER_ROWS:
            self._ask_for_order(event.x)
            return
        place = self._top + event.y - _HEADER_ROWS
        if place < len(self._rows):
            self.go_to(place)
            self.clicked(event)

    def on_resize(self) -> None:
        self._place()
        self._top = max(0, min(self._top, self._last_top))
        self._bring_into_sight()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tones.clear()

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        if self.words:
            text = line_of(self.words, y, width, height)
            return Strip([Segment(text, self.style_of(Tone.MUTED))], width)
        if y < _HEADER_ROWS:
            return self._header(width)
        place = self._top + y - _HEADER_ROWS
        if place >= len(self._rows):
            return Strip([Segment(" " * width, self.style_of(Tone.PLAIN))], width)
        segments = self._line(self._rows[place], width - 1, place == self._cursor)
        end = Segment(_THUMB, self.get_component_rich_style("table--thumb"))
        if y - _HEADER_ROWS not in self._thumb_rows():
            end = Segment(" ", self.style_of(Tone.PLAIN))
        return Strip([*segments, end], width)

    @property
    def _page(self) -> int:
        return max(1, self.size.height - _HEADER_ROWS)

    @property
    def _last_top(self) -> int:
        return max(0, len(self._rows) - self._page)

    def _place(self) -> None:
        self._placed = self.columns_in(self.size.width - 1)

    def _announce(self) -> None:
        # Later, as this widget's own doing: a message goes no further up than to whoever caused it.
        self.call_next(lambda: self.post_message(self.Highlighted()))

    def _ask_for_order(self, x: int) -> None:
        left = 0
        for column, width in self._placed:
            left += width + GAP
            if x < left:
                self.post_message(self.SortAsked(column.id))
                return

    def _bring_into_sight(self) -> bool:
        """Scroll to the cursor where it is out of sight; says whether that was so."""
        top = max(min(self._top, self._cursor), self._cursor - self._page + 1)
        moved, self._top = top != self._top, top
        return moved

    def _scroll_by(self, rows: int) -> None:
        top = max(0, min(self._top + rows, self._last_top))
        if top != self._top:
            self._top = top
            self.refresh()

    def _thumb_rows(self) -> range:
        page, rows = self._page, len(self._rows)
        if rows <= page:
            return range(0)
        length = max(1, page * page // rows)
        start = (page - length) * self._top // (rows - page)
        return range(start, start + length)

    def _header(self, width: int) -> Strip:
        segments: list[Segment] = []
        sorted_by, ascending = self._sorted
        for column, cells in self._placed:
            sorts = column.id == sorted_by
            label = f"{column.label} {_ASCENDING if ascending else _DESCENDING}" if sorts else column.label
            style = self.get_component_rich_style("table--sorted" if sorts else "table--header")
            segments.append(Segment(fitted(label, cells, to_the_right=column.number) + " " * GAP, style))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _line(self, row: Row, width: int, under_cursor: bool) -> list[Segment]:
        segments: list[Segment] = []
        used = 0
        plain = self.style_of(Tone.PLAIN, under_cursor)
        for column, cells in self._placed:
            segments += self.cell(row, column, cells, under_cursor)
            gap = min(GAP, width - used - cells)
            segments.append(Segment(" " * gap, plain))
            used += cells + gap
        segments.append(Segment(" " * (width - used), plain))
        return segments
