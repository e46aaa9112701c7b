"""What a gate looked at and decided: one table of results for the terminal and for whatever else shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class GateNumber(StrEnum):
    """The kind of number that a gate is set on."""

    SPEED = "speed"
    QUALITY = "quality"
    FAILURES = "failed requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailOver:
    """What a comparison fails over; ``None`` sets no gate on a number."""

    speed: float | None = None
    """The loss of speed, as a share of 1."""
    quality: float | None = None
    """The loss of the pass rate, in points of 1: 0.05 are 5 percentage points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """The decision of a gate about one number of one model."""

    number: GateNumber
    key: str
    """The key of the model."""
    name: str
    """The number in words, with its step and its run if there are several: ``TTFT, rag``."""
    passed: bool | None
    """``None`` if the data cannot tell."""
    words: str
    """What was found, as a sentence without a full stop."""
