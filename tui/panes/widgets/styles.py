"""What widgets that draw their own rows share: tones, styles as the terminal gets them, and strips freed in time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual._styles_cache import StylesCache
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from tui import records
from tui.text import units
from tui.text.cells import cells_of
from tui.text.live_marks import live_row
from tui.text.wrap import RowStyle, Span, WrappedRow, WrappedText

if TYPE_CHECKING:
    from tui.records import Fit


class Tone(StrEnum):
    """The colour of a piece of text, named as themes name it; the style sheet of each widget sets the shade."""

    PLAIN = "plain"
    MUTED = "muted"
    FAINT = "faint"
    PRIMARY = "primary"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


_THUMB: Final = "▐"
_SPAN: Final = re.compile(r"(\*\*[^*\s][^*]*\*\*|`[^`]+`)")

_Key = TypeVar("_Key")
_divisions_of: Final = attrgetter("_divide_cache")


class TextStyles(NamedTuple):
    """Every style of the text under the current theme."""

    normal: Mapping[RowStyle, Style]
    selected: Mapping[RowStyle, Style]
    bold: Style
    thumb: Style

    def draw(
        self,
        row: WrappedRow | None,
        columns: int,
        *,
        thumb: bool,
        selected: tuple[int, int] | None,
        matches: Sequence[Span] = (),
    ) -> Strip:
        """Draw a row and fill it up to the width; ``selected`` is the range of its characters that the mouse has
        selected.
        """
        room = columns - 1 if columns > 1 else columns
        segments: list[Segment] = []
        used = cells_of(row.text) if row else 0
        if row is not None and used > room:
            segments, used = [Segment(set_cell_size(row.text, room), self.normal[row.look])], room
        elif row is not None:
            segments = self._coloured(row, matches) if selected is None else self._with_selection(row, *selected)
        return self._filled(segments, used, columns, thumb=thumb)

    def _coloured(self, row: WrappedRow, matches: Sequence[Span]) -> list[Segment]:
        style = self.normal[row.look]
        if row.spans is not None or matches:
            looks = [row.look] * len(row.text)
            for span in (*(row.spans or ()), *matches):
                looks[span.start : span.end] = [span.look] * (span.end - span.start)
            return self._in_looks(row.text, looks)
        if row.look is not RowStyle.PLAIN or ("`" not in row.text and "**" not in row.text):
            return [Segment(row.text, style)]
        spans = (style, self.normal[RowStyle.CODE])
        return [
            Segment(part, self.bold if part.startswith("**") and number % 2 else spans[number % 2])
            for number, part in enumerate(_SPAN.split(row.text))
        ]

    def draw_live(self, rows: Sequence[WrappedRow], index: int, columns: int, *, thumb: bool) -> Strip:
        """Draw a row of text that is still written, without the marks of Markdown that its style tells."""
        pieces = live_row(rows, index)
        used = cells_of("".join([text for text, _ in pieces]))
        if used > max(1, columns - 1):
            return self.draw(rows[index], columns, thumb=thumb, selected=None)
        segments = [Segment(text, self.normal[look]) for text, look in pieces]
        return self._filled(segments, used, columns, thumb=thumb)

    def _filled(self, segments: list[Segment], used: int, columns: int, *, thumb: bool) -> Strip:
        """Fill a row up to the width, with a part of the scrollbar's thumb at the right if there is one."""
        base = self.normal[RowStyle.PLAIN]
        room = columns - 1 if columns > 1 else columns
        if thumb:
            segments += [Segment(" " * (room - used), base), Segment(_THUMB, self.thumb)]
        else:
            segments += [Segment(" " * (columns - used), base)]
        return Strip([segment for segment in segments if segment.text], columns)

    def _with_selection(self, row: WrappedRow, start: int, end: int) -> list[Segment]:
        style = self.normal[row.look]
        return [
            Segment(row.text[:start], style),
            Segment(row.text[start:end], self.selected[row.look]),
            Segment(row.text[end:], style),
        ]

    def _in_looks(self, text: str, looks: Sequence[RowStyle]) -> list[Segment]:
        """Return a text in which each character has a style of its own."""
        pairs = groupby(zip(text, looks, strict=False), key=lambda pair: pair[1])
        return [Segment("".join(character for character, _ in run), self.normal[look]) for look, run in pairs]


def fit_words(fit: Fit, context_that_fits: int | None) -> str:
    """Return in words whether a model fits, and if only a smaller context fits, which: ``fits at 8k``."""
    if fit is records.Fit.WILL_NOT_FIT and context_that_fits:
        return f"fits at {units.context(context_that_fits)}"
    return fit.value


def fit_tone(fit: Fit, context_that_fits: int | None) -> Tone:
    """Return the tone of these words."""
    match fit:
        case records.Fit.FITS:
            return Tone.SUCCESS
        case records.Fit.TIGHT:
            return Tone.WARNING
        case records.Fit.WILL_NOT_FIT:
            return Tone.WARNING if context_that_fits else Tone.ERROR


def filtered_style(widget: Widget, style: Style) -> Style:
    """Return a style as the terminal gets it: in ANSI colours or without colour, if the theme or the environment asks
    for it.

    Textual filters the rows that it draws itself. A widget that overrides ``render_lines`` has to do it on its own.
    """
    segments = [Segment(" ", style)]
    for line_filter in widget.get_line_filters():
        segments = line_filter.apply(segments, widget.background_colors[1])
    return segments[0].style or style


def component_style(widget: Widget, name: str) -> Style:
    """Return the style of one of the widget's component classes, as the terminal gets it."""
    return filtered_style(widget, widget.get_component_rich_style(name))


def is_removed(widget: Widget) -> bool:
    """Return whether a widget has been removed: the screen may still ask it for rows once, when it has no styles any
    more.
    """
    return not widget.is_attached


def release_strips(strips: Iterable[Strip]) -> None:
    """Free drawn rows at once instead of leaving them to the garbage collector.

    The compositor leaves a strip that refers to itself. Thousands of them a second made the collector stop the app for
    20 ms at a time.
    """
    for strip in strips:
        _divisions_of(strip).clear()


def drop_strips(strips: dict[_Key, Strip], keys: Iterable[_Key]) -> None:
    """Take drawn rows out of those that are kept, if they are there, and free them."""
    release_strips([strips.pop(key) for key in keys if key in strips])


def release_removed() -> None:
    """Free what Textual has cached of removed widgets.

    Its cache of two colours holds up to a thousand widgets, with everything that they drew. Widgets that are still
    shown are computed once more.
    """
    StylesCache.get_inner_outer.cache_clear()


def read_text_styles(widget: Widget) -> TextStyles:
    """Read the styles of a widget that has a component class ``tail--...`` for each style of a row."""
    base = widget.rich_style
    normal = {
        look: widget.get_component_rich_style(f"tail--{look.value}") for look in RowStyle if look.value != "plain"
    }
    normal[RowStyle.PLAIN] = base
    return TextStyles(
        normal={look: filtered_style(widget, style) for look, style in normal.items()},
        selected={look: filtered_style(widget, style + widget.selection_style) for look, style in normal.items()},
        bold=filtered_style(widget, base + Style(bold=True)),
        thumb=component_style(widget, "tail--thumb"),
    )


def selected_text(wrapped: WrappedText, selection: Selection) -> str:
    """Return the text that the mouse has selected, in which wrapped lines are whole again."""
    (start_index, start_row), end = selection.start or (0, 0), selection.end
    if end is None:
        return wrapped.extract(start_row, start_index, len(wrapped.rows) - 1, None)
    return wrapped.extract(start_row, start_index, end.y, end.x)


def selected_span(selection: Selection, index: int, row: WrappedRow) -> tuple[int, int] | None:
    """Return which characters of a row the mouse has selected."""
    span = selection.get_span(index)
    if span is None:
        return None
    return span[0], len(row.text) if span[1] == -1 else span[1]
