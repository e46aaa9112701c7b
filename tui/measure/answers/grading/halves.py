"""Halves, shares and short multiples in the numbers of answers: ``two and a half hours``, ``四分之三``, ``$1.5M``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from tui.measure.answers.grading.number_words import WITHIN, in_digits
from tui.measure.answers.grading.units import is_unit
from tui.measure.answers.scripts.normal import plain

_ADDED: Final = {
    0.5: r"and a half|und ein(?:e|en)? halb(?:e|er|es|en)?|e mei[oa]|e mezz[oa]|y medi[oa]|et demie?|с половиной|buçuk|"
    r"en een half|ve yarım|و ?نصف|ተኩል|ከግማሽ|እና ግማሽ",
    0.25: r"and a quarter|et quart|y cuarto|e un quarto|und ein viertel|و ?ربع|ከሩብ|እና ሩብ",
    0.75: r"and three quarters|et trois quarts|y tres cuartos|و ?ثلاثة ارباع",
    -0.25: r"الا ربعا?",
}
"""What adds to the number before it, with a unit between them or not; a unit without a number is one."""
_OF_UNIT: Final = {
    0.5: r"half of an?|half an?|a half|half|ein(?:e[rnms]?)? halbe[rsnm]?|halbe[rsnm]?|une? demi-?e?|medi[oa]|mei[oa]|"
    r"mezz[oa]|un mezzo|een halve|yarım|полови[нa]а?|আধা?|আধ|आधा|आधे|आधी|آدھا|آدھے|آدھی|نصف|ግማሽ",
    0.75: r"three[ -]quarters? of an?|three[ -]quarters? an?|trois quarts d'|ثلاثة ارباع|पौन|पौना|পৌনে|پون|پونا",
    0.25: r"(?:a )?quarter of an?|(?:a )?quarter|un quart d'|ربع|ሩብ|চতুর্থাংশ|পোয়া",
    1 / 3: r"(?:a )?third of an?|ثلث",
    1.25: r"सवा|সোয়া|سوا",
}
"""What stands before a unit as a number less than it, or a little more."""
_TIGHT: Final = {"半": 0.5, "반": 0.5, "ครึ่ง": 0.5, "ခွဲ": 0.5, "ဝက်": 0.5}
"""Halves that stand at a number or a unit without a space, on either side."""
_OF_A_HALF: Final = plain("ဝက်")
"""The half that halves the unit before it, and is not added."""
_AFTER_POWER: Final = plain("ခွဲ")
"""The half that after a power is one half of it, as ``number_words`` reads it."""
_MOST_HALVES: Final = 50
"""So many halves are read, the last ones, which bounds the time that a long answer takes."""
_MOST_WORDS, _MOST_SIGNS = 4, 10
_WORD: Final = rf"(?<![{WITHIN}])[{WITHIN}.]{{1,24}}"
_DECIMAL: Final = re.compile(r"\d+(?:\.\d+)?")
_HAN_NUMBER: Final = r"\d+(?:\.\d+)?|[零〇一二两兩三四五六七八九十百千万]+"
_THAI_NUMBER: Final = r"\d+|[\u0e00-\u0e7f]{2,12}?"
_SHARE_SIGNS: Final = (
    re.compile(rf"(?P<below>{_HAN_NUMBER})\s?分[之の]\s?(?P<above>{_HAN_NUMBER})"),
    re.compile(plain(rf"เศษ\s?(?P<above>{_THAI_NUMBER})\s?ส่วน\s?(?P<below>\d+|[\u0e00-\u0e7f]{{2,12}})")),
    re.compile(plain(rf"(?P<above>{_THAI_NUMBER})\s?ใน\s?(?P<below>สอง|สาม|สี่|ห้า|สิบ|\d+)(?![\u0e00-\u0e7f\d])")),
    re.compile(
        rf"(?P<below>{_WORD})\s(?:ভাগের|भाग में से|भागों में से|حصوں میں سے)\s(?P<above>{_WORD})(?:\s(?:ভাগ|भाग|حصہ|حصے))?"
    ),
    re.compile(rf"(?P<above>{_WORD})\s(?:বাই|बटा|बटे|بٹا|بٹہ)\s(?P<below>{_WORD})"),
    re.compile(r"(?P<below>\d+|[\u1000-\u1049]{2,9}?)\s?ပုံ(?:၏|တစ်)?\s?(?P<above>\d+|[\u1000-\u1049]{2,9}?)\s?ပုံ"),
)
_COMPOUND: Final = re.compile(
    rf"(?:(?P<number>{_WORD})\s)?(?<![{WITHIN}])(?P<share>dreiviertel|viertel|halb)(?P<unit>[a-zäöü]{{4,16}})(?![{WITHIN}])",
    re.IGNORECASE,
)
"""A share and its unit in one word of German, as in Viertelstunde."""
_YUAN: Final = re.compile(
    rf"(?P<yuan>{_HAN_NUMBER})块(?P<tenths>[1-9一二三四五六七八九])(?:毛|角)?(?![\d.一二三四五六七八九十百千])"
)
"""So many yuan and tenths, as in 八块八."""
_METRES: Final = re.compile(
    rf"(?P<whole>{_HAN_NUMBER})(?P<unit>米|公尺)(?P<part>\d{{1,2}}|[零一二三四五六七八九]{{1,2}})(?![\d.零一二三四五六七八九十百千厘分毫公米])"
)
"""So many metres and tenths or hundredths, as in 一米五 or 1米75."""
_TENTHS: Final = re.compile(
    rf"(?P<tenths>{_HAN_NUMBER})\s?(?:割|成(?![为為功立员員本长長果就熟人年交绩績]))(?:(?P<hundredths>{_HAN_NUMBER})分)?(?!り)"
)
_SHORT: Final = {"k": "thousand", "m": "million", "mn": "million", "mio": "million", "bn": "billion", "b": "billion"}
_THOUSANDS: Final = re.compile(r"(?<![\w.,])(?P<number>\d[\d.,]*)[kK](?![\w/])")
_MILLIONS: Final = re.compile(
    r"(?P<sign>(?<![\w.,]))(?P<number>)(?P<bare>\d[\d.,]*)\s?(?:(?P<short>mn|mio|bn)\b|(?P<letter>(?<=\d)M)\b)"
)
"""Millions and more without a currency; a small m is a metre."""
_OF_MONEY: Final = re.compile(
    r"(?:(?P<sign>[€$£¥₹৳₽₩])\s?(?P<number>\d[\d.,]*)\s?(?P<short>k|m|mn|mio|bn|b)\b|"
    r"(?P<bare>\d[\d.,]*)\s?(?P<letter>K|k|M|bn|B)(?=\s*(?:\b(?:dollars?|euros?|usd|eur|gbp|pounds)\b|[€$£])))",
    re.IGNORECASE,
)


def with_halves(text: str) -> str:
    """Write halves, shares and short multiples of a text as decimal numbers; ``text`` is in the form of ``plain``."""
    written = text
    for pattern in _SHARE_SIGNS:
        written = pattern.sub(_share, written)
    written = _METRES.sub(_metres, _COMPOUND.sub(_compound, written))
    written = _TENTHS.sub(_tenths, _YUAN.sub(r"\g<yuan>元\g<tenths>角", written))
    for pattern, find in ((_added(), _after_number), (_before(), _before_unit), (_tight(), _at_number_or_unit)):
        written = _replaced(written, pattern, find)
    written = _THOUSANDS.sub(r"\g<number> thousand", written)
    return _OF_MONEY.sub(_money, _MILLIONS.sub(_money, written))


def _replaced(
    text: str, pattern: re.Pattern[str], find: Callable[[str, re.Match[str]], tuple[int, int, str] | None]
) -> str:
    """Replace, from the last on, what belongs to each match; ``find`` gives from where to where, and by what."""
    for match in reversed(list(pattern.finditer(text))[-_MOST_HALVES:]):
        place = find(text, match)
        if place is not None:
            text = f"{text[: place[0]]}{place[2]}{text[place[1] :]}"
    return text


def _after_number(text: str, match: re.Match[str]) -> tuple[int, int, str] | None:
    """A half that is added to the number before it, or to the one before its unit."""
    share = next(share for share, words in _ADDED.items() if re.fullmatch(plain(words), match[0], re.IGNORECASE))
    start, value, unit = _before_place(text, match.start())
    return None if value is None else (start, match.end(), f"{value + share:g} {unit}".rstrip())


def _before_unit(text: str, match: re.Match[str]) -> tuple[int, int, str] | None:
    """A share that stands before its unit."""
    share = next(share for share, words in _OF_UNIT.items() if re.fullmatch(plain(words), match[0], re.IGNORECASE))
    word = re.match(rf"[\s-]*({_WORD})", text[match.end() :])
    if word is None or not is_unit(word[1]):
        return None
    return match.start(), match.end() + word.start(1), f"{share:.12g} "


def _at_number_or_unit(text: str, match: re.Match[str]) -> tuple[int, int, str] | None:
    """A half between signs without spaces: after a unit, between a number and its unit, or before a unit."""
    start, value, unit = _before_place(text, match.start())
    if match[0] == _OF_A_HALF:
        return (start, match.end(), f"0.5 {unit}") if unit and value == 1 else None
    if value is not None and unit:
        return start, match.end(), f"{value + 0.5:g}{unit}"
    if match[0] == _AFTER_POWER:
        return None
    follows = _unit_at(text[match.end() :].lstrip(" 个個"))
    if not follows:
        return (start, match.end(), f"{value + 0.5:g}") if value is not None else None
    return (start, match.end(), f"{value + 0.5:g}") if value is not None else (match.start(), match.end(), "0.5")


def _before_place(text: str, place: int) -> tuple[int, float | None, str]:
    """Read the number that ends at a place, with a unit after it or not: where it begins, its value, and its unit.

    A unit without a number is one of it.
    """
    end = len(text[:place].rstrip(" -"))
    for unit in _endings(text[:end], longest_first=True):
        name = unit.strip()
        if is_unit(name, exactly=_is_tight(name[:1])) and not _DECIMAL.fullmatch(name):
            start, value = _number_before(text[: end - len(unit)])
            return (end - len(name), 1.0, name) if value is None else (start, value, name)
    start, value = _number_before(text[:end].removesuffix("个").removesuffix("個"))
    return start, value, ""


def _number_before(text: str) -> tuple[int, float | None]:
    """Read the number with which a text ends, in digits or in words: where it begins, and its value."""
    text = text.rstrip(" -").removesuffix("个").removesuffix("個")
    for ending in _endings(text, longest_first=True):
        digits = in_digits(ending).strip()
        if _DECIMAL.fullmatch(digits) and not re.search(r"[\d.,]\Z", text[: len(text) - len(ending)]):
            return len(text) - len(ending.lstrip()), float(digits)
    return len(text), None


def _endings(text: str, *, longest_first: bool) -> list[str]:
    """List the last words of a text or, where it has no spaces, its last signs."""
    last = text[-40:]
    spaced = re.findall(r"\S+", last)
    ends = (
        [
            len(last) - len(last.rstrip().rsplit(None, count)[0]) if count < len(spaced) else len(last.lstrip())
            for count in range(1, min(_MOST_WORDS, len(spaced)) + 1)
        ]
        if spaced
        else []
    )
    if _is_tight(last[-1:]):
        ends += range(1, min(_MOST_SIGNS, len(last)) + 1)
    return [last[-end:] for end in sorted(set(ends), reverse=longest_first) if end]


def _is_tight(sign: str) -> bool:
    return bool(re.match("[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3\\d]", sign))


def _unit_at(text: str) -> str:
    """The unit with which a text begins, without a space after it."""
    return next((text[:length] for length in range(min(_MOST_SIGNS, len(text)), 0, -1) if is_unit(text[:length])), "")


def _share(match: re.Match[str]) -> str:
    above, below = in_digits(match["above"]), "100" if match["below"] == "百" else in_digits(match["below"])
    if not _DECIMAL.fullmatch(above) or not _DECIMAL.fullmatch(below) or not float(below):
        return match[0]
    return f"{float(above)}%" if below == "100" else f"{float(above) / float(below):.12g}"


def _compound(match: re.Match[str]) -> str:
    share = {"dreiviertel": 0.75, "viertel": 0.25, "halb": 0.5}[match["share"].lower()]
    number = match["number"] or ""
    one = number.lower().startswith("ein")
    if not is_unit(match["unit"]) or (not one and in_digits(number) != number) or number.isdigit():
        return match[0]
    return f"{share:g} {match['unit']}" if one or not number else f"{number} {share:g} {match['unit']}"


def _metres(match: re.Match[str]) -> str:
    part = match["part"] if match["part"].isdecimal() else "".join(in_digits(sign) for sign in match["part"])
    return f"{in_digits(match['whole'])}.{part}{match['unit']}"


def _tenths(match: re.Match[str]) -> str:
    tenths, hundredths = in_digits(match["tenths"]), in_digits(match["hundredths"] or "0")
    if not _DECIMAL.fullmatch(tenths) or not _DECIMAL.fullmatch(hundredths) or float(tenths) > 10:
        return match[0]
    return f"{10 * float(tenths) + float(hundredths):g}%"


def _money(match: re.Match[str]) -> str:
    word = _SHORT[(match["short"] or match["letter"]).lower()]
    return f"{match['sign'] or ''}{match['number'] or match['bare']} {word}"


@lru_cache(maxsize=1)
def _added() -> re.Pattern[str]:
    return _whole(_ADDED)


@lru_cache(maxsize=1)
def _before() -> re.Pattern[str]:
    return _whole(_OF_UNIT)


@lru_cache(maxsize=1)
def _tight() -> re.Pattern[str]:
    return re.compile("|".join(plain(word) for word in _TIGHT))


def _whole(words_of: dict[float, str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![{WITHIN}])(?:{plain('|'.join(words_of.values()))})(?![{WITHIN}])", re.IGNORECASE)
