"""How often models answer rightly, with its uncertainty, and the paired difference between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.statistics import Interval


class Better(StrEnum):
    """The conclusion about two pass rates over the same prompts."""

    BETTER = "better"
    WORSE = "worse"
    TOO_CLOSE = "too close to call"
    TOO_FEW = "too few prompts to tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPasses:
    """How often one model answered one prompt rightly."""

    prompt_id: str
    answers: int
    """The graded answers; an empty one is a wrong one, and a failed request is none."""
    passed: int
    score: float
    """The mean score of the answers, from 0 to 1, with partial credit."""

    @property
    def rate(self) -> float:
        """Return the share of the answers that are right."""
        return self.passed / self.answers


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRate:
    """How often one model answered rightly, as the mean over the prompts. Field names are keys of the JSON of a run."""

    key: str
    prompts: int
    answers: int
    passed: int
    rate: float
    interval: Interval
    score: float
    """The mean score over the prompts, with partial credit."""
    repeats: int = 1
    """The ``k`` of the two numbers below: the fewest answers to a prompt, at most 5."""
    at_least_once: float | None = None
    """pass@k: the chance that at least one of k answers is right; ``None`` if nothing was drawn repeatedly."""
    every_time: float | None = None
    """pass^k: the chance that all of k answers are right; ``None`` as above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDifference:
    """Two pass rates over the prompts that both were asked. Field names are keys of ``compare --json``."""

    before_key: str
    after_key: str
    prompts: int
    before: float
    after: float
    difference: float
    """``after - before``, as a share of 1: 0.1 are 10 percentage points more."""
    interval: Interval
    """At the level that the correction for several comparisons leaves to this one."""
    probability: float
    """Two-sided: of a difference at least this large between equals."""
    only_before: int
    """The prompts that are answered rightly more often before."""
    only_after: int
    """The prompts that are answered rightly more often after."""
    outcome: Better
