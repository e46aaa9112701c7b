"""The text fields of the benchmark dialog: how each is read, and which sentence is shown if it cannot be read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from tui.bench.planning.checks import Names
from tui.bench.planning.sweep import MOST_TOKENS
from tui.records.measurement_settings import SETTINGS, Entry, NumberList, Percentage, Setting, WholeNumber
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


def _amount(text: str) -> float:
    value = float(text or 0)
    if not math.isfinite(value) or value < 0:
        raise ValueError(text)
    return value


def _share(text: str) -> float:
    share = share_in(text)
    if share is None:
        raise ValueError(text)
    return share


def _numbers(most: int) -> Callable[[str], tuple[int, ...]]:
    def read(text: str) -> tuple[int, ...]:
        numbers = numbers_in(text, most)
        if numbers is None:
            raise ValueError(text)
        return numbers

    return read


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


def _in_per_cent(share: float) -> str:
    return f"{share * 100:g}%"


def _plainly(amount: float) -> str:
    return f"{amount:g}"


def _optional(read: Callable[[str], object]) -> Callable[[str], object]:
    return lambda text: read(text) if text else None


def _field(setting: Setting, entry: Entry) -> Field[Any]:
    """The text field of a setting; one without a default may stay empty."""
    shown: Callable[[Any], str] = str
    match setting.kind:
        case WholeNumber(least):
            expected, read = f"a whole number from {least} up is", _whole_from(least)
        case Percentage():
            expected, read, shown = "a share such as 3% is", _share, _in_per_cent
        case NumberList(most):
            expected, read, shown = f"numbers from 1 to {most}, as 1, 2, 4, 8, are", _numbers(most), _listed
        case _:
            expected, read, shown = "seconds from 0 up are", _amount, _plainly
    optional = setting.default is None
    return Field(
        id=setting.option.removeprefix("--"),
        label=entry.label,
        expected=expected,
        read=_optional(read) if optional else read,
        shown=lambda value: "" if value is None else shown(value),
        off=entry.if_empty,
        tooltip=entry.tooltip,
        most_cells=30 if isinstance(setting.kind, NumberList) else 5,
    )


_ENTRIES: Final = sorted(
    ((setting, setting.entry) for setting in SETTINGS.values() if setting.entry is not None),
    key=lambda row: row[1].place,
)
FIELDS: Final[Mapping[str, Field[Any]]] = {setting.name: _field(setting, entry) for setting, entry in _ENTRIES}
"""The fields of the settings, by the name of the setting and in the order in which they are shown."""
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
    until=f'"{FIELDS["until_interval"].label}"',
    most_rounds=f'"{FIELDS["max_rounds"].label}"',
    sweep="a sweep",
    at_once=f'"{FIELDS["concurrency"].label}"',
    side_by_side="side by side",
    in_turns="in turns",
)
"""The names of the dialog for what the command line names by its options, for sentences about a plan."""
