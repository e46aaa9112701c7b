"""This module makes a model's text safe to show and wraps it into rows, to which streamed text is appended."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import get_character_cell_size

from tui.lazy import lazy_module
from tui.text.cells import is_narrow, printable

if TYPE_CHECKING:
    from tui.text import markdown
else:
    markdown = lazy_module("tui.text.markdown")

KEPT_CHARACTERS: Final = 4_000_000
"""A transcript stores at most this many characters for copying."""
SHOWN_CHARACTERS: Final = 200_000
"""A change of the width wraps at most this many characters again, which takes a tenth of a second at most."""
LAID_OUT_CHARACTERS: Final = 40_000
"""A longer answer is shown as its source, since laying it out would hold up the screen."""
FOLDED_REASONING: Final = "▸ {words} words of reasoning: F shows them"
EARLIER_TEXT: Final = "… earlier text is not shown"

_DOTTED_CIRCLE: Final = "\N{DOTTED CIRCLE}"

_NEVER_FIRST: Final = frozenset("、。，．：；！？）］｝〉》」』】〕…‥ー々")
"""These signs of East Asian text never begin a row; they stay with the character before them."""

_MARKS_PER_CELL: Final = 6
"""A row is broken beyond this many combining marks a cell, because a stack of thousands is no text."""

_FENCE: Final = "```"
_HEADING: Final = re.compile(r"#{1,6} ")


class RowStyle(Enum):
    """This enumeration lists the styles in which a row can be drawn."""

    PLAIN = "plain"
    HEADING = "heading"
    CODE = "code"
    REASONING = "reasoning"
    NOTE = "note"
    """The text of a note is by the workbench, not by the model."""
    QUESTION = "question"
    """The text of a question is by the person who asked it."""
    STRONG = "strong"
    EMPHASIS = "emphasis"
    LINK = "link"
    QUIET = "quiet"
    """Rules, marks of lists, and other text that stands back."""
    ADDED = "added"
    REMOVED = "removed"
    MATCH = "match"


@dataclass(frozen=True, slots=True)
class Span:
    """This record is a part of a row, from ``start`` up to but without ``end``, that has a style of its own."""

    start: int
    end: int
    look: RowStyle


@dataclass(slots=True)
class WrappedRow:
    """This record is one row of wrapped text."""

    text: str
    join: str
    """The previous row and this one were separated by this text: a line end, the spaces of the break, or nothing."""
    look: RowStyle
    spans: tuple[Span, ...] | None = None
    """The parts of a row that was laid out from Markdown; ``None`` for a row of the source, as the model wrote it."""


class WrappedText:
    """This class wraps text into rows of at most ``width`` cells, whole or piece by piece with the same result."""

    def __init__(self, width: int) -> None:
        self.width = max(1, width)
        self.rows: list[WrappedRow] = [WrappedRow("", "", RowStyle.PLAIN)]
        self._look = RowStyle.PLAIN
        self._line_start = 0
        self._in_code = False
        self._part_ended = False

    def add_rows(self, rows: Sequence[WrappedRow]) -> None:
        """Add rows that are laid out already; text that follows begins a new line."""
        if not rows:
            return
        if self.rows[-1].text:
            self._end_line()
        self.rows[-1:] = rows
        self.end_part()

    def end_part(self) -> None:
        """Let the text that follows begin a new line."""
        self._part_ended = len(self.rows) > 1 or bool(self.rows[0].text)

    def append(self, text: str, look: RowStyle = RowStyle.PLAIN) -> int:
        """Add text at the end; a change of style begins a new line. Return the index of the first row that changed."""
        first = len(self.rows) - 1
        if look is not self._look or self._part_ended:
            if self.rows[-1].text or self._part_ended:
                self._end_line()
            self._look, self._part_ended = look, False
            # A block of code that an answer has left open ends with the answer.
            self._in_code = self._in_code and look is not RowStyle.QUESTION
        lines = printable(text).split("\n")
        self._extend(lines[0])
        for line in lines[1:]:
            self._end_line()
            self._extend(line)
        return first

    def drop_first(self, count: int) -> None:
        """Replace the oldest rows by a note."""
        count = min(count, len(self.rows) - 1)
        self.rows[:count] = [WrappedRow(EARLIER_TEXT, "\n", RowStyle.NOTE)]
        self._line_start = max(1, self._line_start - count + 1)

    def extract(self, first_row: int, first_index: int, last_row: int, last_index: int | None) -> str:
        """Return the unwrapped text between two positions; ``last_index`` is excluded, ``None`` means the end."""
        chosen = self.rows[first_row : last_row + 1]
        if not chosen:
            return ""
        texts = [row.text for row in chosen]
        texts[-1] = texts[-1][:last_index]
        texts[0] = texts[0][first_index:]
        return texts[0] + "".join(row.join + text for row, text in zip(chosen[1:], texts[1:], strict=True))

    def _end_line(self) -> None:
        if self._look is RowStyle.PLAIN and self._opens_or_closes_code():
            self._in_code = not self._in_code
        self._line_start = len(self.rows)
        self.rows.append(WrappedRow("", "\n", self._line_look("")))

    def _extend(self, part: str) -> None:
        row = self.rows[-1]
        if not row.text:
            part = self._begin_row(row, part)
        text, start = row.text + part, 0
        while (fold := self._fold(text, start)) is not None:
            end, next_start = fold
            row.text = text[start:end]
            while next_start < len(text) and next_start > end and text[next_start] == " ":
                next_start += 1
            row = WrappedRow("", text[end:next_start], row.look)
            self.rows.append(row)
            start = next_start
        row.text = text[start:]
        self._update_look()

    def _begin_row(self, row: WrappedRow, part: str) -> str:
        """Drop spaces that belong to the break before the row, and put a lone combining mark on a dotted circle."""
        if row.join.startswith(" "):
            stripped = part.lstrip(" ")
            row.join += part[: len(part) - len(stripped)]
            return stripped
        if part and not part.isascii() and get_character_cell_size(part[0]) == 0:
            return _DOTTED_CIRCLE + part
        return part

    def _fold(self, text: str, start: int) -> tuple[int, int] | None:
        """Return where the row from ``start`` ends and where the next begins, or ``None`` if the rest fits."""
        over = start + self.width + 1
        piece = text[start:over]
        if is_narrow(piece):
            if len(text) < over:
                return None
            space = text.rfind(" ", start + 1, over)
            if space > start and not text[start:space].isspace():
                return space, space + 1
            return over - 1, over - 1
        return self._fold_wide(text, start)

    def _fold_wide(self, text: str, start: int) -> tuple[int, int] | None:
        """Do the work of ``_fold`` for text with wide characters, which may begin a row, and combining marks."""
        chance: tuple[int, int] | None = None
        cells, after_wide, indented = 0, False, True
        longest = start + self.width * _MARKS_PER_CELL
        for index in range(start, len(text)):
            character = text[index]
            size = get_character_cell_size(character)
            if index > start and size:
                if character == " ":
                    chance = chance if indented else (index, index + 1)
                elif (after_wide or size == 2) and character not in _NEVER_FIRST:
                    chance = (index, index)
            cells += size
            if index > start and (cells > self.width or index >= longest):
                return chance or (index, index)
            if size:
                after_wide = size == 2
                indented = indented and character == " "
        return None

    def _update_look(self) -> None:
        """Give all rows of the last line the style that its first characters determine."""
        look = self._line_look(self.rows[self._line_start].text)
        if self.rows[self._line_start].look is not look:
            for row in self.rows[self._line_start :]:
                row.look = look

    def _line_look(self, text: str) -> RowStyle:
        if self._look is not RowStyle.PLAIN:
            return self._look
        if self._in_code or text.lstrip().startswith(_FENCE):
            return RowStyle.CODE
        return RowStyle.HEADING if _HEADING.match(text) else RowStyle.PLAIN

    def _opens_or_closes_code(self) -> bool:
        start = self.rows[self._line_start].text.lstrip()
        return start.startswith(_FENCE) and start.count(_FENCE) == 1


def newest_answer_row(rows: Sequence[WrappedRow]) -> int:
    """Return the row with which the newest answer begins: the first of its question, if that stands above it."""
    numbers = range(len(rows) - 1, -1, -1)
    first = next((number for number in numbers if rows[number].look is RowStyle.QUESTION), 0)
    while first > 0 and rows[first - 1].look is RowStyle.QUESTION and rows[first - 1].text:
        first -= 1
    return first


def find_in_rows(rows: Sequence[WrappedRow], words: str) -> Mapping[int, Sequence[Span]]:
    """Return where in the rows these words stand, in capitals or not, also where a row ends between them."""
    wanted = r"\s+".join(map(re.escape, words.split()))
    if not wanted:
        return {}
    whole, starts = "", list[int]()
    for row in rows:
        whole += row.join
        starts.append(len(whole))
        whole += row.text
    found: dict[int, list[Span]] = {}
    for match in re.finditer(wanted, whole, re.IGNORECASE):
        for index in range(bisect_right(starts, match.start()) - 1, len(rows)):
            first, last = match.start() - starts[index], match.end() - starts[index]
            if last <= 0:
                break
            span = Span(max(0, first), min(last, len(rows[index].text)), RowStyle.MATCH)
            if span.start < span.end:
                found.setdefault(index, []).append(span)
    return found


class _Piece(NamedTuple):
    text: str
    look: RowStyle


class Transcript:
    """This class stores the text as it was written. It is bounded, so that an endless stream cannot fill the memory.

    Text that is ``finished`` is laid out as Markdown, and its reasoning is folded into one row, unless the source or
    the reasoning is asked for.
    """

    def __init__(self) -> None:
        self.as_source = False
        self.with_reasoning = False
        self.rows_of: Callable[[int], Sequence[WrappedRow]] | None = None
        """Lays out what is shown in place of the text, for a width."""
        self._pieces: deque[_Piece] = deque()
        self._finished_pieces = 0
        self._stored_characters = 0
        self._dropped_characters = 0

    @property
    def is_live(self) -> bool:
        """Whether some of the text is still written, and is not to be shown as its source."""
        return not self.as_source and self._finished_pieces < len(self._pieces)

    def text(self, look: RowStyle) -> str:
        """Return all stored text of one style."""
        return "".join(piece.text for piece in self._pieces if piece.look is look)

    def append(self, text: str, look: RowStyle) -> None:
        """Add text; beyond ``KEPT_CHARACTERS`` the oldest text is dropped."""
        newest = text[-KEPT_CHARACTERS:]
        self._pieces.append(_Piece(newest, look))
        self._stored_characters += len(newest)
        self._dropped_characters += len(text) - len(newest)
        while self._stored_characters > KEPT_CHARACTERS:
            oldest = self._pieces.popleft()
            self._finished_pieces = max(0, self._finished_pieces - 1)
            self._stored_characters -= len(oldest.text)
            self._dropped_characters += len(oldest.text)

    def finish(self) -> None:
        """Take all text so far as whole."""
        self._finished_pieces = len(self._pieces)

    def wrapped(self, width: int) -> WrappedText:
        """Return the newest text in rows, preceded by a note if there was more."""
        wrapped = WrappedText(width)
        if self.rows_of is not None:
            wrapped.add_rows(self.rows_of(wrapped.width))
            return wrapped
        if self._stored_characters + self._dropped_characters > SHOWN_CHARACTERS:
            wrapped.append(EARLIER_TEXT, RowStyle.NOTE)
            for piece in self._newest_pieces():
                wrapped.append(piece.text, piece.look)
            return wrapped
        pieces = list(self._pieces)
        finished, growing = pieces[: self._finished_pieces], pieces[self._finished_pieces :]
        answered = any(piece.look is RowStyle.PLAIN and piece.text.strip() for piece in finished)
        for look, text in _parts_of(finished):
            if look is RowStyle.PLAIN and not self.as_source and len(text) <= LAID_OUT_CHARACTERS:
                wrapped.add_rows(markdown.markdown_rows(text, wrapped.width))
            elif look is RowStyle.REASONING and answered and not self.with_reasoning:
                wrapped.append(FOLDED_REASONING.format(words=f"{len(text.split()):,}"), look)
            else:
                wrapped.append(text, look)
        wrapped.end_part()
        for piece in growing:
            wrapped.append(piece.text, piece.look)
        return wrapped

    def prepare(self, width: int) -> None:
        """Lay out all text so far, which is kept for the next call of ``wrapped`` once it is finished."""
        if self.as_source or self._stored_characters > LAID_OUT_CHARACTERS:
            return
        for look, text in _parts_of(list(self._pieces)):
            if look is RowStyle.PLAIN:
                markdown.markdown_rows(text, width)

    def _newest_pieces(self) -> list[_Piece]:
        chosen: list[_Piece] = []
        characters = 0
        for piece in reversed(self._pieces):
            if characters >= SHOWN_CHARACTERS:
                break
            chosen.append(_Piece(piece.text[characters - SHOWN_CHARACTERS :], piece.look))
            characters += len(chosen[-1].text)
        return chosen[::-1]


def _parts_of(pieces: Sequence[_Piece]) -> Iterable[tuple[RowStyle, str]]:
    """Join pieces of the same style that follow each other."""
    for look, of_look in groupby(pieces, key=lambda piece: piece.look):
        yield look, "".join(piece.text for piece in of_look)
