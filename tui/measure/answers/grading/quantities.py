"""Quantities that an answer writes in several numbers, as in ``1 h 30 min``, ``5 ft 7 in`` or ``3 লাখ 50 হাজার``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from tui.measure.answers.grading.units import is_unit, scaled
from tui.measure.answers.scripts.normal import plain

_JOINED: Final = re.compile(
    plain(r"\s*(?:,?\s*(?:and|und|et|y|e|en|och|и|ve|এবং|ও|और|व|و|اور|እና|ከ|နှင့်|နဲ့|และ|กับ|又|零|と)|,)?\s*"), re.IGNORECASE
)
"""What may stand between the parts of one quantity."""


_TIGHT_POWER: Final = re.compile(r"[万萬亿億]\Z")
_DIGITS: Final = frozenset("123456789")


@dataclass(frozen=True, slots=True)
class AnswerNumber:
    """A number in a text, from ``start`` to ``end``."""

    value: float
    units: tuple[str, ...]
    """The words at it that may be its unit."""
    start: int
    end: int
    shown: str
    other: float | None = None
    """What it also may mean: ``1.500`` is 1.5 in one language and 1500 in another."""
    many: float = 0.0
    """The power in words that stands at it, such as 1000 in ``3 thousand``."""


def merged(numbers: Sequence[AnswerNumber], text: str) -> list[AnswerNumber]:
    """Put together the numbers that are parts of one quantity: of falling powers, or of falling units of one kind."""
    whole: list[AnswerNumber] = []
    for number in numbers:
        before = whole[-1] if whole else None
        sum_of_both = None if before is None else _of_powers(before, number, text) or _of_units(before, number, text)
        if sum_of_both is None:
            whole.append(number)
        else:
            whole[-1] = replace(sum_of_both, shown=text[sum_of_both.start : sum_of_both.end])
    return whole


def _of_powers(first: AnswerNumber, second: AnswerNumber, text: str) -> AnswerNumber | None:
    """Add a number to one with a power in words before it, as in ``2 lakh 50 thousand``."""
    between = text[first.end : second.start]
    if not first.many or not 0 < second.value < first.many or not _JOINED.fullmatch(between) or "," in between:
        return None
    # 3万5 is short for 3万5千.
    times = first.many / 10 if not between and _TIGHT_POWER.search(first.shown) and second.shown in _DIGITS else 1.0
    return replace(second, value=first.value + second.value * times, start=first.start, other=None)


def _of_units(first: AnswerNumber, second: AnswerNumber, text: str) -> AnswerNumber | None:
    """Add a quantity to one in a larger unit before it, as in ``2 hours and 15 minutes``."""
    between = text[first.end : second.start]
    for unit in first.units:
        before, _, after = between.partition(unit)
        if not is_unit(unit) or before.strip() or unit not in between:
            continue
        for smaller in second.units:
            in_larger, one = scaled(second.value, smaller, unit), scaled(1.0, smaller, unit)
            joined = _JOINED.fullmatch(after.lstrip(".").rstrip().removesuffix(smaller)) is not None
            if joined and in_larger is not None and one is not None and one < 1 and 0 < in_larger < 1:
                value, end = first.value + in_larger, _end(second, smaller, text)
                return replace(first, value=value, end=end, units=(unit,), other=None)
    return None


def _end(number: AnswerNumber, unit: str, text: str) -> int:
    """Where the unit after a number ends."""
    at = text.find(unit, number.end)
    return at + len(unit) if 0 <= at <= number.end + 2 else number.end
