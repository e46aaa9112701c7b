"""This module escapes text of models and files for each format in which it is shown, since it is untrusted data."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SEPARATORS: Final = "\u2028\u2029"
_NO_SIGNS: Final = "\ufffe\uffff"
"""XML forbids these characters, so a chart of an HTML page cannot contain them."""
_UNSEEN = re.compile(f"[\x00-\x1f\x7f-\x9f{_BIDI}{_SEPARATORS}{_NO_SIGNS}\ufeff\ud800-\udfff]")
_UNSEEN_IN_BLOCK = re.compile(_UNSEEN.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_UNSEEN_IN_JSON = re.compile(f"[\x7f-\x9f{_BIDI}{_SEPARATORS}\ufeff]")

# An underscore inside a word is no emphasis, and names with one should stay readable in a terminal.
_MARKDOWN_SIGNS = re.compile(r"[\\`*|\[\]~$]|(?<![^\W_])_|_(?![^\W_])")

_FORMULA = re.compile(r"(?P<cell>^|;)(?=[\s\"']*[=+\-@＝＋－＠])")
_FENCE = "```"


def visible(text: str) -> str:
    """Return one line in which control characters, ANSI escapes and changes of direction are visible and inert."""
    if text.isascii() and text.isprintable():
        # A page has a million numbers and short words, which this tells ten times as fast.
        return text
    return _UNSEEN.sub(_picture, text.replace("\r\n", "\n"))


def visible_block(text: str) -> str:
    """Return text as ``visible`` does, but keep its line breaks."""
    return _UNSEEN_IN_BLOCK.sub(_picture, text.replace("\r\n", "\n"))


def markdown_inline(text: str) -> str:
    """Return text for a table cell or a sentence that cannot become markup, HTML, a second cell or a second line."""
    escaped = _MARKDOWN_SIGNS.sub(lambda sign: "\\" + sign.group(), visible(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;")


def markdown_block(text: str) -> str:
    """Return the text in a code fence that is longer than any row of backticks in it."""
    shown = visible_block(text).rstrip("\n")
    longest = max((len(row) for row in re.findall("`+", shown)), default=0)
    fence = "`" * max(len(_FENCE), longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


def spreadsheet_cell(text: str) -> str:
    """Return one line of text with an apostrophe before anything that a spreadsheet would take for a formula.

    A semicolon separates cells if a comma is the decimal sign, so text after a semicolon is escaped as well.
    """
    return _FORMULA.sub(r"\g<cell>'", visible(text))


def json_document(document: str) -> str:
    """Return JSON of the same meaning in which characters that a terminal obeys or hides are JSON escapes."""
    return _UNSEEN_IN_JSON.sub(lambda sign: f"\\u{ord(sign.group()):04x}", document)


def without_surrogates(text: str) -> str:
    """Return text that every UTF-8 and JSON reader accepts: half of a surrogate pair becomes ``\\udc80``."""
    return text.encode(errors="backslashreplace").decode()


Json = str | int | float | bool | None | Sequence["Json"] | dict[str, "Json"]


def json_value(value: Json) -> Json:
    """Return a value as every reader of JSON accepts it.

    Half of a surrogate pair is written out, and a number that is not finite, which JSON has no word for, is ``null``.
    """
    match value:
        case str():
            return without_surrogates(value)
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: json_value(member) for key, member in value.items()}
        case list() | tuple():
            numbers = [member for member in value if isinstance(member, float)]
            if len(numbers) == len(value) and math.isfinite(sum(numbers)):
                # A sum is finite only if all of its terms are; long runs have millions of numbers.
                return numbers
            return [json_value(member) for member in value]
        case _:
            return value


def _picture(sign: re.Match[str]) -> str:
    code = ord(sign.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"‹U+{code:04X}›"
