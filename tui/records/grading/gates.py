"""What a gate looked at and decided: one table of results for the terminal and for whatever else shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.statistics import Interval


class GateNumber(StrEnum):
    """The kind of number that a gate is set on."""

    SPEED = "speed"
    QUALITY = "quality"
    FAILURES = "failed requests"
    E2E = "E2E"
    MEMORY = "peak memory"
    ANSWERS = "changed answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailOver:
    """What a comparison fails over, as shares of 1; ``None`` sets no gate on a number."""

    speed: float | None = None
    """The loss of speed, in TTFT and in each rate."""
    quality: float | None = None
    """The loss of the pass rate, in points of 1: 0.05 are 5 percentage points."""
    e2e: float | None = None
    """The growth of E2E."""
    memory: float | None = None
    """The growth of the peak memory of a launch."""
    failures: float | None = None
    """The growth of the share of requests that fail, in points of 1. Without it no request more may fail."""
    answers: float | None = None
    """The share of the prompts whose answer has changed."""


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
    limit: float | None = None
    """The limit of the gate, as a share of 1."""
    value: float | None = None
    """What is held against the limit, as a share of 1."""
    interval: Interval | None = None
    """The interval of the value, whose near end must be beyond the limit for the gate to fail."""
