"""The grader of numbers: which number an answer gives, in which unit, and whether it is the right one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tui.measure.answers.grading.corrections import CONCLUSIONS, REASONS, last_word
from tui.measure.answers.grading.number_reading import numbers_in
from tui.measure.answers.grading.quantities import AnswerNumber
from tui.measure.answers.grading.ranges import is_range
from tui.measure.answers.grading.refusals import is_refused_before
from tui.measure.answers.grading.replies import without_thoughts
from tui.measure.answers.grading.units import is_unit, same_unit, scaled
from tui.measure.answers.scripts.normal import plain
from tui.records.grading import Grade, Grader

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
        r"[^\d\n]{0,12}?(?P<word>\b(?:or|oder|ou|o|oppure|или|veya|lub|atau)\b|"
        r"또는|অথবা|বা|या|أو|یا|或|または|หรือ|ወይም|သို့မဟုတ်|"
        r"か|もしくは|あるいは|还是|還是|抑或)[^\d\n]{0,12}"
    ),
    re.IGNORECASE,
)
_DUTCH_EITHER: Final = re.compile(r"[^\d\n]{0,12}?(?P<word>\bof\b)[^\d\n]{0,12}", re.IGNORECASE)
_DUTCH: Final = re.compile(r"\b(?:het|een|zijn|niet|van|ik|dat|antwoord|uur|jaar|wel|ofwel|misschien)\b", re.IGNORECASE)
_YEAR: Final = re.compile(r"1\d{3}|2[0-5]\d\d")
"""A year of the common calendar or of the Buddhist one."""
_WHEN: Final = re.compile(
    r"\b(?:in|since|until|before|after|as of|im|im jahr|seit|bis|vor|nach|en|depuis|avant|après|desde|hasta|em|até|nel|"
    r"dal|в|с|до|sinds)\s\Z",
    re.IGNORECASE,
)
"""What stands before a year that tells when something was."""
_LAST_DAY: Final = 31
_NEAR: Final = 24
"""The number of characters before a number in which it is told to be the whole of another."""
_WHOLE_BEFORE: Final = re.compile(
    r"(?:\bout of|\bof(?: the| a total of| all)?|\bin total of|\bvon(?: insgesamt)?|\bsur|\bsu|\bde un total de)\s\Z",
    re.IGNORECASE,
)
"""What stands before the whole of which a number is a part, as in ``10 out of 40``."""
_MONTH: Final = re.compile(
    r"(?:jan|feb|mar|mär|apr|a[vb]r|ma[iyí]|jun|jui|jul|aug|ao[uû]|ago|sep|set|o[ckt]t|nov|de[cz]|dic|déc)",
    re.IGNORECASE,
)
_HEADLINE: Final = re.compile(r"\W*[^\W\d][\w;]*(?: [\w;]+){0,2}\s*:\W{0,4}(?P<first>\d)[^:=\n]{0,24}\n\s*\n")
"""A first line with nothing but a number and what it is, which explanations follow."""
_WORKED_OUT: Final = re.compile(r"=|^\W*[^\W\d][\w ]{0,30}:[^\n]*\d", re.MULTILINE)
_BRACKETS: Final = re.compile(r"(?<=[^\W\d]|[\d%.,:;€$£¥₹৳*]) ?\([^()\n]{0,160}\)(?!\s*[+*×·÷/=^-])")
_CALCULATION: Final = re.compile(r"\d[^()\d]{0,12}[+*×·÷=]\s?[^()\n]*\d")
_REASON: Final = re.compile(
    plain(rf"(?<![\w])(?:{REASONS})(?![\w\u0900-\u0963\u0980-\u09e3])|因为|因為|เพราะ|เนื่องจาก"), re.IGNORECASE
)
_CONCLUSION: Final = re.compile(CONCLUSIONS, re.IGNORECASE)
_BOLD: Final = re.compile(r"\*\*([^*\n]{1,60})\*\*")
_SHORT_WORDS: Final = 2
"""The number of words that may follow a number which begins an answer and is all of it."""


def grade(grader: Grader, text: str) -> Grade:
    """Grade the number of an answer: the one marked as the answer, else one that stands alone, else the last one."""
    wanted = grader.number or 0.0
    written, numbers = _numbers_of_answer(text)
    if not numbers:
        return Grade.of(grader, 0, f"there is no number; {_right(wanted, grader)} is right")
    numbers = _without_brackets(numbers, written)
    affirmed = [number for number in numbers if not is_refused_before(written, number.start)]
    if not affirmed:
        return Grade.of(grader, 0, f"it takes {numbers[-1].shown} for wrong; {_right(wanted, grader)} is right")
    taken = _taken(affirmed, grader, written)
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


def _numbers_of_answer(text: str) -> tuple[str, list[AnswerNumber]]:
    """Read the numbers of an answer, only those after it last took something back if there are any."""
    answer = plain(without_thoughts(text))
    last = last_word(answer)
    if last != answer:
        written, numbers = numbers_in(last)
        if numbers:
            return written, numbers
    return numbers_in(text)


def _without_brackets(numbers: list[AnswerNumber], text: str) -> list[AnswerNumber]:
    """Leave out numbers in brackets that only explain the number before them, unless there are no others.

    These are calculations, as in ``42 km (40 km + 2 km)``, and other amounts with words, as in ``19 % (reduced: 7 %)``.
    """
    left_out: set[AnswerNumber] = set()
    for match in _BRACKETS.finditer(text):
        inside = [number for number in numbers if match.start() < number.start < match.end()]
        before = next((number for number in reversed(numbers) if number.end <= match.start()), None)
        if not inside or before is None:
            continue
        beside = text[before.end : match.start()].strip(" *_")
        same = beside in before.units or not beside
        aside = same and bool(before.units) and re.search(r"[^\W\d_]{3}", match[0]) is not None
        if _CALCULATION.search(match[0]) or (aside and {*before.units} & {*inside[-1].units}):
            left_out |= {*inside}
    return [number for number in numbers if number not in left_out]


def _without_years(numbers: Sequence[AnswerNumber], text: str) -> Sequence[AnswerNumber]:
    """Leave out the years that only tell when something was, unless there are no other numbers."""
    others = [
        number
        for number in numbers
        if not _YEAR.fullmatch(number.shown) or not _WHEN.search(text[max(0, number.start - _NEAR) : number.start])
    ]
    return others or numbers


def _before_reasons(numbers: Sequence[AnswerNumber], text: str) -> AnswerNumber | None:
    """The last number before the reasons of a last sentence, as in ``It is 3/8, since 3 of the 8 are red.``"""
    reasons = list(_REASON.finditer(text))
    if not reasons or _CONCLUSION.search(text, reasons[0].end()):
        return None
    rest = re.split(r"[.!?;।。](?:\s|$)|\n", text[reasons[0].end() :], maxsplit=1)
    before = [number for number in numbers if number.end <= reasons[0].start()]
    return None if not before or (len(rest) > 1 and re.search(r"\d", rest[1])) else before[-1]


def _in_unit(taken: AnswerNumber, grader: Grader, wanted: float) -> tuple[float, bool]:
    """Convert a number to the unit that is asked for; also tells whether it has such a unit."""
    if not grader.units:
        share = taken.value / 100 if any(same_unit(unit, "%") for unit in taken.units) else taken.value
        return min(share, taken.value, key=lambda value: abs(value - wanted)), True
    if any(same_unit(one, other) for one in taken.units for other in grader.units):
        return taken.value, True
    converted = (scaled(taken.value, one, other) for one in taken.units for other in grader.units)
    value = next((value for value in converted if value is not None), None)
    return (taken.value, False) if value is None else (value, True)


def _taken(numbers: Sequence[AnswerNumber], grader: Grader, text: str) -> AnswerNumber:
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
    headline = _HEADLINE.match(text)
    if headline is not None and headline.start("first") == first.start and not _WORKED_OUT.search(text, headline.end()):
        return first
    before_reasons = _before_reasons(numbers, text)
    if before_reasons is not None:
        numbers = [number for number in numbers if number.start <= before_reasons.start]
    with_unit = [
        number
        for number in numbers
        if any(same_unit(one, other) or scaled(1.0, one, other) for one in number.units for other in grader.units)
    ]
    if with_unit:
        return with_unit[-1]
    years = [number for number in numbers if _YEAR.fullmatch(number.shown)]
    if years and _YEAR.fullmatch(f"{grader.number:g}") and (_MONTH.search(text) or numbers[-1].value <= _LAST_DAY):
        return years[-1]
    if not _YEAR.fullmatch(f"{grader.number:g}"):
        numbers = _without_years(numbers, text)
    parts = [
        number for number in numbers if not _WHOLE_BEFORE.search(text[max(0, number.start - _NEAR) : number.start])
    ]
    return _after_equals(numbers, text) or (parts or numbers)[-1]


def _after_equals(numbers: Sequence[AnswerNumber], text: str) -> AnswerNumber | None:
    """The result of the last calculation, if no sentence after it has a number."""
    equals = text.rfind("=")
    result = next((number for number in numbers if number.start > equals), None)
    if equals < 0 or result is None or text[equals + 1 : result.start].strip(" $*\\≈-+€£¥₹৳"):
        return None
    rest = re.split(r"[.!?।。](?:\s|$)|\n", text[result.end :], maxsplit=1)
    return None if len(rest) > 1 and re.search(r"\d", rest[1]) else result


def _result(numbers: Sequence[AnswerNumber], marked: AnswerNumber, text: str) -> AnswerNumber:
    """Take the result of a calculation that begins with a marked number, as in ``answer: 3 + 4 = 7``."""
    line_end = text.find("\n", marked.end)
    line = text[marked.end : line_end if line_end >= 0 else len(text)]
    calculation = re.match(r"[\s\d.,+*/×÷·()%xX-]*=", line)
    if calculation is None:
        return marked
    place = marked.end + line.rfind("=", 0, len(line))
    return next((number for number in numbers if number.start >= place), marked)


def _alternative(
    numbers: Sequence[AnswerNumber], taken: AnswerNumber, grader: Grader, text: str
) -> AnswerNumber | None:
    """Find another number that the answer offers beside the one that was taken, as in ``41 or 42`` or ``41-42``."""
    place, wanted = numbers.index(taken), grader.number or 0.0
    for other in numbers[max(0, place - 1) : place + 2]:
        first, second = sorted((other, taken), key=lambda number: number.start)
        if other is taken or _in_unit(other, grader, wanted)[0] == _in_unit(taken, grader, wanted)[0]:
            continue
        if is_range(text, first, second):
            return other
        either = _EITHER.fullmatch(text, first.end, second.start) or (
            _DUTCH_EITHER.fullmatch(text, first.end, second.start) if _DUTCH.search(text) else None
        )
        if either is None:
            continue
        bare = either[0].strip() == either["word"]
        if bare or not grader.units or _in_unit(other, grader, wanted)[1] or not _in_unit(taken, grader, wanted)[1]:
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
