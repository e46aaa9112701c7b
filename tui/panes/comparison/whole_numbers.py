"""Wraps sentences so that no row ends inside a number with its unit, or inside a range in brackets."""

from __future__ import annotations

import re
from typing import Final

from textual.content import Content

from tui.text.cells import cells_of

_PIECE: Final = re.compile(
    r"\S*\[[^\]]*\]\S*|\S*\d\S* (?:%|ms|s|min|tok/s|[KMGT]iB|points?|runs?|requests?|launch(?:es)?)(?![\w/])\S*|\S+"
)
_WORD: Final = re.compile(r"\S+")


def wrapped(line: Content, cells: int) -> list[Content]:
    """Break a line before each piece that would be broken in a width of ``cells``; other breaks are the widget's."""
    first_of = {index: piece.start() for piece in _PIECE.finditer(line.plain) for index in range(*piece.span())}
    rows: list[Content] = []
    start = row = 0
    for word in _WORD.finditer(line.plain):
        if word.start() == row or cells_of(line.plain[row : word.end()]) <= cells:
            continue
        row, whole = word.start(), first_of[word.start()]
        if start < whole < row:
            rows.append(line[start:whole].rstrip())
            start = row = whole
    return [*rows, line[start:]]
