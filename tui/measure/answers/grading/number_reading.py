"""The numbers that stand in an answer, in digits of any script or in words, each with what may be its unit."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from tui.measure.answers.grading.halves import with_halves
from tui.measure.answers.grading.number_words import WITHIN, in_digits
from tui.measure.answers.grading.quantities import AnswerNumber, merged
from tui.measure.answers.grading.replies import without_thoughts
from tui.measure.answers.grading.units import is_currency, is_unit
from tui.measure.answers.scripts.normal import plain
from tui.measure.answers.vocabulary.number_table import POWERS

_FRACTIONS: Final = {
    "½": "1/2",
    "⅓": "1/3",
    "⅔": "2/3",
    "¼": "1/4",
    "¾": "3/4",
    "⅕": "1/5",
    "⅖": "2/5",
    "⅗": "3/5",
    "⅘": "4/5",
    "⅙": "1/6",
    "⅚": "5/6",
    "⅛": "1/8",
    "⅜": "3/8",
    "⅝": "5/8",
    "⅞": "7/8",
}
_LATEX_FRACTION: Final = re.compile(r"\\[dt]?frac\s*\{(\d+)\}\s*\{(\d+)\}")
_LATEX_DEGREES: Final = re.compile(
    r"(?:\\[,;! ]|~)?\s*\^\s*(?:\{\s*\\circ\s*\}|\\circ)(?:\\[,;! ])?|\\degree\b|\\celsius\b"
)
_LATEX_WORDS: Final = re.compile(r"\\(?:text|mathrm|,|;|!|quad|\$|left|right)|[{}]")
_PER_CENT: Final = re.compile(r"\b(?:per cento?|pour cent|por cento|por ciento)\b", re.IGNORECASE)
_SUPERSCRIPT: Final = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_POWER: Final = re.compile(
    r"(?<![\w.,*×·^])(?<![*×·x]\s)(?P<base>\d{1,4})\s?(?:\^|\*\*)\s?\(?(?P<exponent>-?\d{1,2})\)?(?![\w*])"
)
_MOST_BASE, _MOST_EXPONENT = 1000, 18
_NUMBER: Final = re.compile(
    r"(?<!\d)(?<!\d[.,])(?<![A-Za-zÀ-ž])"
    r"(?P<digits>\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,'٫٬]\d+)*|(?<![\w.])\.\d+)"
    r"(?:\s?[x*×·]\s?10\s?(?:\^|\*\*)\s?\(?(?P<power>-?\d{1,3})\)?|[eE](?P<exponent>[+-]?\d{1,3})(?!\w))?"
    r"(?:\s?/\s?(?P<below>\d{1,9})(?![\d.,/]*\d))?"
)
_GROUPS: Final = re.compile(r"\d{1,3}(?:([,.'])\d{3})(?:\1\d{3})*|\d{1,2}(?:,\d{2})*,\d{3}")
_SIGN: Final = re.compile(r"(?P<before>[\w)\]]?)(?P<sign>-)(?P<space>\s?)[€$£¥₹৳]?\Z")
_MINUS: Final = re.compile(
    r"(?:\b(?:minus|negative|moins|menos|meno)|মাইনাস|ঋণাত্মক|ऋण|माइनस|سالب|منفی|负|マイナス|ลบ|ኔጌቲቭ)\s?\Z", re.IGNORECASE
)
_NO_POWERS: Final = frozenset(["cent", "cents", "dozen", "dutzend", "yüz", "bin", "mil"])
"""Words that are a power after words and a unit, a currency or another word after digits."""
_MULTIPLIERS: Final = {
    plain(word): float(power)
    for listed in (*POWERS.values(), "1000 mil bin tausend mila 1000000 millionen mio mln 1000000000 billions bn")
    for power, words in re.findall(r"(\d+)((?: [^\s\d]+)+)", listed)
    for word in words.split()
    if float(power) >= 100 and word not in _NO_POWERS
} | {"mil": 1e3, "bin": 1e3, "millions": 1e6, "billions": 1e9}
_TIGHT: Final = re.compile("[\u0e00-\u0e7f\u1000-\u109f\u4e00-\u9fff\uac00-\ud7a3]")
_BY_LENGTH: Final = sorted(_MULTIPLIERS, key=len, reverse=True)
_MANY: Final = re.compile(
    rf"\s?(?P<word>(?:{'|'.join(re.escape(word) for word in _BY_LENGTH if not _TIGHT.match(word))})(?![{WITHIN}])|"
    rf"(?:{'|'.join(re.escape(word) for word in _BY_LENGTH if _TIGHT.match(word))})(?!分|比|ခိုင်))",
    re.IGNORECASE,
)
_MANY_BEFORE: Final = re.compile(rf"(?P<word>{'|'.join(map(plain, ('သိန်း', 'သန်း', 'သောင်း', 'ကုဋေ')))})\s?\Z")
"""Burmese says round numbers of a power after it."""
_LETTERS: Final = r"[^\s\d.,;:!?()\[\]{}*\"'।。、，؟۔።၊=<>~`|/\\_+%°-]+"
_SHORTENED: Final = rf"(?:{_LETTERS[:-1]}{{1,4}}[.॰]\s?){{1,3}}{_LETTERS[:-1]}{{1,4}}"
_UNIT: Final = re.compile(rf"\s?[-']?\s?(?P<unit>%|/-|°\s?(?:[CFcf]\b)?|{_LETTERS}(?:/{_LETTERS})?)")
_UNIT_WITH_POINTS: Final = re.compile(rf"\s?(?P<unit>{_SHORTENED})")
_NEXT_WORD: Final = re.compile(rf"[\s-]{_LETTERS}")
_BEFORE: Final = re.compile(r"(?P<unit>(?<!\d)(?<!\d )%|[€$£¥₹৳₽₩฿]|\b[A-Z]{3}|\bRs\.?)\s?[-+]?\Z")
_WORD_BEFORE: Final = re.compile(
    rf"(?P<lead>\d\s?)?(?P<unit>{_SHORTENED}|(?:{_LETTERS}\s)?{_LETTERS})\.?\s?[-+:]?\s?\Z"
)
_OF: Final = re.compile(r"\s(?:of (?:an?|the) |of |de |d'|eines? |einer )")
"""What stands between a share and its unit, as in ``0.75 of an hour``."""
_ETHIOPIC: Final = re.compile("[\u1369-\u137c]+")
_CLOCK_HOURS: Final = re.compile(
    r"(?<![\w.,])(\d{1,3})(?:h|\sh\s)([0-5]\d)(?![\w.,]*\d)(?!\w)(?!\s?(?:[a-z]{1,3}\b|min|sec|sek|seg))"
)
_TO_ONE: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s?(?::|\bto\b)\s?1(?![\d:/]|[.,]\d)")
"""A ratio to one."""
_TIGHT_UNITS: Final = re.compile(r"(?<=\d(?:h|m|g|l))(?=\d)|(?<=\d(?:km|kg|cm|ft|hr|lb|kg))(?=\d)|(?<=\dmin)(?=\d)")
"""Where a unit ends and the next number begins without a space, as in ``3kg500g``."""
_ARTICLE: Final = re.compile(r"\ban? (?P<unit>[a-z]{3,})", re.IGNORECASE)
_DUAL: Final = re.compile(rf"(?<![{WITHIN}])(?P<stem>[\u0620-\u06ff]{{2,}}?)(?:ان|ین|تان|تین)(?![{WITHIN}])")
"""A word of Arabic that means two of something."""
_COMMA_LANGUAGES: Final = re.compile(
    r"\b(?:der|die|das|ist|und|sind|le|la|les|est|et|el|los|es|son|il|gli|è|sono|os|são|het|een|zijn|euro)\b|€",
    re.IGNORECASE,
)
_POINT_AND_THREE: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_STEP: Final = re.compile(r"^[ \t]*(\d{1,2})[.)][ \t]+(?=\S)", re.MULTILINE)
_NEAR: Final = 24
"""The number of characters before a number in which its sign or its currency stands."""


def numbers_in(text: str) -> tuple[str, list[AnswerNumber]]:
    """Read the numbers of a text, in digits of any script or, if there are none, in words; gives the text so read."""
    written = _prepared(text)
    numbers = _read(written)
    if not numbers:
        written = in_digits(written)
        numbers = _read(written) or _read(_ARTICLE.sub(_one, written))
    return written, numbers


def _prepared(text: str) -> str:
    """Write fractions with a stroke, and leave out thoughts, LaTeX and the numbers of steps."""
    written = without_thoughts(text)
    for sign, fraction in _FRACTIONS.items():
        written = re.sub(rf"(?<=\d)\s?{sign}", f" {fraction}", written).replace(sign, fraction)
    written = _LATEX_DEGREES.sub(" °", written)
    written = _SUPERSCRIPT.sub(lambda match: f"^{plain(match[0])}", written)
    written = _LATEX_WORDS.sub(" ", _LATEX_FRACTION.sub(r"\1/\2", written).replace("\\times", "×"))
    written = _ETHIOPIC.sub(lambda match: f"{_of_ethiopic(match[0])}", written)
    written = plain(_PER_CENT.sub("%", written.replace("\\%", "%").replace("\u066a", "%")))
    written = _POWER.sub(_power, with_halves(_DUAL.sub(_two, written)))
    written = re.sub(r"(?<=\S)[ \t]{2,}", " ", written)
    written = _TO_ONE.sub(r"\1", written)
    written = _TIGHT_UNITS.sub(" ", _CLOCK_HOURS.sub(r"\1 h \2 min", written))
    steps = [int(step) for step in _STEP.findall(written)]
    return _STEP.sub("", written) if len(steps) > 1 and steps == list(range(1, len(steps) + 1)) else written


def _of_ethiopic(signs: str) -> int:
    """Read a number in the signs of Ethiopia: ones and tens are added, a hundred or ten thousand multiplies them."""
    total, group = 0, 0
    for sign in signs:
        value = int(unicodedata.numeric(sign))
        if value < 100:
            group += value
        elif value == 100:
            total, group = total + max(group, 1) * value, 0
        else:
            total, group = max(total + group, 1) * value, 0
    return total + group


def _one(match: re.Match[str]) -> str:
    """Write the article before a unit as a 1."""
    return f"1 {match['unit']}" if is_unit(match["unit"]) else match[0]


def _two(match: re.Match[str]) -> str:
    """Write the dual of an Arabic unit with a 2."""
    stem = match["stem"]
    unit = next((name for name in (stem, f"{stem}ة") if is_unit(name)), None)
    return match[0] if unit is None else f"2 {unit}"


def _power(match: re.Match[str]) -> str:
    """Work out a power that stands as ``10^6``, if it is not too large."""
    base, exponent = int(match["base"]), int(match["exponent"])
    small = base <= _MOST_BASE and abs(exponent) <= _MOST_EXPONENT and (base or exponent >= 0)
    return f"{base**exponent:.12g}" if small else match[0]


def _read(text: str) -> list[AnswerNumber]:
    comma = len(_COMMA_LANGUAGES.findall(text)) >= 2
    numbers: list[AnswerNumber] = []
    for match in _NUMBER.finditer(text):
        value = _value(match["digits"], decimal_comma=comma)
        if value is None:
            parts = [(part[0], match.start() + part.start()) for part in re.finditer(r"\d+", match["digits"])]
            numbers += [AnswerNumber(float(part), (), place, place + len(part), part) for part, place in parts]
            continue
        start, end, shown = match.start(), match.end(), match[0]
        power, below = match["power"] or match["exponent"], match["below"]
        value *= 10.0 ** int(power) if power else 1.0
        many, factor = _MANY.match(text, end), 0.0
        if many is not None:
            factor, end = _MULTIPLIERS[many["word"].lower()], many.end()
            value *= factor
        elif (earlier := _MANY_BEFORE.search(text, max(0, start - _NEAR), start)) is not None:
            start, value = earlier.start(), value * _MULTIPLIERS[earlier["word"]]
        if below is not None and int(below):
            value /= int(below)
            whole = numbers[-1] if numbers else None
            if whole is not None and whole.shown.isdigit() and text[whole.end : start] == " ":
                numbers.pop()
                value, start = value + whole.value, whole.start
        shown = text[start:end]
        if _is_negative(text[max(0, start - _NEAR) : start]):
            value, shown = -value, f"-{shown}"
        if math.isfinite(value):
            other = (
                value * 1000 if _POINT_AND_THREE.fullmatch(match["digits"]) and not comma and below is None else None
            )
            numbers.append(AnswerNumber(value, tuple(_units(text, start, end)), start, end, shown, other, factor))
    return merged(numbers, text)


def _is_negative(before: str) -> bool:
    """Whether the text before a number ends in a minus that is no hyphen, no bullet and no subtraction."""
    sign = _SIGN.search(before)
    if sign is None:
        return _MINUS.search(before) is not None
    if sign["space"]:
        return before[: sign.start("sign")].rstrip().endswith(("=", "≈"))
    return not sign["before"]


def _value(digits: str, *, decimal_comma: bool) -> float | None:
    """Read digits with signs that group them or end the whole part; ``None`` if they are several numbers.

    A single sign with three digits after it is the one unclear case: a comma groups in English, a point in languages
    with a decimal comma.
    """
    digits = digits.replace(" ", "").replace("٬", "'").replace("٫", "·")
    digits = re.sub(r"'(?=\d{3})", "", digits)
    signs = [sign for sign in digits if not sign.isdigit()]
    decimal = ""
    if "·" in signs:
        decimal = "·"
    elif len(set(signs)) > 1:
        decimal = max(",.", key=digits.rfind)
        if digits.count(decimal) > 1:
            return None
    elif len(signs) == 1:
        before, _, after = digits.partition(signs[0])
        groups = len(after) == 3 and 1 <= len(before) <= 3 and before != "0"
        decimal = "" if groups and (signs[0] == ".") == decimal_comma else signs[0]
    elif signs and not _GROUPS.fullmatch(digits):
        return None
    plain_digits = "".join(sign for sign in digits if sign.isdigit() or sign == decimal)
    return float(plain_digits.replace(decimal, ".") if decimal else plain_digits)


def _units(text: str, start: int, end: int) -> Iterator[str]:
    """List what may be the unit of the number between these places: up to three words after it, a sign before it."""
    of = _OF.match(text, end)
    end = end if of is None else of.end()
    with_points = _UNIT_WITH_POINTS.match(text, end)
    if with_points is not None:
        yield with_points["unit"]
    after, names = _UNIT.match(text, end), list[str]()
    if after is not None:
        unit, place = after["unit"].strip(), after.end()
        names.append(unit)
        for _ in range(2):
            following = _NEXT_WORD.match(text, place)
            if following is None:
                break
            unit, place = f"{unit}{following[0]}", following.end()
            names.append(unit)
    longest = next((name for name in reversed(names) if is_unit(name, exactly=True)), None)
    yield from [longest] if longest else names
    before = _BEFORE.search(text, max(0, start - _NEAR), start)
    if before is not None:
        yield before["unit"].strip()
    elif not any(is_unit(name) for name in names):
        yield from _unit_before(text[max(0, start - _NEAR) : start])


def _unit_before(text: str) -> Iterator[str]:
    """The unit that stands before a number as a word, and belongs to no other number; of Latin ones only a currency."""
    before = _WORD_BEFORE.search(text)
    names = [] if before is None else [before["unit"], *before["unit"].split(None, 1)[1:]]
    # A word that follows another number is the unit of that one.
    for unit in names if before is None or not before["lead"] else names[1:]:
        if is_currency(unit) or (len(unit) > 1 and not re.match(r"[A-Za-zÀ-ɏ]", unit) and is_unit(unit)):
            yield unit
