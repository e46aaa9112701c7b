"""The grader of numbers: which number an answer gives, in which unit, and whether it is the right one."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tui.measure.answers.grading.halves import with_halves
from tui.measure.answers.grading.number_words import in_digits
from tui.measure.answers.grading.replies import without_thoughts
from tui.measure.answers.grading.units import is_unit, same_unit, scaled
from tui.measure.answers.scripts.normal import plain
from tui.records.grading import Grade, Grader

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
_LATEX_WORDS: Final = re.compile(r"\\(?:text|mathrm|,|;|!|quad|\$|left|right)|[{}]")
_PER_CENT: Final = re.compile(r"\b(?:per cento?|pour cent|por cento|por ciento)\b", re.IGNORECASE)
_SUPERSCRIPT: Final = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_POWER: Final = re.compile(r"(?<![\w.,*×·^])(?P<base>\d{1,4})\s?(?:\^|\*\*)\s?\(?(?P<exponent>-?\d{1,2})\)?(?![\w*])")
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
_MULTIPLIER_WORDS: Final = {
    1e3: "thousand tausend mille mil mila тысяча тысячи тысяч bin হাজার हज़ार हजार ہزار ألف ሺህ พัน 千",
    1e4: "万 萬 หมื่น",
    1e5: "lakh লাখ লক্ষ लाख لاکھ သိန်း แสน",
    1e6: "million millions millionen mio millones milioni milhões miljoen миллион миллиона миллионов milyon مليون ล้าน",
    1e7: "crore কোটি करोड़ کروڑ",
    1e8: "亿 億",
    1e9: "billion billions milliarden milliards",
}
_MULTIPLIERS: Final = {word: factor for factor, words in _MULTIPLIER_WORDS.items() for word in words.split()}
_MANY: Final = re.compile(
    rf"\s?(?P<word>{'|'.join(sorted(_MULTIPLIERS, key=len, reverse=True))})(?![A-Za-zà-ž])", re.IGNORECASE
)
_LETTERS: Final = r"[^\s\d.,;:!?()\[\]{}*\"'।。、，؟۔።၊=<>~`|/\\_+%°-]+"
_UNIT: Final = re.compile(rf"\s?-?\s?(?P<unit>%|°\s?[CFcf]?\b|{_LETTERS}(?:/{_LETTERS})?)")
_NEXT_WORD: Final = re.compile(rf"\s{_LETTERS}")
_BEFORE: Final = re.compile(r"(?P<unit>[€$£¥₹৳₽₩฿]|\b[A-Z]{3}|\bRs\.?)\s?[-+]?\Z")
_FINAL: Final = re.compile(
    plain(
        r"\\boxed|####|\b(?:answer|result|total|sum|solution)\b\W{0,4}(?:is(?! not)|=|:|equals)\W|"
        r"\b(?:antwort|ergebnis|lösung|summe)\b\W{0,4}(?:ist(?! nicht)|lautet|beträgt|:|=)\W|"
        r"\b(?:réponse|résultat|total)\b\W{0,4}(?:est|:|=)\W|"
        r"\b(?:respuesta|resultado|resposta|risposta|risultato|totale|total)\b\W{0,4}(?:es|é|è|:|=)\W|"
        r"\b(?:antwoord|resultaat)\b\W{0,4}(?:is|:|=)\W|"
        r"(?:ответ|итого|всего|cevap|sonuç|odpowiedź|jawaban|정답|답)\W{0,4}(?:[:=]|это|은|는)|"
        r"উত্তর|उत्तर|الجواب|الإجابة|جواب|答案|答え|คำตอบ|መልሱ|መልስ|အဖြေ"
    ),
    re.IGNORECASE,
)
_EITHER: Final = re.compile(
    plain(
        r"[^\d\n]{0,12}?(?:\b(?:or|oder|ou|o|oppure|of|или|veya|lub|atau)\b|또는|অথবা|বা|या|أو|یا|或|または|หรือ|ወይም|သို့မဟုတ်)[^\d\n]{0,12}"
    ),
    re.IGNORECASE,
)
_COMMA_LANGUAGES: Final = re.compile(
    r"\b(?:der|die|das|ist|und|sind|le|la|les|est|et|el|los|es|son|il|gli|è|sono|os|são|het|een|zijn|euro)\b|€",
    re.IGNORECASE,
)
_POINT_AND_THREE: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_STEP: Final = re.compile(r"^[ \t]*(\d{1,2})[.)][ \t]+(?=\S)", re.MULTILINE)
_YEAR: Final = re.compile(r"1\d{3}|20\d\d")
_MONTH: Final = re.compile(
    r"(?:jan|feb|mar|mär|apr|a[vb]r|ma[iyí]|jun|jui|jul|aug|ao[uû]|ago|sep|set|o[ckt]t|nov|de[cz]|dic|déc)",
    re.IGNORECASE,
)
_BOLD: Final = re.compile(r"\*\*([^*\n]{1,60})\*\*")
_NEAR: Final = 24
"""The number of characters before a number in which its sign or its currency stands."""
_SHORT_WORDS: Final = 2
"""The number of words that may follow a number which begins an answer and is all of it."""


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A number in a text, from ``start`` to ``end``."""

    value: float
    units: tuple[str, ...]
    """The words after it that may be its unit."""
    start: int
    end: int
    shown: str
    other: float | None = None
    """What it also may mean: ``1.500`` is 1.5 in one language and 1500 in another."""


def grade(grader: Grader, text: str) -> Grade:
    """Grade the number of an answer: the one marked as the answer, else one that stands alone, else the last one."""
    wanted = grader.number or 0.0
    written, numbers = numbers_in(text)
    if not numbers:
        return Grade.of(grader, 0, f"there is no number; {_right(wanted, grader)} is right")
    taken = _taken(numbers, grader, written)
    other = _alternative(numbers, taken, grader, written)
    if other is not None:
        return Grade.of(grader, 0, f"it gives two numbers, {other.shown} and {taken.shown}")
    allowed = max(grader.tolerance, abs(wanted) * grader.tolerance_share) + 1e-9 * max(1.0, abs(wanted))
    value, has_unit = _in_unit(taken, grader, wanted)
    if taken.other is not None and abs(value - wanted) > allowed:
        value, has_unit = _in_unit(replace(taken, value=taken.other), grader, wanted)
    if abs(value - wanted) > allowed:
        return Grade.of(grader, 0, f"{taken.shown} is wrong; {_right(wanted, grader)} is right")
    if has_unit:
        return Grade.of(grader, 1, f"{taken.shown} is right")
    other_unit = next((unit for unit in taken.units if is_unit(unit)), None)
    if other_unit is not None:
        return Grade.of(grader, 0, f"the unit of {taken.shown} is {other_unit}; {_right(wanted, grader)} is right")
    return Grade.of(
        grader, 0.5, f"the number {taken.shown} is right, but it has no unit; {grader.units[0]} is asked for"
    )


def numbers_in(text: str) -> tuple[str, list[FoundNumber]]:
    """Read the numbers of a text, in digits of any script or, if there are none, in words; gives the text so read."""
    written = _prepared(text)
    numbers = _read(written)
    if not numbers:
        written = in_digits(written)
        numbers = _read(written)
    return written, numbers


def _prepared(text: str) -> str:
    """Write fractions with a stroke, and leave out thoughts, LaTeX and the numbers of steps."""
    written = without_thoughts(text)
    for sign, fraction in _FRACTIONS.items():
        written = re.sub(rf"(?<=\d)\s?{sign}", f" {fraction}", written).replace(sign, fraction)
    written = _SUPERSCRIPT.sub(lambda match: f"^{plain(match[0])}", written)
    written = _LATEX_WORDS.sub(" ", _LATEX_FRACTION.sub(r"\1/\2", written).replace("\\times", "×"))
    written = plain(_PER_CENT.sub("%", written.replace("\\%", "%").replace("\u066a", "%")))
    written = _POWER.sub(_power, with_halves(written, in_digits))
    steps = [int(step) for step in _STEP.findall(written)]
    return _STEP.sub("", written) if len(steps) > 1 and steps == list(range(1, len(steps) + 1)) else written


def _power(match: re.Match[str]) -> str:
    """Work out a power that stands as ``10^6``, if it is not too large."""
    base, exponent = int(match["base"]), int(match["exponent"])
    small = base <= _MOST_BASE and abs(exponent) <= _MOST_EXPONENT and (base or exponent >= 0)
    return f"{base**exponent:.12g}" if small else match[0]


def _read(text: str) -> list[FoundNumber]:
    comma = len(_COMMA_LANGUAGES.findall(text)) >= 2
    numbers: list[FoundNumber] = []
    for match in _NUMBER.finditer(text):
        value = _value(match["digits"], decimal_comma=comma)
        if value is None:
            parts = [(part[0], match.start() + part.start()) for part in re.finditer(r"\d+", match["digits"])]
            numbers += [FoundNumber(float(part), (), place, place + len(part), part) for part, place in parts]
            continue
        start, end, shown = match.start(), match.end(), match[0]
        power, below = match["power"] or match["exponent"], match["below"]
        value *= 10.0 ** int(power) if power else 1.0
        many = _MANY.match(text, end)
        if many is not None:
            value, end = value * _MULTIPLIERS[many["word"].lower()], many.end()
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
            numbers.append(FoundNumber(value, tuple(_units(text, start, end)), start, end, shown, other))
    return numbers


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
    after = _UNIT.match(text, end)
    if after is not None:
        unit, place = after["unit"].strip(), after.end()
        yield unit
        for _ in range(2):
            following = _NEXT_WORD.match(text, place)
            if following is None:
                break
            unit, place = f"{unit}{following[0]}", following.end()
            yield unit
    before = _BEFORE.search(text, max(0, start - _NEAR), start)
    if before is not None:
        yield before["unit"].strip()


def _in_unit(taken: FoundNumber, grader: Grader, wanted: float) -> tuple[float, bool]:
    """Convert a number to the unit that is asked for; also tells whether it has such a unit."""
    if not grader.units:
        share = taken.value / 100 if any(same_unit(unit, "%") for unit in taken.units) else taken.value
        return (share if math.isclose(share, wanted, rel_tol=1e-9) else taken.value), True
    if any(same_unit(one, other) for one in taken.units for other in grader.units):
        return taken.value, True
    converted = (scaled(taken.value, one, other) for one in taken.units for other in grader.units)
    value = next((value for value in converted if value is not None), None)
    return (taken.value, False) if value is None else (value, True)


def _taken(numbers: Sequence[FoundNumber], grader: Grader, text: str) -> FoundNumber:
    """Choose the number that is the answer."""
    for mark in reversed([match.end() for match in _FINAL.finditer(text)]):
        marked = next((number for number in numbers if number.end >= mark), None)
        if marked is not None:
            return _result(numbers, marked, text)
    starts = [number.start for number in numbers]
    bold = {
        number
        for mark in _BOLD.finditer(text)
        for number in numbers[bisect_left(starts, mark.start()) : bisect_left(starts, mark.end())]
    }
    if len(bold) == 1:
        return bold.pop()
    first = numbers[0]
    opening = re.split(r"[.!?;\n。।۔።](?:\s|$)|\n", text[first.end :], maxsplit=1)[0]
    alone = not text[: first.start].strip(" *-+$€£¥₹৳`_\n(") and len(opening.split()) <= _SHORT_WORDS
    if alone and not any(first.end <= number.start < first.end + len(opening) for number in numbers):
        return first
    with_unit = [
        number
        for number in numbers
        if any(same_unit(one, other) or scaled(1.0, one, other) for one in number.units for other in grader.units)
    ]
    if with_unit:
        return with_unit[-1]
    years = [number for number in numbers if _YEAR.fullmatch(number.shown)]
    if years and _YEAR.fullmatch(f"{grader.number:g}") and _MONTH.search(text):
        return years[-1]
    return _after_equals(numbers, text) or numbers[-1]


def _after_equals(numbers: Sequence[FoundNumber], text: str) -> FoundNumber | None:
    """The result of the last calculation, if no sentence after it has a number."""
    equals = text.rfind("=")
    result = next((number for number in numbers if number.start > equals), None)
    if equals < 0 or result is None or text[equals + 1 : result.start].strip(" $*\\≈-+€£¥₹৳"):
        return None
    rest = re.split(r"[.!?।。](?:\s|$)|\n", text[result.end :], maxsplit=1)
    return None if len(rest) > 1 and re.search(r"\d", rest[1]) else result


def _result(numbers: Sequence[FoundNumber], marked: FoundNumber, text: str) -> FoundNumber:
    """Take the result of a calculation that begins with a marked number, as in ``answer: 3 + 4 = 7``."""
    line_end = text.find("\n", marked.end)
    line = text[marked.end : line_end if line_end >= 0 else len(text)]
    calculation = re.match(r"[\s\d.,+*/×÷·()%xX-]*=", line)
    if calculation is None:
        return marked
    place = marked.end + line.rfind("=", 0, len(line))
    return next((number for number in numbers if number.start >= place), marked)


def _alternative(numbers: Sequence[FoundNumber], taken: FoundNumber, grader: Grader, text: str) -> FoundNumber | None:
    """Find another number that the answer offers beside the one that was taken, as in ``41 or 42``."""
    place = numbers.index(taken)
    for other in numbers[max(0, place - 1) : place + 2]:
        first, second = sorted((other, taken), key=lambda number: number.start)
        if any(same_unit(one, wanted) for one in taken.units for wanted in grader.units) and not any(
            same_unit(one, wanted) for one in other.units for wanted in grader.units
        ):
            continue
        if other.value != taken.value and _EITHER.fullmatch(text, first.end, second.start):
            return other
    return None


def _right(wanted: float, grader: Grader) -> str:
    unit = f" {grader.units[0]}" if grader.units else ""
    around = ""
    if grader.tolerance_share:
        around = f" ± {grader.tolerance_share * 100:g} %"
    elif grader.tolerance:
        around = f" ± {grader.tolerance:g}"
    return f"{wanted:.12g}{around}{unit}"
