"""This module alone measures the width of text in terminal cells, and replaces characters that are unsafe there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rich.cells import get_character_cell_size, set_cell_size

_TAB: Final = " " * 4
_ELLIPSIS: Final = "…"
_LEAST_HALVES: Final = 8
_WIDEST: Final = 120
"""A column of a table is at most this wide, in cells, unless all of its contents are wider."""
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_CONTROL_PICTURES: Final = 0x2400
_DELETE_PICTURE: Final = "\N{SYMBOL FOR DELETE}"

_UNSAFE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""A terminal would obey these characters, reorder or fail to encode them, or give them a width of its own."""

_JOINERS: Final = re.compile("[\u00ad\u180e\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
"""These invisible hints on joining or breaking are dropped, because terminals disagree on the width around them."""

_NARROW: Final = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u1e00-\u200a\u2010-\u2027\u2030-\u205e\u2070-\u20cf"
    "\u2190-\u2319\u232b-\u23e8\u2400-\u25fc\ufffd]*"
)
"""These characters are one cell wide, so that most text can be measured without examining each character."""


def printable(text: str) -> str:
    """Replace control characters by visible ones; line ends stay, tabs become spaces."""
    return _UNSAFE.sub(_picture, text) if _UNSAFE.search(text) else text


def is_narrow(text: str) -> bool:
    """Return whether all characters certainly take one cell; a false result does not mean that some are wider."""
    return text.isascii() or _NARROW.fullmatch(text) is not None


def cells_of(text: str) -> int:
    """Return the width of printable text in cells: wide letters take two, combining marks and joiners none."""
    return len(text) if is_narrow(text) else sum(map(get_character_cell_size, text))


def cut(text: str, cells: int) -> str:
    """Return printable text in exactly this many cells, filled with spaces or cut with an ellipsis at the end."""
    used = cells_of(text)
    if used <= cells:
        return text + " " * (cells - used)
    return set_cell_size(text, cells - 1) + _ELLIPSIS if cells > 0 else ""


def cut_words(text: str, cells: int) -> str:
    """Return printable text in exactly this many cells, cut with an ellipsis behind a whole word where one fits."""
    shown = cut(text, cells)
    if cells_of(text) <= cells:
        return shown
    whole, _, _ = shown.rstrip(_ELLIPSIS).rpartition(" ")
    if text[len(shown) - 1 : len(shown)] == " " or cells_of(whole) < cells / 2:
        return shown
    return cut(whole.rstrip(" ,;:") + _ELLIPSIS, cells)


def cut_name(name: str, cells: int) -> str:
    """Return the printable name of a model in exactly this many cells, without its middle if it is too long.

    Models of one server begin alike, and builds of one family too; what tells them apart stands at the end. Of a name
    with an address or an owner, only the part after the last slash is kept in that case.
    """
    if cells_of(name) <= cells or cells < _LEAST_HALVES or not is_narrow(name):
        return cut(name, cells)
    own = name.rpartition("/")[2]
    if len(own) < cells:
        return _ELLIPSIS + name[-(cells - 1) :]
    head = (cells - 1) // 2
    return own[:head] + _ELLIPSIS + own[-(cells - 1 - head) :]


def padded(text: str, cells: int, *, right: bool = False) -> str:
    """Return the text filled with spaces to this many cells; with ``right`` the spaces come first."""
    spaces = " " * (cells - cells_of(text))
    return spaces + text if right else text + spaces


def column_width(cells: Iterable[int]) -> int:
    """Return the width of a column for contents of these widths; a very long one, as of an id, widens no other row."""
    widths = sorted(cells)
    return next((width for width in reversed(widths) if width <= _WIDEST), widths[0])


def _picture(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\t":
        return _TAB
    if character < " ":
        return chr(_CONTROL_PICTURES + ord(character))
    if character == "\x7f":
        return _DELETE_PICTURE
    return "" if _JOINERS.match(character) else _REPLACEMENT
