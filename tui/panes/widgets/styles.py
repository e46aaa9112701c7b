"""What widgets that draw their own rows share: tones, styles as the terminal gets them, and strips freed in time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
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
_BOLD: Final = "**"
_TOKEN: Final = re.compile(r"(`[^`]+`|(?<!\S)\*\*(?=[^\s*]|$)|(?<=[^\s*])\*\*(?![\w*]))")
"""Code, which has no marks in it; the begin of bold words, after a space; and their end, after a sign."""
_HEADING: Final = re.compile(r"#{1,6} ")
_ROWS_BEFORE: Final = 6
"""So many rows of the same line are looked at for bold words that begin before a row."""

_THOUSAND: Final = 1024
"""Tokens from which a context is told in thousands."""
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
        live: Sequence[tuple[str, RowStyle]] | None = None,
    ) -> Strip:
        """Draw a row and fill it up to the width.

        ``selected`` is the range of its characters that the mouse has selected, and ``live`` are the pieces of a row
        that is still written, which are drawn if nothing in it is marked.
        """
        room = columns - 1 if columns > 1 else columns
        segments: list[Segment] = []
        used = cells_of(row.text) if row else 0
        if live is not None and used <= room and selected is None and not matches:
            segments = [Segment(text, self.normal[look]) for text, look in live]
            used = cells_of("".join([text for text, _ in live]))
        elif row is not None and used > room:
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
        at = units.context(context_that_fits)
        return f"fits at {at}" if context_that_fits >= _THOUSAND else f"fits at {units.count(context_that_fits)}"
    return fit.value


def fit_sentence(fit: Fit, context_that_fits: int | None) -> str:
    """Return whether a model fits with what that means, for a person who meets these words for the first time."""
    words = fit_words(fit, context_that_fits)
    if fit is records.Fit.TIGHT:
        return f"{words}: it leaves little of the memory that is free now"
    if fit is records.Fit.WILL_NOT_FIT and context_that_fits:
        return f"{words}, not with its whole context"
    return words


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


def live_row(rows: Sequence[WrappedRow], index: int) -> Sequence[tuple[str, RowStyle]] | None:
    """Return a row of text that is still written in pieces with their style, without the marks of Markdown that the
    style tells; ``None`` of a row that is laid out. Only what is certain in its line is taken as a mark.
    """
    row = rows[index]
    if row.spans is not None:
        return None
    if row.look is RowStyle.HEADING:
        return [(_HEADING.sub("", row.text, count=1), row.look)]
    if row.look is not RowStyle.PLAIN:
        return [(row.text, row.look)]
    is_bold = _ends_bold(rows, index)
    if not is_bold and _BOLD not in row.text and "`" not in row.text:
        return [(row.text, row.look)]
    return _pieces(row.text, is_bold)[0]


def _ends_bold(rows: Sequence[WrappedRow], index: int) -> bool:
    """Return whether the row begins within bold words of the rows before it in its line."""
    first = index
    while first > max(0, index - _ROWS_BEFORE) and rows[first].join != "\n":
        first -= 1
    is_bold = False
    for row in rows[first:index]:
        if _BOLD in row.text:
            is_bold = _pieces(row.text, is_bold)[1]
    return is_bold


@lru_cache(maxsize=512)
def _pieces(text: str, is_bold: bool) -> tuple[Sequence[tuple[str, RowStyle]], bool]:
    """Return the pieces of a row, and whether the next row of the line begins with bold words.

    They are kept, since the rows of a line are looked at for each row that follows.
    """
    pieces: list[tuple[str, RowStyle]] = []
    for number, part in enumerate(_TOKEN.split(text)):
        if number % 2 and part.startswith("`"):
            pieces.append((part, RowStyle.CODE))
        elif number % 2 and is_bold is _is_end(pieces):
            is_bold = not is_bold
        elif part:
            pieces.append((part, RowStyle.STRONG if is_bold else RowStyle.PLAIN))
    return pieces, is_bold


def _is_end(pieces: Sequence[tuple[str, RowStyle]]) -> bool:
    """Return whether a mark that comes behind these pieces ends bold words: it stands right behind a sign."""
    return bool(pieces) and not pieces[-1][0].endswith(" ")
