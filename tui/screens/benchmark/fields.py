"""The text fields of the benchmark dialog: how each is read, and which sentence is shown if it cannot be read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from tui.bench.planning.checks import Names
from tui.bench.planning.steps import DEFAULT_MAX_ROUNDS, MOST_AT_ONCE
from tui.bench.planning.sweep import MOST_TOKENS
from tui.text.sizes import numbers_in, share_in

Value = TypeVar("Value")


class NotAsExpected(ValueError):
    """A field cannot be read, or fields do not go together; the text is the sentence for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(Generic[Value]):
    """One text field: its words, and how its value is read from text and written as text."""

    id: str
    label: str
    expected: str
    read: Callable[[str], Value]
    """Gives the value of a text without spaces around it; raises ValueError for a text that is no such value."""
    shown: Callable[[Value], str] = str
    off: str = ""
    """The placeholder of an empty field: the value that it stands for."""
    tooltip: str = ""
    most_cells: int = 5
    """The greatest number of characters that can be typed."""

    def value_of(self, text: str) -> Value:
        """Read what was typed.

        Raises:
            NotAsExpected: if the text is no value of this field.
        """
        try:
            return self.read(text.strip())
        except ValueError:
            raise NotAsExpected(f"{self.label}: {self.expected} expected.") from None


def _whole_from(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdigit() or int(text) < least:
            raise ValueError(text)
        return int(text)

    return read


def _whole_or_none(text: str) -> int | None:
    return _whole_from(1)(text) if text else None


def _share_or_none(text: str) -> float | None:
    share = share_in(text) if text else None
    if text and share is None:
        raise ValueError(text)
    return share


def _seconds(text: str) -> float:
    value = float(text or 0)
    if not math.isfinite(value) or value < 0:
        raise ValueError(text)
    return value


def _numbers(most: int) -> Callable[[str], tuple[int, ...]]:
    def read(text: str) -> tuple[int, ...]:
        numbers = numbers_in(text, most)
        if numbers is None:
            raise ValueError(text)
        return numbers

    return read


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


def _number(field_id: str, label: str, least: int) -> Field[int]:
    expected = f"a whole number from {least} up is"
    return Field(id=field_id, label=label, expected=expected, read=_whole_from(least))


ROUNDS: Final = _number("rounds", "Rounds", 1)
WARMUP: Final = _number("warmup", "Warm-up", 0)
LAUNCHES: Final = _number("launches", "Launches", 1)
MAX_TOKENS: Final = _number("max-tokens", "Max tokens", 1)
UNTIL: Final[Field[float | None]] = Field(
    id="until",
    label="Until ±",
    expected="a share such as 3% is",
    read=_share_or_none,
    shown=lambda share: "" if share is None else f"{share * 100:g}%",
    off="off",
    tooltip="Adds rounds until the 95 % interval of TTFT and decode rate reaches no further than this share to either "
    "side, as 3%; with launches above 1 it adds launches",
)
MOST_ROUNDS: Final[Field[int | None]] = Field(
    id="max-rounds",
    label="Most rounds",
    expected="a whole number from 1 up is",
    read=_whole_or_none,
    shown=lambda rounds: "" if rounds is None else str(rounds),
    off=str(DEFAULT_MAX_ROUNDS),
    tooltip="Rounds at which adding ends",
)
COOL_DOWN: Final[Field[float]] = Field(
    id="cool-down",
    label="Cool-down s",
    expected="seconds from 0 up are",
    read=_seconds,
    shown=lambda seconds: f"{seconds:g}",
    off="0",
    tooltip="Seconds of rest before each request",
)
AT_ONCE: Final[Field[tuple[int, ...]]] = Field(
    id="at-once",
    label="At once",
    expected=f"numbers from 1 to {MOST_AT_ONCE}, as 1, 2, 4, 8, are",
    read=_numbers(MOST_AT_ONCE),
    shown=_listed,
    most_cells=30,
    tooltip="Requests that a server is sent at once, one number after the other",
)
LENGTHS: Final[Field[tuple[int, ...]]] = Field(
    id="lengths",
    label="Lengths",
    expected=f"tokens from 1 to {MOST_TOKENS:,}, as 128, 512, 2048, are",
    read=_numbers(MOST_TOKENS),
    shown=_listed,
    most_cells=80,
    tooltip="In tokens; each is measured by itself, and no average is taken over them",
)
NAMES: Final = Names(
    rounds="more rounds",
    until='"Until ±"',
    most_rounds='"Most rounds"',
    sweep="a sweep",
    at_once='"At once"',
    side_by_side="side by side",
    in_turns="in turns",
)
"""The names of the dialog for what the command line names by its options, for sentences about a plan."""
