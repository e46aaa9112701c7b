"""The rows of the catalogue, drawn only where they are seen: thousands cost what a screenful costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.builds import Row
from tui.panes.catalog_columns import GAP, Column, Placed, Tone, place_columns
from tui.panes.shelves import Order
from tui.panes.wrap import cells_of, visible

_HEADER_ROWS: Final = 1
_WHEEL_ROWS: Final = 3
_MARK_CELLS: Final = 2
_ASCENDING, _DESCENDING = "▲", "▼"
_FOLDED, _UNFOLDED = "▸ ", "▾ "
_THUMB: Final = "▐"
_ELLIPSIS: Final = "…"


def fitted(text: str, width: int, *, to_the_right: bool = False) -> str:
    """One line of exactly ``width`` cells; what does not fit ends in an ellipsis."""
    shown = visible(text).replace("\n", " ")
    used = cells_of(shown)
    if used > width:
        return set_cell_size(shown, width - 1) + _ELLIPSIS
    return " " * (width - used) + shown if to_the_right else shown + " " * (width - used)


class CatalogTable(Widget, can_focus=True):
    """A line a row; the cursor is the row that the keys act on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Row up", show=False),
        Binding("down", "move(1)", "Row down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "go(0)", "First row", show=False),
        Binding("end", "go(-1)", "Last row", show=False),
        Binding("right", "fold(False)", "Unfold", key_display="→", tooltip="Show the builds of a model", show=False),
        Binding("left", "fold(True)", "Fold", key_display="←", tooltip="Fold them away again", show=False),
        Binding("enter", "turn", "Fold or unfold", tooltip="Show the builds of a model, or fold them", show=False),
    ]

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    CatalogTable {
        height: 1fr;
        background: $surface;
        color: $foreground;
        & > .catalog--header { color: $text-muted; }
        & > .catalog--sorted { color: $primary; }
        & > .catalog--muted { color: $text-muted; }
        & > .catalog--faint { color: $foreground-disabled; }
        & > .catalog--good { color: $success; }
        & > .catalog--active { color: $primary; }
        & > .catalog--warning { color: $warning; }
        & > .catalog--error { color: $error; }
        & > .catalog--thumb { color: $scrollbar-hover; }
        & > .catalog--cursor { background: $block-cursor-blurred-background; color: $foreground; }
        &:focus > .catalog--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "catalog--header",
        "catalog--sorted",
        "catalog--thumb",
        "catalog--cursor",
        *(f"catalog--{tone.value}" for tone in Tone if tone is not Tone.PLAIN),
    }

    class Highlighted(Message):
        """The cursor came to another row, or its row changed."""

    class FoldAsked(Message):
        """The builds of an alias are to be shown or hidden."""

        def __init__(self, alias: str, *, folded: bool) -> None:
            super().__init__()
            self.alias, self.folded = alias, folded

    class SortAsked(Message):
        """The header of a column was clicked."""

        def __init__(self, column: Column) -> None:
            super().__init__()
            self.column = column

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Row] = ()
        self._order = Order()
        self._without: tuple[str, ...] = ()
        self._placed: tuple[Placed, ...] = ()
        self._cursor = 0
        self._top = 0
        self._tones: dict[tuple[Tone, bool], Style] = {}
        self.empty_text = ""
        """What is said where there is no row."""

    @property
    def highlighted(self) -> Row | None:
        """The row of the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def texts(self) -> list[str]:
        """The rows that are seen, as they are drawn."""
        last = min(self.size.height, _HEADER_ROWS + max(1, len(self._rows) - self._top))
        return [self.render_line(y).text.rstrip() for y in range(_HEADER_ROWS, last)]

    @property
    def header(self) -> str:
        """The line of labels, as it is drawn."""
        return self.render_line(0).text.rstrip()

    def show(self, rows: Sequence[Row], order: Order, *, without: Sequence[str] = (), stay_near: bool = True) -> None:
        """Show these rows. The cursor stays with its model, and where it was on the screen; a model that is gone
        leaves it to the row that came into its place, or to the first.
        """
        before, below_top = self.highlighted, self._cursor - self._top
        self._rows, self._order, self._without = rows, order, tuple(without)
        self._place()
        place = self._place_of(before)
        if place is None:
            place = min(self._cursor, max(0, len(rows) - 1)) if stay_near else 0
        self._cursor = place
        self._top = max(0, min(place - below_top, self._last_top))
        self._bring_into_sight()
        self.refresh()
        self._announce()

    def reveal_children(self) -> None:
        """Scroll so far that the rows below an unfolded one are seen too, as many as there is room for."""
        row = self.highlighted
        if row is not None and row.heading and not row.folded:
            last = min(self._cursor + len(row.builds), self._cursor + self._page - 1)
            self._top = max(self._top, min(self._cursor, last - self._page + 1))
            self.refresh()

    def redraw(self, places: Sequence[int]) -> None:
        """Draw these rows anew: what they say has changed, their places have not."""
        width = self.size.width
        seen = range(self._top, self._top + self._page)
        regions = [Region(0, place - self._top + _HEADER_ROWS, width, 1) for place in places if place in seen]
        if regions:
            self.refresh(*regions)
        if self._cursor in places:
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

    def action_fold(self, folded: bool) -> None:
        """Fold or unfold the alias of the row."""
        row = self.highlighted
        if row is None or not (row.heading or row.child) or (row.heading and row.folded is folded):
            return
        if row.child:
            if not folded:
                return
            self._go_to(next(place for place in range(self._cursor, -1, -1) if not self._rows[place].child))
        self.post_message(self.FoldAsked(row.alias, folded=folded))

    def action_turn(self) -> None:
        """Unfold what is folded, fold what is not."""
        row = self.highlighted
        if row is not None:
            self.action_fold(row.child or not row.folded)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll_by(-_WHEEL_ROWS)
        event.stop()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll_by(_WHEEL_ROWS)
        event.stop()

    def on_click(self, event: events.Click) -> None:
        if event.y < _HEADER_ROWS:
            column = next((each.column for each in self._placed if event.x < each.left + each.width + GAP), None)
            if column is not None:
                self.post_message(self.SortAsked(column))
            return
        place = self._top + event.y - _HEADER_ROWS
        if place < len(self._rows):
            self._go_to(place)
            if self._rows[place].heading and (event.x < _MARK_CELLS or event.chain > 1):
                self.action_turn()

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
            text = self.empty_text if y == _HEADER_ROWS and not self._rows else ""
            return Strip([Segment(fitted(text, width), self._style(Tone.MUTED))], width)
        under_cursor = place == self._cursor
        strip = self._line(self._rows[place], width - 1, under_cursor)
        end = Segment(_THUMB, self.get_component_rich_style("catalog--thumb"))
        if y - _HEADER_ROWS not in self._thumb_rows():
            end = Segment(" ", self._style(Tone.PLAIN))
        return Strip([*strip, end], width)

    @property
    def _page(self) -> int:
        return max(1, self.size.height - _HEADER_ROWS)

    @property
    def _last_top(self) -> int:
        return max(0, len(self._rows) - self._page)

    def _announce(self) -> None:
        # Later, as this widget's own doing: a message goes no further up than to whoever caused it.
        self.call_next(lambda: self.post_message(self.Highlighted()))

    def _place(self) -> None:
        longest = max((len(row.alias) for row in self._rows), default=0) + _MARK_CELLS
        self._placed = place_columns(self.size.width - 1, longest, without=self._without)

    def _place_of(self, row: Row | None) -> int | None:
        """Where the row stands now; its alias, where that has folded or unfolded."""
        if row is None:
            return None
        fallback = None
        key = row.lead.model.key
        for place, each in enumerate(self._rows):
            if each.alias != row.alias:
                continue
            if each.heading == row.heading and (row.heading or each.builds[0].model.key == key):
                return place
            fallback = place if fallback is None else fallback
        return fallback

    def _go_to(self, place: int) -> None:
        place = max(0, min(place, len(self._rows) - 1))
        if place == self._cursor:
            return
        before, self._cursor = self._cursor, place
        if self._bring_into_sight():
            self.refresh()
            self._announce()
        else:
            self.redraw([before, place])

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
        used = 0
        for each in self._placed:
            column = each.column
            sorts = column is self._order.column
            label = f"{column.label} {_DESCENDING if self._order.descending else _ASCENDING}" if sorts else column.label
            label = f"{' ' * _MARK_CELLS}{label}" if column.id == "name" else label
            style = self.get_component_rich_style("catalog--sorted" if sorts else "catalog--header")
            segments.append(Segment(fitted(label, each.width, to_the_right=column.number) + " " * GAP, style))
            used += each.width + GAP
        segments.append(Segment(" " * max(0, width - used), self.rich_style))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _line(self, row: Row, width: int, under_cursor: bool) -> list[Segment]:
        segments: list[Segment] = []
        used = 0
        for each in self._placed:
            column, cells = each.column, each.width
            text = column.text(row)
            if column.id == "name":
                mark = " " * _MARK_CELLS if not row.heading else _FOLDED if row.folded else _UNFOLDED
                segments.append(Segment(mark, self._style(Tone.MUTED, under_cursor)))
                cells -= _MARK_CELLS
            style = self._style(column.tone(row), under_cursor)
            segments.append(Segment(fitted(text, cells, to_the_right=column.number), style))
            used += each.width
            gap = min(GAP, width - used)
            segments.append(Segment(" " * gap, self._style(Tone.PLAIN, under_cursor)))
            used += gap
        segments.append(Segment(" " * (width - used), self._style(Tone.PLAIN, under_cursor)))
        return segments

    def _style(self, tone: Tone, under_cursor: bool = False) -> Style:
        style = self._tones.get((tone, under_cursor))
        if style is None:
            plain = tone is Tone.PLAIN
            style = self.rich_style if plain else self.get_component_rich_style(f"catalog--{tone.value}")
            if under_cursor:
                cursor = self.get_component_rich_style("catalog--cursor")
                style = cursor if plain else Style(color=style.color, bgcolor=cursor.bgcolor)
            self._tones[tone, under_cursor] = style
        return style
