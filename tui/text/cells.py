"""The one measure of how many terminal cells a text takes, and text made safe to stand in them."""

from __future__ import annotations

import re
from typing import Final

from rich.cells import get_character_cell_size, set_cell_size

_TAB: Final = " " * 4
_ELLIPSIS: Final = "…"
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_CONTROL_PICTURES: Final = 0x2400
_DELETE_PICTURE: Final = "\N{SYMBOL FOR DELETE}"

_UNSAFE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Characters that a terminal would obey, reorder, not encode, or give a width of its own choice."""

_JOINERS: Final = re.compile("[\u00ad\u180e\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
"""Hints on how to join or break neighbours: without them every terminal agrees on the width of the rest."""

_NARROW: Final = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u1e00-\u200a\u2010-\u2027\u2030-\u205e\u2070-\u20cf"
    "\u2190-\u2319\u232b-\u23e8\u2400-\u25fc\ufffd]*"
)
"""Characters known to be one cell wide, so that most text needs no look at each of them."""


def printable(text: str) -> str:
    """Replace what a terminal would obey by something to see; line ends stay, tabs become spaces."""
    return _UNSAFE.sub(_picture, text) if _UNSAFE.search(text) else text


def is_narrow(text: str) -> bool:
    """Whether every character is known to take one cell, without a look at each of them."""
    return text.isascii() or _NARROW.fullmatch(text) is not None


def cells_of(text: str) -> int:
    """The width of printable text in terminal cells: wide letters take two, combining marks and joiners none."""
    return len(text) if is_narrow(text) else sum(map(get_character_cell_size, text))


def cut(text: str, cells: int) -> str:
    """Printable text in exactly so many cells; an ellipsis shows that there was more."""
    used = cells_of(text)
    if used <= cells:
        return text + " " * (cells - used)
    return set_cell_size(text, cells - 1) + _ELLIPSIS if cells > 0 else ""


def padded(text: str, cells: int, *, right: bool = False) -> str:
    """The text with spaces up to this many cells, before it if it stands on the ``right``."""
    spaces = " " * (cells - cells_of(text))
    return spaces + text if right else text + spaces


def _picture(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\t":
        return _TAB
    if character < " ":
        return chr(_CONTROL_PICTURES + ord(character))
    if character == "\x7f":
        return _DELETE_PICTURE
    return "" if _JOINERS.match(character) else _REPLACEMENT
