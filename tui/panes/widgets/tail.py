"""Live text: a widget that follows what a model writes, at a small and steady cost.

It is our own since no text widget of Textual kept the delay of the event loop under 16 ms with four streams of 1,000
tokens a second: at the 99th percentile ``Log`` took 29 ms, ``RichLog`` 32 ms and ``Static`` 194 ms, and this widget 4
to 6 ms. It scrolls by an offset of its own: a change of ``virtual_size``, which a ``ScrollView`` makes, costs a layout
with every piece of text. Rows are drawn once and kept, and only what has changed is painted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from textual import events, on
from textual.binding import Binding, BindingType
from textual.geometry import NULL_SIZE, Region, Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.widgets import styles
from tui.panes.widgets.row_window import thumb_rows
from tui.panes.widgets.styles import TextStyles
from tui.text.wrap import (
    SHOWN_CHARACTERS,
    RowStyle,
    Span,
    Transcript,
    WrappedRow,
    WrappedText,
    find_in_rows,
    newest_answer_row,
)

_MOST_ROWS: Final = 12_000
_ROWS_AFTER_DROP: Final = 10_000
_SCREENS_OF_STRIPS: Final = 4
"""Drawn rows are kept for so many screens: more of them would only cost the garbage collector time."""
_WHEEL_ROWS: Final = 3
_BLANK: Final = -1
"""The key of the drawn rows below the end of the text, which are all alike."""


class TailText(Widget, can_focus=True):
    """Text that grows at its end and stays scrolled to it, until a person scrolls back."""

    DEFAULT_CSS = """
    TailText {
        background: $surface;
        color: $foreground;
        & > .tail--heading { color: $text-primary; text-style: bold; }
        & > .tail--code { color: $text-success; }
        & > .tail--reasoning { color: $text-muted; text-style: italic; }
        & > .tail--question { color: $primary; text-style: bold; }
        & > .tail--note { color: $text-warning; text-style: italic; }
        & > .tail--strong { text-style: bold; }
        & > .tail--emphasis { text-style: italic; }
        & > .tail--link { color: $text-primary; text-style: underline; }
        & > .tail--quiet { color: $text-muted; }
        & > .tail--added { color: $text-success; text-style: bold underline; }
        & > .tail--removed { color: $text-error; text-style: strike; }
        & > .tail--match { color: $background; background: $warning; text-style: reverse; }
        & > .tail--thumb { color: $scrollbar-hover; }
        &:focus > .tail--thumb { color: $primary; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"tail--{look.value}" for look in RowStyle if look is not RowStyle.PLAIN),
        "tail--thumb",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_rows(-1)", "Scroll up", show=False),
        Binding("down", "scroll_rows(1)", "Scroll down", show=False),
        Binding("pageup", "scroll_pages(-1)", "Page up", show=False),
        Binding("pagedown", "scroll_pages(1)", "Page down", show=False),
        Binding("home", "scroll_to_share(0)", "To the start", show=False),
        Binding("end", "scroll_to_share(1)", "Follow the end", show=False),
    ]

    class Scrolled(Message):
        """A person has scrolled the text to this share of its rows, from 0 to 1."""

        def __init__(self, text: TailText, share: float) -> None:
            super().__init__()
            self.text, self.share = text, share

    def __init__(self, *, follows: bool = True) -> None:
        """Unless it ``follows`` its end, the text is shown from its beginning."""
        super().__init__()
        self._follows = follows
        self._transcript = Transcript()
        self._wrapped: WrappedText | None = None
        self._top = 0
        self._following = follows
        self._scrolled_by_hand = self._streaming = self._grabbed = False
        self._fitted: Size = NULL_SIZE
        """The size that the text is wrapped to. It is kept since asking for ``size`` costs more than drawing a row."""
        self._strips: dict[tuple[int, bool], Strip] = {}
        self._text_styles: TextStyles | None = None
        self._words = ""
        self._matches: Mapping[int, Sequence[Span]] = {}

    @property
    def text(self) -> str:
        """The whole answer as the model wrote it, without its reasoning."""
        return self._transcript.text(RowStyle.PLAIN)

    @property
    def reasoning(self) -> str:
        """The reasoning that the model wrote before or within its answer."""
        return self._transcript.text(RowStyle.REASONING)

    @property
    def following(self) -> bool:
        """Whether new text scrolls the pane to its end."""
        return self._following

    @property
    def streaming(self) -> bool:
        """Whether text is arriving: it cannot be selected then, since it would move under the mouse."""
        return self._streaming

    @streaming.setter
    def streaming(self, streaming: bool) -> None:
        if streaming and not self._streaming:
            self._clear_selection()
        self._streaming = streaming

    def append(self, text: str, reasoning: bool = False) -> None:
        """Add text at the end; reasoning is dimmed, and is no part of the answer."""
        self._add(text, RowStyle.REASONING if reasoning else RowStyle.PLAIN)

    def note(self, text: str, look: RowStyle = RowStyle.NOTE) -> None:
        """Add words of the workbench or of a person on lines of their own; they are no part of an answer."""
        self._add(text, look)

    def prepare_layout(self) -> None:
        """Lay the text out as ``finish`` will show it. Called in a thread, so that the screen goes on meanwhile."""
        self._transcript.prepare(max(1, self._fitted.width - 1))

    def finish(self) -> None:
        """Take the text so far as whole, and lay it out as Markdown."""
        self._transcript.finish()
        self._draw_anew()

    def append_whole(self, pieces: Sequence[tuple[str, RowStyle]]) -> None:
        """Add texts that are whole, which are laid out once and together."""
        for text, look in pieces:
            self._transcript.append(text, look)
        self.finish()

    def show_newest_answer(self) -> None:
        """Scroll to where the newest answer begins, with its question, unless a person has scrolled."""
        if self._wrapped is not None and not self._scrolled_by_hand:
            self.show_row(newest_answer_row(self._wrapped.rows))

    def lay_out(self, *, as_source: bool, with_reasoning: bool) -> None:
        """Show whole text as it was written or laid out, and its reasoning or only how long that is."""
        self._transcript.as_source, self._transcript.with_reasoning = as_source, with_reasoning
        self._draw_anew()

    def show_rows(self, rows_of: Callable[[int], Sequence[WrappedRow]] | None) -> None:
        """Show rows that are made for the width in place of the text, or with ``None`` the text again."""
        self._transcript.rows_of = rows_of
        self._draw_anew()

    def show_share(self, share: float) -> None:
        """Scroll to this share of all rows, from 0 to 1, as another text does that is read beside this one."""
        self.show_row(round(share * self._last_top))

    def mark(self, words: str) -> None:
        """Mark these words wherever they stand, and scroll to the first of them; no words mark nothing."""
        self._words = words
        self._draw_anew()
        if self._matches:
            self.show_row(min(self._matches))

    def clear(self) -> None:
        """Remove all text, and follow the end again."""
        before, self._transcript = self._transcript, Transcript()
        self._transcript.as_source, self._transcript.with_reasoning = before.as_source, before.with_reasoning
        self._top, self._following, self._scrolled_by_hand = 0, self._follows, False
        self._clear_selection()
        self._draw_anew()

    def show_row(self, row: int) -> None:
        """Scroll a row to the top; reaching the end makes the pane follow it again."""
        top = min(max(0, row), self._last_top)
        self._following = self._follows and top >= self._last_top
        if top != self._top:
            self._top = top
            self._repaint()

    def _go_to_row(self, row: int) -> None:
        """Scroll because a person does."""
        self._scrolled_by_hand = True
        self.show_row(row)
        self.post_message(self.Scrolled(self, self._top / max(1, self._last_top)))

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self._go_to_row(self._top + rows)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by pages, which overlap by one row."""
        self._go_to_row(self._top + pages * max(1, self._fitted.height - 1))

    def action_scroll_to_share(self, share: float) -> None:
        """Scroll to the start (0), to the end (1), which is followed from then on, or between."""
        self._go_to_row(round(share * self._last_top))

    @on(events.MouseScrollUp)
    @on(events.MouseScrollDown)
    def _turn_wheel(self, event: events.MouseScrollUp | events.MouseScrollDown) -> None:
        self._go_to_row(self._top + (_WHEEL_ROWS if isinstance(event, events.MouseScrollDown) else -_WHEEL_ROWS))
        event.stop()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag the thumb of the scrollbar."""
        if self._thumb_rows() and event.x == self._fitted.width - 1:
            self._grabbed = True
            self.capture_mouse()
            self.on_mouse_move(event)

    def on_mouse_move(self, event: events.MouseEvent) -> None:
        if self._grabbed:
            self.action_scroll_to_share(event.y / max(1, self._fitted.height - 1))
            event.stop()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._grabbed:
            self._grabbed = False
            self.release_mouse()
            event.stop()

    def on_resize(self) -> None:
        self._draw_anew()

    @property
    def allow_select(self) -> bool:
        return not self._streaming and not self._grabbed

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, in which wrapped lines are whole again."""
        return (styles.selected_text(self._wrapped, selection), "\n") if self._wrapped else None

    def selection_updated(self, selection: Selection | None) -> None:
        self._forget_strips()
        super().selection_updated(selection)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._text_styles = None
        self._forget_strips()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the rows of a region directly, without the cache that Textual keeps for widgets with a border."""
        if styles.is_removed(self):
            return []
        if self.size != self._fitted:
            self._rewrap()
        thumb = self._thumb_rows()
        strips = [self._strip(self._top + y, y in thumb) for y in crop.line_range]
        first, last = crop.column_span
        return strips if (first, last) == (0, self._fitted.width) else [strip.crop(first, last) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """Return one row with the offset of each character, which the screen needs to select text with the mouse."""
        return self._strip(self._top + y, y in self._thumb_rows()).apply_offsets(0, self._top + y)

    @property
    def _row_count(self) -> int:
        return len(self._wrapped.rows) if self._wrapped else 0

    @property
    def _last_top(self) -> int:
        return max(0, self._row_count - self._fitted.height)

    def _add(self, text: str, look: RowStyle) -> None:
        if not text:
            return
        self._transcript.append(text, look)
        if self._wrapped is None:
            return
        if len(text) > SHOWN_CHARACTERS:
            self._draw_anew()
            return
        rows_before, thumb_before = len(self._wrapped.rows), self._thumb_rows()
        first = self._wrapped.append(text, look)
        styles.drop_strips(self._strips, [(row, thumb) for row in range(first, rows_before) for thumb in (False, True)])
        if len(self._wrapped.rows) > _MOST_ROWS:
            self._drop_oldest_rows(self._wrapped)
            self._repaint()
        elif self._go_to_end() or self._thumb_rows() != thumb_before:
            self._repaint()
        else:
            self._repaint_from(first)

    def _repaint_from(self, row: int) -> None:
        upper = max(0, row - self._top)
        lower = min(self._fitted.height, self._row_count - self._top)
        if upper < lower:
            self._repaint(Region(0, upper, self._fitted.width, lower - upper))

    def _repaint(self, *regions: Region) -> None:
        """Refresh only a visible widget: refreshing a hidden one makes the compositor lay out everything again."""
        if self.is_on_screen:
            self.refresh(*regions)

    def _draw_anew(self) -> None:
        self._rewrap()
        self._repaint()

    def _rewrap(self) -> None:
        """Wrap the text to the current width; after scrolling back, about the same part of it stays in sight."""
        share = self._top / max(1, self._row_count)
        self._forget_strips()
        self._fitted = self.size
        columns = self._fitted.width
        if columns < 1 or self._fitted.height < 1:
            self._wrapped = None
            return
        self._wrapped = self._transcript.wrapped(columns - 1 if columns > 1 else columns)
        self._matches = find_in_rows(self._wrapped.rows, self._words) if self._words else {}
        if self._following:
            self._top = self._last_top
        else:
            self._top = min(round(share * self._row_count), self._last_top)

    def _forget_strips(self) -> None:
        styles.drop_strips(self._strips, list(self._strips))

    def _drop_oldest_rows(self, wrapped: WrappedText) -> None:
        dropped = len(wrapped.rows) - _ROWS_AFTER_DROP
        wrapped.drop_first(dropped)
        self._forget_strips()
        self._top = max(0, self._top - dropped)
        self._go_to_end()

    def _go_to_end(self) -> bool:
        """Scroll to the end if the pane follows it, and return whether that moved anything."""
        before, self._top = self._top, self._last_top if self._following else self._top
        return self._top != before

    def _clear_selection(self) -> None:
        if self.is_attached and self.text_selection is not None:
            self.screen.clear_selection()

    def _thumb_rows(self) -> range:
        """Return the screen rows of the scrollbar's thumb; none while all rows fit."""
        height = self._fitted.height if self._fitted.width > 1 else 0
        return thumb_rows(height, self._row_count, self._top)

    def _strip(self, index: int, thumb: bool) -> Strip:
        key = (index if index < self._row_count else _BLANK, thumb)
        strip = self._strips.get(key)
        if strip is None:
            if self._text_styles is None:
                self._text_styles = styles.read_text_styles(self)
            rows = self._wrapped.rows if self._wrapped and key[0] != _BLANK else []
            row, columns = rows[index] if rows else None, self._fitted.width
            selected, matches = self._selected_in(index, row), self._matches.get(index, ())
            live = styles.live_row(rows, index) if rows and self._transcript.is_live else None
            strip = self._text_styles.draw(row, columns, thumb=thumb, selected=selected, matches=matches, live=live)
            if len(self._strips) >= _SCREENS_OF_STRIPS * self._fitted.height:
                styles.drop_strips(self._strips, [drawn for drawn in self._strips if drawn[0] < self._top])
            self._strips[key] = strip
        return strip

    def _selected_in(self, index: int, row: WrappedRow | None) -> tuple[int, int] | None:
        selection = None if self._streaming else self.text_selection
        return styles.selected_span(selection, index, row) if selection and row else None
