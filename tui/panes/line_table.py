"""Rows that are drawn only where they are seen: thousands cost what a screenful costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.catalog_columns import GAP, Tone
from tui.panes.catalog_table import fitted
from tui.panes.wrap import cells_of, visible

Row = TypeVar("Row")

_HEADER_ROWS: Final = 1
_WHEEL_ROWS: Final = 3
_ASCENDING, _DESCENDING = "▲", "▼"
_THUMB: Final = "▐"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Row]):
    """One column: what a cell says, and how."""

    id: str
    label: str
    width: int
    most: int | None = None
    """How wide it may grow where there is room and a row needs it; by default it does not."""
    text: Callable[[Row], str]
    short: Callable[[Row], str] | None = None
    """What is said where the text does not fit."""
    tone: Callable[[Row], Tone] = lambda _: Tone.MUTED
    number: bool = False
    """Numbers stand to the right."""


def placed(
    columns: Sequence[Column[Row]], kept: Sequence[str], width: int, rows: Sequence[Row]
) -> list[tuple[Column[Row], int]]:
    """The columns that fit into ``width`` cells, each with its width; those named last in ``kept`` are the first to go,
    and what is left over goes to those that may grow and need it for these rows, in the order of ``kept``.
    """
    by_id = {column.id: column for column in columns}
    widths: dict[str, int] = {}
    left = width + GAP
    for name in kept:
        if left < by_id[name].width + GAP:
            break
        widths[name] = by_id[name].width
        left -= widths[name] + GAP
    for name in widths:
        column, most = by_id[name], by_id[name].most
        if most is not None and left > 0:
            needed = max((cells_of(visible(column.text(row))) for row in rows), default=0)
            grown = max(0, min(left, min(needed, most) - column.width))
            widths[name] += grown
            left -= grown
    return [(column, widths[column.id]) for column in columns if column.id in widths]


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

    def __init__(self, columns: Sequence[Column[Row]], kept: Sequence[str], identity: Callable[[Row], str]) -> None:
        """``kept`` is the order in which columns are given room; ``identity`` is by what the cursor knows its row."""
        super().__init__()
        self._columns, self._kept, self._identity = columns, kept, identity
        self._rows: Sequence[Row] = ()
        self._sorted: tuple[str, bool] = ("", False)
        self._placed: list[tuple[Column[Row], int]] = []
        self._cursor = 0
        self._top = 0
        self._tones: dict[tuple[Tone, bool], Style] = {}

    @property
    def highlighted(self) -> Row | None:
        """The row of the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def texts(self) -> list[str]:
        """The rows that are seen, as they are drawn."""
        last = min(self.size.height, _HEADER_ROWS + len(self._rows) - self._top)
        return [self.render_line(y).text.rstrip() for y in range(_HEADER_ROWS, last)]

    @property
    def header(self) -> str:
        """The line of labels, as it is drawn."""
        return self.render_line(0).text.rstrip()

    def show(self, rows: Sequence[Row], sorted_by: str, *, ascending: bool) -> None:
        """Show these rows. The cursor stays with its row, or where it was when that is gone."""
        before = self.highlighted
        below_top = self._cursor - self._top
        known = None if before is None else self._identity(before)
        place = next((place for place, row in enumerate(rows) if self._identity(row) == known), None)
        self._rows, self._sorted = rows, (sorted_by, ascending)
        self._place()
        self._cursor = min(self._cursor, max(0, len(rows) - 1)) if place is None else place
        self._top = max(0, min(self._cursor - below_top, self._last_top))
        self._bring_into_sight()
        self.refresh()
        self._announce()

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._go_to(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._go_to(self._cursor + pages * max(1, self._page - 1))

    def action_go(self, row: int) -> None:
        """Go to the first row, or to the last."""
        self._go_to(row if row >= 0 else len(self._rows) - 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll_by(-_WHEEL_ROWS)
        event.stop()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll_by(_WHEEL_ROWS)
        event.stop()

    def on_click(self, event: events.Click) -> None:
        if event.y < _HEADER_ROWS:
            self._ask_for_order(event.x)
            return
        place = self._top + event.y - _HEADER_ROWS
        if place < len(self._rows):
            self._go_to(place)
            if event.chain > 1:
                self.post_message(self.Chosen())

    def on_resize(self) -> None:
        self._place()
        self._top = max(0, min(self._top, self._last_top))
        self._bring_into_sight()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tones.clear()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y < _HEADER_ROWS:
            return self._header(width)
        place = self._top + y - _HEADER_ROWS
        if place >= len(self._rows):
            return Strip([Segment(" " * width, self._style(Tone.PLAIN))], width)
        segments = self._line(self._rows[place], width - 1, place == self._cursor)
        end = Segment(_THUMB, self.get_component_rich_style("table--thumb"))
        if y - _HEADER_ROWS not in self._thumb_rows():
            end = Segment(" ", self._style(Tone.PLAIN))
        return Strip([*segments, end], width)

    @property
    def _page(self) -> int:
        return max(1, self.size.height - _HEADER_ROWS)

    @property
    def _last_top(self) -> int:
        return max(0, len(self._rows) - self._page)

    def _place(self) -> None:
        self._placed = placed(self._columns, self._kept, self.size.width - 1, self._rows)

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

    def _go_to(self, place: int) -> None:
        place = max(0, min(place, len(self._rows) - 1))
        if place == self._cursor:
            return
        before, self._cursor = self._cursor, place
        if self._bring_into_sight():
            self.refresh()
        else:
            width = self.size.width
            self.refresh(*(Region(0, each - self._top + _HEADER_ROWS, width, 1) for each in (before, place)))
        self._announce()

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
        for column, cells in self._placed:
            text = column.text(row)
            if column.short is not None and cells_of(visible(text)) > cells:
                text = column.short(row)
            text = fitted(text, cells, to_the_right=column.number)
            segments.append(Segment(text, self._style(column.tone(row), under_cursor)))
            gap = min(GAP, width - used - cells)
            segments.append(Segment(" " * gap, self._style(Tone.PLAIN, under_cursor)))
            used += cells + gap
        segments.append(Segment(" " * (width - used), self._style(Tone.PLAIN, under_cursor)))
        return segments

    def _style(self, tone: Tone, under_cursor: bool = False) -> Style:
        style = self._tones.get((tone, under_cursor))
        if style is None:
            plain = tone is Tone.PLAIN
            style = self.rich_style if plain else self.get_component_rich_style(f"table--{tone.value}")
            if under_cursor:
                cursor = self.get_component_rich_style("table--cursor")
                style = cursor if plain else Style(color=style.color, bgcolor=cursor.bgcolor)
            self._tones[tone, under_cursor] = style
        return style
