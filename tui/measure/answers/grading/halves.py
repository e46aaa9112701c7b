"""Halves and short multiples in the numbers of answers: ``two and a half hours``, ``ein halber Liter``, ``$1.5M``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tui.measure.answers.grading.units import is_unit

_WORD: Final = r"[^\W\d_]+"
_AND_HALF: Final = (
    r"and a half|und ein(?:e|en)? halb(?:e|er|es|en)?|e mei[oa]|e mezz[oa]|y medi[oa]|et demie?|с половиной|buçuk|"
    r"en een half|ve yarım"
)
_HALF_AFTER: Final = re.compile(
    rf"(?<!{_WORD[:-1]})(?P<number>\d+|{_WORD})(?P<unit>\s+{_WORD})?\s+(?:{_AND_HALF})\b", re.IGNORECASE
)
_HALF_TIGHT: Final = re.compile(r"(?P<number>\d+)\s?(?P<unit>시간|년|時間|年|小时|小時|分|か月|個月|个月)\s?[반半]")
_HALF_BEFORE: Final = re.compile(
    rf"(?<![\w.,/])(?:half an?|a half|half|ein(?:e[rnms]?)? halbe[rsnm]?|halbe[rsnm]?|une? demi-?e?|medi[oa]|mei[oa]|"
    rf"mezz[oa]|un mezzo|een halve|yarım|полови[нa]а?|আধা|आधा|آدھا|نصف)[\s-]+(?P<unit>{_WORD})",
    re.IGNORECASE,
)
_FIXED: Final = {
    "anderthalb": "1.5",
    "eineinhalb": "1.5",
    "zweieinhalb": "2.5",
    "dreieinhalb": "3.5",
    "viereinhalb": "4.5",
    "полтора": "1.5",
    "полторы": "1.5",
    "দেড়": "1.5",
    "আড়াই": "2.5",
    "डेढ़": "1.5",
    "ढाई": "2.5",
    "ڈیڑھ": "1.5",
    "ڈھائی": "2.5",
    "półtora": "1.5",
    "tweeënhalf": "2.5",
    "drieënhalf": "3.5",
    "anderhalf": "1.5",
    "anderhalve": "1.5",
}
_SHORT: Final = {"k": "thousand", "m": "million", "mn": "million", "mio": "million", "bn": "billion", "b": "billion"}
_THOUSANDS: Final = re.compile(r"(?<![\w.,])(?P<number>\d[\d.,]*)[kK](?![\w/])")
_OF_MONEY: Final = re.compile(
    r"(?:(?P<sign>[€$£¥₹৳₽₩])\s?(?P<number>\d[\d.,]*)\s?(?P<short>k|m|mn|mio|bn|b)\b|"
    r"(?P<bare>\d[\d.,]*)\s?(?P<letter>K|k|M|bn|B)(?=\s*(?:\b(?:dollars?|euros?|usd|eur|gbp|pounds)\b|[€$£])))",
    re.IGNORECASE,
)
_THE_FIXED: Final = re.compile(rf"(?<!\w)(?:{'|'.join(_FIXED)})(?!\w)", re.IGNORECASE)


def with_halves(text: str, in_digits: Callable[[str], str]) -> str:
    """Write halves and short multiples of a text as decimal numbers and words; ``in_digits`` reads numbers in words."""
    if "½" not in text and not _MAY_HAVE.search(text):
        return text

    def after(match: re.Match[str]) -> str:
        number, unit = in_digits(match["number"]), match["unit"] or ""
        if not number.isdecimal() and unit:
            # The number may be two words of which the second is no unit.
            number, unit = in_digits(f"{match['number']}{unit}"), ""
        return f"{number}.5{unit}" if number.isdecimal() else match[0]

    def before(match: re.Match[str]) -> str:
        return f"0.5 {match['unit']}" if is_unit(match["unit"]) else match[0]

    def of_money(match: re.Match[str]) -> str:
        word = _SHORT[(match["short"] or match["letter"]).lower()]
        return f"{match['sign'] or ''}{match['number'] or match['bare']} {word}"

    written = _THE_FIXED.sub(lambda match: _FIXED[match[0].lower()], text)
    written = _HALF_TIGHT.sub(r"\g<number>.5\g<unit>", _HALF_AFTER.sub(after, written))
    written = _THOUSANDS.sub(r"\g<number> thousand", written)
    return _OF_MONEY.sub(of_money, _HALF_BEFORE.sub(before, written))


_MAY_HAVE: Final = re.compile(
    rf"half|hal[bv]|demi|medi[oa]|mei[oa]|mezz[oa]|полови|buçuk|yarım|半|반|আধা|आधा|آدھا|نصف|{_THE_FIXED.pattern}|"
    r"\d\s?(?:k|mn?|mio|bn?)\b",
    re.IGNORECASE,
)
