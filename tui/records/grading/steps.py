"""How often one model answers rightly, over the length of the context or over the load, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.grading.rates import PassRate, RateDifference


class QualityAcross(StrEnum):
    """What changes from step to step."""

    LENGTH = "context length"
    LOAD = "load"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityStep:
    """One length or load of one model. Field names are keys of the JSON of a run."""

    at: float
    """About the tokens of the context, the requests at once, or the requests that arrive in a second."""
    rate: PassRate | None
    """``None`` if no answer was graded there."""
    failed: int
    """The requests that failed; they are no wrong answers, and count nowhere."""
    missed: tuple[int, ...] = ()
    """For a length: how far into the text the facts stand that were not always found, in per cent."""
    difference: RateDifference | None = None
    """For a load: the paired difference from the lowest load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySteps:
    """The steps of one model. Field names are keys of the JSON of a run."""

    key: str
    across: QualityAcross
    steps: tuple[QualityStep, ...]
    """In rising order."""
    by_arrivals: bool = False
    """The load is a rate of arrivals, and not a number of requests at once."""
    good_up_to: float | None = None
    """For a length: the longest up to which more than half of the facts were found at each length."""
    certain: bool | None = None
    """For a length: whether the data tell that beyond ``good_up_to`` fewer are found; ``None`` if nothing is beyond."""


def asked_context(prompt_id: str) -> tuple[int, int] | None:
    """Read length and depth from the id of a task of a context pack; ``None`` if it is none of these."""
    name, *numbers = prompt_id.split("-")
    if name != "context" or len(numbers) != 2 or not all(number.isdecimal() for number in numbers):
        return None
    return int(numbers[0]), int(numbers[1])
