"""The marks of Markdown in text that is still written: bold words are told by their style, without their asterisks.

The text is laid out once it is whole. Until then only what is certain in a row is taken as a mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from tui.text.wrap import RowStyle, WrappedRow

_BOLD: Final = "**"
_TOKEN: Final = re.compile(r"(`[^`]+`|(?<!\S)\*\*(?=[^\s*]|$)|(?<=[^\s*])\*\*(?![\w*]))")
"""Code, which has no marks in it; the begin of bold words, after a space; and their end, after a sign."""
_HEADING: Final = re.compile(r"#{1,6} ")
_ROWS_BEFORE: Final = 6
"""So many rows of the same line are looked at for bold words that begin before a row."""


def live_row(rows: Sequence[WrappedRow], index: int) -> Sequence[tuple[str, RowStyle]]:
    """Return the text of a row that is not laid out in pieces with their style, without marks that the style tells."""
    row = rows[index]
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
