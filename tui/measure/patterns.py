"""Regular expressions whose time grows with the text and no faster, whatever the pattern.

Python's own engine goes back and tries again, so that ``(a+)+$`` on forty letters takes hours, and a limit of time
would make the result depend on the machine. Here all ways through the pattern are walked at once (Thompson 1968). What
that cannot do, references to groups and looking around, is refused. Only whether there is a match is told, so that
greedy or not makes no difference.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Final

MOST_STATES: Final = 1_000
"""``{m,n}`` is written out: a pattern that grows beyond this is refused."""
_MOST_KEPT: Final = 5_000
_DEEPEST: Final = 50
_FLAGS: Final = re.IGNORECASE
_COUNTS: Final = re.compile(r"\{(\d*)(,?)(\d*)\}")
_ESCAPE: Final = re.compile(
    r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]+\}|0[0-7]{0,2}|[1-3][0-7]{2}|.)", re.DOTALL
)


class BadPattern(ValueError):
    """The pattern cannot be used; the message says why, without a full stop."""


class _Place(Enum):
    """What must hold at a place between two characters."""

    START = "start"
    END = "end"
    LAST_LINE = "last line"
    EDGE = "edge of a word"
    NO_EDGE = "no edge of a word"


@dataclass(slots=True)
class _State:
    """Goes on to ``after``: over a character that ``takes``, or at once where ``place`` holds."""

    takes: Callable[[str], object] | None = None
    place: _Place | None = None
    after: list[int] = field(default_factory=list[int])


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the pattern in the making: where it is entered and left."""

    first: int
    last: int


_Key = tuple[frozenset[int], frozenset[_Place]]


class Pattern:
    """A pattern that is looked for anywhere in a text, whatever the case of its letters."""

    def __init__(self, states: list[_State], whole: _Part) -> None:
        self._states = states
        self._first, self._last = whole.first, whole.last
        self._reached: dict[_Key, frozenset[int]] = {}
        self._stepped: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def found_in(self, text: str) -> bool:
        """Whether it matches somewhere."""
        at = frozenset[int]()
        for index in range(len(text) + 1):
            reached = self._reach(at | {self._first}, _places(text, index))
            if self._last in reached:
                return True
            if index < len(text):
                at = self._step(reached, text[index])
        return False

    def _reach(self, at: frozenset[int], places: frozenset[_Place]) -> frozenset[int]:
        """Every state that is come to without a further character."""
        known = self._reached.get((at, places))
        if known is not None:
            return known
        seen, waiting = set(at), list(at)
        while waiting:
            state = self._states[waiting.pop()]
            if state.takes is None and (state.place is None or state.place in places):
                fresh = [after for after in state.after if after not in seen]
                seen.update(fresh)
                waiting += fresh
        if len(self._reached) > _MOST_KEPT:
            self._reached.clear()
        self._reached[at, places] = reached = frozenset(seen)
        return reached

    def _step(self, reached: frozenset[int], character: str) -> frozenset[int]:
        known = self._stepped.get((reached, character))
        if known is not None:
            return known
        states = (self._states[each] for each in reached)
        after = frozenset(
            each for state in states if state.takes is not None and state.takes(character) for each in state.after
        )
        if len(self._stepped) > _MOST_KEPT:
            self._stepped.clear()
        self._stepped[reached, character] = after
        return after


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """The pattern in Python's notation, ready to be looked for.

    Raises:
        BadPattern: it is none, or needs what cannot be done in bounded time.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern, _FLAGS)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise BadPattern(str(error)) from None
    reader = _Reader(pattern)
    return Pattern(reader.states, reader.whole())


def _places(text: str, index: int) -> frozenset[_Place]:
    before = index > 0 and _is_word(text[index - 1])
    after = index < len(text) and _is_word(text[index])
    found = {_Place.EDGE if before != after else _Place.NO_EDGE}
    if index == 0:
        found.add(_Place.START)
    if index == len(text):
        found |= {_Place.END, _Place.LAST_LINE}
    if index == len(text) - 1 and text[index] == "\n":
        found.add(_Place.LAST_LINE)
    return frozenset(found)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


class _Reader:
    """Reads a pattern that Python has found to be one, so that no mistakes have to be looked for."""

    def __init__(self, pattern: str) -> None:
        self.states: list[_State] = []
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def whole(self) -> _Part:
        return self._choice()

    def _choice(self) -> _Part:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadPattern(f"groups stand in each other more than {_DEEPEST} deep")
        ways = [self._sequence()]
        while self._take("|"):
            ways.append(self._sequence())
        self._depth -= 1
        if len(ways) == 1:
            return ways[0]
        first, last = self._state(), self._state()
        self.states[first].after = [way.first for way in ways]
        for way in ways:
            self.states[way.last].after.append(last)
        return _Part(first, last)

    def _sequence(self) -> _Part:
        first = last = self._state()
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            part = self._repeated()
            self.states[last].after.append(part.first)
            last = part.last
        return _Part(first, last)

    def _repeated(self) -> _Part:
        start = self._at
        part = self._atom()
        counts = self._counts()
        if counts is None:
            return part
        least, most = counts
        if self._take("+"):
            raise BadPattern("a possessive repeat such as a++ cannot be used here")
        self._take("?")
        after = self._at
        parts = [part]
        while len(parts) < max(least, 1 if most is None else most, 1):
            self._at = start
            parts.append(self._atom())
        self._at = after
        return self._chained(parts, least, endless=most is None, none=most == 0)

    def _chained(self, parts: list[_Part], least: int, *, endless: bool, none: bool) -> _Part:
        first, last = self._state(), self._state()
        if none:
            self.states[first].after = [last]
            return _Part(first, last)
        at = first
        for count, part in enumerate(parts):
            if count >= least:
                self.states[at].after.append(last)
            self.states[at].after.append(part.first)
            at = part.last
        self.states[at].after.append(last)
        if endless:
            self.states[at].after.append(parts[-1].first)
        return _Part(first, last)

    def _counts(self) -> tuple[int, int | None] | None:
        """How often the last atom stands: at least and at most; ``None`` where nothing is said."""
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return counts
        match = _COUNTS.match(self._pattern, self._at)
        if match is None or not (match[1] or match[2]):
            return None
        self._at = match.end()
        least = int(match[1] or 0)
        most = (int(match[3]) if match[3] else None) if match[2] else least
        if max(least, most or 0) > MOST_STATES:
            raise BadPattern(f"{match[0]} repeats too often")
        return least, most

    def _atom(self) -> _Part:
        sign = self._pattern[self._at]
        match sign:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "^" | "$":
                self._at += 1
                return self._at_place(_Place.START if sign == "^" else _Place.LAST_LINE)
            case "\\":
                return self._escaped()
            case _:
                self._at += 1
                return self._one(sign if sign == "." else re.escape(sign))

    def _group(self) -> _Part:
        self._at += 1
        if self._take("?"):
            named = re.compile(r"P<\w+>").match(self._pattern, self._at)
            if named is not None:
                self._at = named.end()
            elif not self._take(":"):
                raise BadPattern(
                    f"(?{self._pattern[self._at]} cannot be used here: groups are (...), (?:...), (?P<name>...)"
                )
        part = self._choice()
        self._at += 1
        return part

    def _class(self) -> _Part:
        start = self._at
        self._at += 1
        self._take("^")
        self._take("]")
        while self._pattern[self._at] != "]":
            self._at += 2 if self._pattern[self._at] == "\\" else 1
        self._at += 1
        return self._one(self._pattern[start : self._at])

    def _escaped(self) -> _Part:
        match = _ESCAPE.match(self._pattern, self._at)
        assert match is not None
        self._at = match.end()
        places = {"A": _Place.START, "Z": _Place.END, "b": _Place.EDGE, "B": _Place.NO_EDGE}
        if match[1] in places:
            return self._at_place(places[match[1]])
        if len(match[1]) == 1 and match[1] in "123456789":
            raise BadPattern(f"{match[0]} cannot be used here: what a group has matched is not kept")
        return self._one(match[0])

    def _one(self, source: str) -> _Part:
        return self._linked(_State(takes=re.compile(source, _FLAGS).fullmatch))

    def _at_place(self, place: _Place) -> _Part:
        return self._linked(_State(place=place))

    def _linked(self, state: _State) -> _Part:
        first, last = self._state(state), self._state()
        self.states[first].after = [last]
        return _Part(first, last)

    def _state(self, state: _State | None = None) -> int:
        if len(self.states) >= MOST_STATES:
            raise BadPattern("it is too long, or repeats too often")
        self.states.append(state or _State())
        return len(self.states) - 1

    def _take(self, sign: str) -> bool:
        taken = self._pattern.startswith(sign, self._at)
        self._at += len(sign) if taken else 0
        return taken


def found_any(sources: Iterable[str], text: str) -> bool:
    """Whether any of these patterns matches somewhere in the text."""
    return any(compiled(source).found_in(text) for source in sources)
