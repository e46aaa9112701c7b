"""Text of models and files is data: here it is made harmless for each place where it is shown."""

from __future__ import annotations

import re
from typing import Final

_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SEPARATORS: Final = "\u2028\u2029"
_NO_SIGNS: Final = "\ufffe\uffff"
"""What no XML may hold, and so no chart of a page."""
_UNSEEN = re.compile(f"[\x00-\x1f\x7f-\x9f{_BIDI}{_SEPARATORS}{_NO_SIGNS}\ufeff\ud800-\udfff]")
_UNSEEN_IN_BLOCK = re.compile(_UNSEEN.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_UNSEEN_IN_JSON = re.compile(f"[\x7f-\x9f{_BIDI}{_SEPARATORS}\ufeff]")

# An underscore inside a word is no emphasis, and names with one should stay readable in a terminal.
_MARKDOWN_SIGNS = re.compile(r"[\\`*|\[\]~$]|(?<![^\W_])_|_(?![^\W_])")

_FORMULA = re.compile(r"(?P<cell>^|;)(?=[\s\"']*[=+\-@＝＋－＠])")
_FENCE = "```"


def visible(text: str) -> str:
    """One line in which every control character, ANSI escape and change of direction is seen and none is obeyed."""
    return _UNSEEN.sub(_picture, text.replace("\r\n", "\n"))


def visible_block(text: str) -> str:
    """Like ``visible``, but line breaks stay."""
    return _UNSEEN_IN_BLOCK.sub(_picture, text.replace("\r\n", "\n"))


def markdown_inline(text: str) -> str:
    """Text for a table cell or within a sentence: no markup, no HTML, no second cell or line."""
    escaped = _MARKDOWN_SIGNS.sub(lambda sign: "\\" + sign.group(), visible(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;")


def markdown_block(text: str) -> str:
    """A code fence around the text, longer than any row of backticks in it."""
    shown = visible_block(text).rstrip("\n")
    longest = max((len(row) for row in re.findall("`+", shown)), default=0)
    fence = "`" * max(len(_FENCE), longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


def spreadsheet_cell(text: str) -> str:
    """Text for a cell: on one line, and an apostrophe before what a spreadsheet would take for a formula.

    A semicolon parts cells where a comma is the decimal sign, so what follows one is looked at as well.
    """
    return _FORMULA.sub(r"\g<cell>'", visible(text))


def json_document(document: str) -> str:
    """JSON in which signs that a terminal obeys or hides stand as JSON's own escapes; its meaning stays the same."""
    return _UNSEEN_IN_JSON.sub(lambda sign: f"\\u{ord(sign.group()):04x}", document)


def without_surrogates(text: str) -> str:
    """Text that every UTF-8 and JSON reader takes: half of a surrogate pair is written out as ``\\udc80``."""
    return text.encode(errors="backslashreplace").decode()


def _picture(sign: re.Match[str]) -> str:
    code = ord(sign.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"‹U+{code:04X}›"
