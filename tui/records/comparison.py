"""Two runs side by side, or two models of one run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.statistics import Interval


class Quantity(StrEnum):
    """What is compared."""

    TTFT = "TTFT"
    PREFILL = "prefill rate"
    DECODE = "decode rate"
    TOTAL = "total rate"
    """Of all requests that are in flight together."""


class StepDimension(StrEnum):
    """What runs step through: each step is a question or a load of its own, so nothing is averaged over them."""

    PROMPT = "prompt length"
    OUTPUT = "output length"
    AT_ONCE = "requests at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedStep:
    """A part of a run: a prompt or a length, or a number of requests at once; with neither all of it."""

    prompt_id: str | None = None
    at_once: int | None = None

    @property
    def name(self) -> str:
        """Empty of all of a run."""
        return self.prompt_id or ("" if self.at_once is None else f"{self.at_once} at once")


class Outcome(StrEnum):
    """What a comparison says."""

    FASTER = "faster"
    SLOWER = "slower"
    NO_DIFFERENCE = "no difference that this data can show"
    CANNOT_TELL = "cannot tell: needs launches"
    GONE = "no longer measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One number of one model, before and after; TTFT in ms, rates in tok/s."""

    key: str
    prompt_id: str | None
    """``None``: over all prompts."""
    quantity: Quantity
    before: float
    after: float | None
    slowdown: float | None
    """As a share of before: of a time what it grew by, of a rate what it lost. Below 0 it is faster."""
    interval: Interval | None
    """Of the slowdown, at the level that Holm's procedure leaves to this comparison."""
    outcome: Outcome
    launches_before: int
    launches_after: int
    at_once: int | None = None
    """Requests in flight, where the runs step through numbers of them."""
    log_error: float | None = None
    """Standard error of the logarithm of after / before, where there is an interval."""
    freedom: float | None = None
    """Degrees of freedom of that error."""

    @property
    def step(self) -> ComparedStep:
        return ComparedStep(prompt_id=self.prompt_id, at_once=self.at_once)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherFigures:
    """What else is known of a model on both sides, without a verdict."""

    key: str
    e2e_before_ms: float | None
    e2e_after_ms: float | None
    peak_rss_before_bytes: int | None
    peak_rss_after_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """Two models of one run that are next to each other in a number, and whether the data tells them apart."""

    quantity: Quantity
    better: str
    worse: str
    slowdown: float
    """Of the worse against the better."""
    interval: Interval
    told_apart: bool
    launches: int
    """Of the one that had fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not the same on both sides, as text for a person."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run against an earlier one."""

    before_id: str
    after_id: str
    changes: tuple[Change, ...]
    """Headlines, in the order of the plan; of runs that step through something a change for each step instead."""
    by_prompt: tuple[Change, ...]
    """Headlines for each prompt, corrected as a family of its own."""
    beside: tuple[OtherFigures, ...]
    """One for each model of the headlines."""
    unlike: tuple[Difference, ...]
    """What makes the numbers of the two runs incomparable."""
    environment: tuple[Difference, ...]
    """What differs around the models."""
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    along: StepDimension | None = None
    steps_only_before: tuple[str, ...] = ()
    """Names of steps that were measured on this side alone."""
    steps_only_after: tuple[str, ...] = ()
    relative_to: str | None = None
    """The model that every round is set against; the numbers are as at its typical pace before."""
