"""Numbers that are written in words, of any size, in the languages of ``number_table``.

A number is read with a stack: what is added waits there, and a power multiplies all smaller numbers on top of it, so
that ``two hundred thousand``, ``三千五百万`` and ``পাঁচ লাখ কুড়ি হাজার`` are read by the same rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from tui.measure.answers.grading.units import is_unit
from tui.measure.answers.scripts.normal import plain
from tui.measure.answers.scripts.words import regex
from tui.measure.answers.vocabulary.number_table import (
    ALONE,
    ENDINGS,
    FIXED,
    HALVES,
    JOINED_AFTER_POWER,
    JOINERS,
    MORE_NUMBERS,
    NUMBERS,
    ONES_FIRST,
    POWERS,
    PREFIXES,
    SCRIPTS,
    SHARES,
    SHIFTS,
    WITHOUT_SPACES,
)

WITHIN: Final = r"\w\u0300-\u036f\u064b-\u0652\u0900-\u0963\u0966-\u0dff\u135d-\u135f"
"""Letters and signs beside which a word is a part of a longer one."""
_SAME: Final = (
    *("ँं", "هة", "ሀሃሐሓኀኃ", "ሁሑኁ", "ሂሒኂ", "ሄሔኄ", "ህሕኅ", "ሆሖኆ", "ሰሠ", "ሱሡ", "ሲሢ", "ሳሣ", "ሴሤ", "ስሥ", "ሶሦ"),
    *("አኣዐዓ", "ኡዑ", "ኢዒ", "ኤዔ", "እዕ", "ኦዖ", "ጸፀ", "ጹፁ", "ጺፂ", "ጻፃ", "ጼፄ", "ጽፅ", "ጾፆ"),
)
"""Letters that are written one for another."""
_OPTIONAL: Final = "\u093c\u09bc"
"""Signs that are often left out: the dot that makes another consonant in Devanagari and Bengali."""
_POINT_WORDS: Final = "point|点|點|・|จุด|दशमलव|দশমিক|اعشاریہ|فاصلة|ነጥብ|ဒသမ|virgule|komma|coma|virgola|vírgula"
_POINT: Final = re.compile(
    rf"(?<=\d)\s?(?:{_POINT_WORDS})\s?(?P<part>\d(?!\d)(?:\s?\d(?!\d))*|\d+)(?![\d.])", re.IGNORECASE
)
_POINT_AND_POWER: Final = re.compile(
    rf"(?P<whole>\d+)\s?(?:{_POINT_WORDS})\s?(?P<digit>[1-9])(?P<zeros>0{{3,18}})(?!\d)", re.IGNORECASE
)
_JAPANESE: Final = re.compile("[\u3040-\u30ff円]")
_FEW_LETTERS, _SHORT_TEXT = 4, 4
_MOST: Final = 10**18


_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Word:
    """What a word does to a number."""

    kind: str
    """``number``, ``power``, ``share``, ``shift``, ``fixed`` or ``half``."""
    value: float
    alone: bool = True


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a number that waits on the stack; what is added after it is smaller than ``room``."""

    value: float
    room: float


@dataclass(frozen=True, slots=True)
class _Run:
    """Numbers that follow each other in a text, from ``start`` to ``end``."""

    start: int
    end: int
    digits: str


@lru_cache(maxsize=256)
def in_digits(text: str) -> str:
    """Write the numbers of a text that stand in words as digits; ``text`` is in the form of ``normal.plain``.

    Of the languages of one script the one counts of whose words the text has most.
    """
    written = text
    for letters, languages in SCRIPTS.items():
        if not re.search(f"[{letters}]", written, re.IGNORECASE):
            continue
        runs_of = [_runs(language, written) for language in languages.split()]
        best = max(runs_of, key=lambda runs: sum(run.end - run.start for run in runs))
        if best is not runs_of[0] and _is_chance(best, written):
            continue
        for run in reversed(best):
            written = f"{written[: run.start]}{run.digits}{written[run.end :]}"
    if written == text:
        return text
    written = _POINT_AND_POWER.sub(_with_power, written)
    return _POINT.sub(lambda match: "." + "".join(match["part"].split()), written)


def _with_power(match: re.Match[str]) -> str:
    """Read ``4 point 2000000``, which was *four point two million*."""
    return f"{float(match['whole'] + '.' + match['digit']) * 10 ** len(match['zeros']):.12g}"


def _is_chance(runs: list[_Run], text: str) -> bool:
    """Whether so few letters of a longer text are words of numbers that they may be words of another language."""
    few = sum(run.end - run.start for run in runs) < _FEW_LETTERS and len(text.split()) > _SHORT_TEXT
    return few and not any(is_unit(word) for run in runs for word in text[run.end :].split()[:1])


def _runs(language: str, text: str) -> list[_Run]:
    """Find the numbers of one language."""
    words, runs = _words(language), list[_Run]()
    for match in _pattern(language).finditer(text):
        spans: list[_Span] = match.spans("word")
        if language in WITHOUT_SPACES:
            spans = _without_loose_power(spans, words, text)
        if language in JOINED_AFTER_POWER:
            spans = _without_loose_one(spans, words, text)
        parts = [words[_key(text[start:end])] for start, end in spans]
        if language == "zh":
            spans, parts = _with_next_power(spans, parts, japanese=_JAPANESE.search(text) is not None)
        joined = [bool(text[before:start].strip(" -\n")) for (_, before), (start, _) in pairwise(spans)]
        if len(parts) > 1 and language in WITHOUT_SPACES and all(word.kind == "number" for word in parts):
            runs.append(_Run(spans[0][0], spans[-1][1], "".join(f"{word.value:g}" for word in parts)))
        elif parts:
            numbers = _split(parts, [False, *joined], ones_first=language in ONES_FIRST)
            runs += [
                _Run(spans[first][0], spans[last][1], f"{min(value, _MOST):.12g}") for value, first, last in numbers
            ]
    return runs


def _without_loose_power(spans: list[_Span], words: dict[str, _Word], text: str) -> list[_Span]:
    """Leave out a power at the beginning that multiplies nothing, as in 千米; but 十 is 10, and 千五百 is 1500."""
    first = words[_key(text[slice(*spans[0])])]
    loose = first.kind == "power" and first.value > (10 if len(spans) == 1 else 1000)
    return spans[1:] if loose else spans


def _with_next_power(spans: list[_Span], parts: list[_Word], *, japanese: bool) -> tuple[list[_Span], list[_Word]]:
    """Read the last digit of 一万五 as one of the next smaller power, 15000; 零 tells that it is none: 一万零五.

    Japanese has no such short form.
    """
    last = parts[-1]
    power = parts[-2].value if len(parts) > 1 and parts[-2].kind == "power" else 0.0
    if power >= 100 and 0 < last.value < 10 and last.kind == "number" and not japanese:
        parts = [*parts[:-1], _Word("number", last.value * power / 10)]
    kept = [
        place
        for place, word in enumerate(parts)
        if word.value or not place or parts[place - 1].kind != "power" or place == len(parts) - 1
    ]
    return [spans[place] for place in kept], [parts[place] for place in kept]


def _without_loose_one(spans: list[_Span], words: dict[str, _Word], text: str) -> list[_Span]:
    """Leave out a one at the end that no ``and`` joins to a power, as in مليون واحد, one million."""
    if len(spans) < 2:
        return spans
    before, last = (words[_key(text[start:end])] for start, end in spans[-2:])
    joined = text[spans[-2][1] : spans[-1][0]].strip()
    return spans[:-1] if before.kind == "power" and last.value == 1 and not joined else spans


def _split(words: list[_Word], joined: list[bool], *, ones_first: bool) -> list[tuple[float, int, int]]:
    """Read words as numbers; a word that does not go on with a number begins the next one.

    Gives each number with the places of its first and last word.
    """
    numbers: list[tuple[float, int, int]] = []
    stack: list[_Part] = []
    begin, shift = 0, 0.0

    def close(end: int) -> None:
        if stack or shift:
            numbers.append((sum(part.value for part in stack) + (1 + shift if shift else 0), begin, end))
        stack.clear()

    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else None
        before_share = joined[place] and following is not None and following.kind == "share"
        if not _goes_on(stack, word, joined=joined[place], ones_first=ones_first) and not before_share:
            close(place - 1)
            begin, shift = place, 0.0
        if word.kind == "share" and not stack and not word.alone:
            begin = place + 1
            continue
        if word.kind == "shift":
            shift = word.value
            continue
        _put(stack, word, shift, joined=joined[place])
        shift = 0.0
    close(len(words) - 1)
    return numbers


def _goes_on(stack: list[_Part], word: _Word, *, joined: bool, ones_first: bool) -> bool:
    """Whether a word can belong to the number before it."""
    if not stack or word.kind in ("power", "share", "half"):
        return True
    top = stack[-1]
    if word.kind == "shift":
        return top.room > 1
    if word.kind == "fixed":
        return joined and word.value < 1
    if word.value < top.room:
        return True
    tens = word.value == 10 or (joined and word.value < 100 and not word.value % 10)
    return ones_first and top.value < 10 and tens


def _put(stack: list[_Part], word: _Word, shift: float, *, joined: bool) -> None:
    """Add a word to the parts of a number."""
    match word.kind:
        case "power":
            smaller = 0.0
            while stack and stack[-1].value < word.value:
                smaller += stack.pop().value
            stack.append(_Part(((smaller or 1.0) + shift) * word.value, word.value))
        case "share":
            times = stack.pop().value if stack and not joined else 1.0
            stack.append(_Part(times * word.value, 0))
        case "half":
            stack.append(_Part(stack[-1].room / 2 if stack else word.value, 0))
        case "fixed":
            stack.append(_Part(word.value, 0))
        case _:
            room = next((power for power in (1000, 100, 10) if not word.value % power), 1)
            stack.append(_Part(word.value + shift, room if word.value >= 10 else 0))


def _key(word: str) -> str:
    """The form in which words are looked up: one letter for those that are the same, and no space or hyphen."""
    key = re.sub(rf"[\s_{_OPTIONAL}-]+", "", word.casefold())
    return key.translate(_FIRST_OF_SAME)


_FIRST_OF_SAME: Final = {ord(sign): same[0] for same in _SAME for sign in same}


@lru_cache(maxsize=len(NUMBERS) + len(MORE_NUMBERS))
def _words(language: str) -> dict[str, _Word]:
    """The words of a language, by their keys."""
    listed = (
        (plain(word), number if number < 100 else 100, "number" if number < 100 else "power")
        for number, word in enumerate(_to_hundred(language))
    )
    words = {_key(word): _Word(kind, float(value)) for word, value, kind in listed}
    for kind, table in (("number", MORE_NUMBERS), ("power", POWERS), ("shift", SHIFTS), ("fixed", FIXED)):
        words |= {_key(word): _Word(kind, value) for word, value in _listed(table.get(language, ""))}
    words |= {_key(plain(word)): _Word("half", 0.5) for word in HALVES.get(language, ())}
    alone = {_key(plain(word)) for word in ALONE.split()}
    for word, parts in _listed(SHARES.get(language, "")):
        words.setdefault(_key(word), _Word("share", 1 / parts, _key(word) in alone))
        if language == "en":
            words[_key(f"a {word}")] = _Word("fixed", 1 / parts)
    return words


def _to_hundred(language: str) -> list[str]:
    """The words from 0 to 100, or to 99 where the hundred is written with words of its own."""
    words = NUMBERS.get(language, "").split()
    return words[:100] if language in WITHOUT_SPACES else words


def _listed(text: str) -> list[tuple[str, float]]:
    """Read a list of numbers, each with the words for it after it."""
    value, words = 0.0, list[tuple[str, float]]()
    for part in text.split():
        if re.fullmatch(r"-?\d+(?:\.\d+)?", part):
            value = float(part)
        else:
            words.append((plain(part), value))
    return words


@lru_cache(maxsize=len(NUMBERS) + len(MORE_NUMBERS))
def _pattern(language: str) -> Any:
    """Compile the search for numbers of a language: words one after the other, which end where a word ends."""
    listed = [
        word for table in (MORE_NUMBERS, POWERS, SHIFTS, FIXED, SHARES) for word, _ in _listed(table.get(language, ""))
    ]
    listed += [plain(word) for word in _to_hundred(language)]
    listed += map(plain, HALVES.get(language, ()))
    if language == "en":
        listed += [f"a_{word}" for word, _ in _listed(SHARES["en"])]
    words = "|".join(_loose(word) for word in sorted(set(listed), key=len, reverse=True))
    if language in WITHOUT_SPACES:
        space = " ?" if language == "my" else ""
        word = rf"(?P<word>{words})(?!{plain('ခိုင်')})"
        return regex().compile(rf"{word}(?:{space}{word})*")
    between = rf"(?:[\s-]*|{JOINERS[language]})" if language in JOINERS else r"[\s-]*"
    ending = f"(?:{ENDINGS[language]})?" if language in ENDINGS else ""
    start = (
        rf"(?:(?<![{WITHIN}])|(?<=(?<![{WITHIN}])(?:{PREFIXES[language]})))"
        if language in PREFIXES
        else rf"(?<![{WITHIN}])"
    )
    source = rf"{start}(?P<word>{words})(?:{between}(?P<word>{words}))*(?={ending}(?![{WITHIN}]))"
    return regex().compile(source, regex().IGNORECASE)


def _loose(word: str) -> str:
    """The pattern of a word, whichever of its letters that are the same are written."""
    pattern = ""
    for sign in word:
        same = next((letters for letters in _SAME if sign in letters), "")
        pattern += f"[{same}]" if same else r"[\s-]?" if sign == "_" else regex().escape(sign)
        pattern += "?" if sign in _OPTIONAL else ""
    return pattern
