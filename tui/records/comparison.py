"""The comparison of two runs, and of two models of one run. Field names are the keys of ``compare --json``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.statistics import Interval


class Quantity(StrEnum):
    """A number that runs are compared in."""

    TTFT = "TTFT"
    PREFILL = "prefill rate"
    DECODE = "decode rate"
    TOTAL = "total rate"
    """The rate of all requests that are in flight together."""


class StepDimension(StrEnum):
    """The quantity that runs vary in steps. Each step is another question or load, so no average is taken over them."""

    PROMPT = "prompt length"
    OUTPUT = "output length"
    AT_ONCE = "requests at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedStep:
    """A part of a run: one prompt or length, or one number of requests at once. Without either it is the whole run."""

    prompt_id: str | None = None
    at_once: int | None = None

    @property
    def name(self) -> str:
        """The name of the step; it is empty for a whole run."""
        return self.prompt_id or ("" if self.at_once is None else f"{self.at_once} at once")


class Outcome(StrEnum):
    """The conclusion of a comparison."""

    FASTER = "faster"
    SLOWER = "slower"
    NO_DIFFERENCE = "no difference that this data can show"
    CANNOT_TELL = "cannot tell: needs launches"
    GONE = "no longer measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One number of one model, before and after; TTFT is in ms, rates are in tok/s."""

    key: str
    prompt_id: str | None
    """The prompt that the number is of; ``None`` means all prompts."""
    quantity: Quantity
    before: float
    after: float | None
    slowdown: float | None
    """The growth of a time, or the loss of a rate, as a share of the value before. Below 0 the model became faster."""
    interval: Interval | None
    """The interval of the slowdown, at the level that Holm's procedure leaves to this comparison."""
    outcome: Outcome
    launches_before: int
    launches_after: int
    at_once: int | None = None
    """The number of requests in flight, if the runs vary it."""
    log_error: float | None = None
    """The standard error of the logarithm of after / before, if there is an interval."""
    freedom: float | None = None
    """The degrees of freedom of ``log_error``."""

    @property
    def step(self) -> ComparedStep:
        return ComparedStep(prompt_id=self.prompt_id, at_once=self.at_once)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherFigures:
    """Numbers of a model on both sides that are shown without a conclusion."""

    key: str
    e2e_before_ms: float | None
    e2e_after_ms: float | None
    peak_rss_before_bytes: int | None
    peak_rss_after_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """Two models of one run whose values are neighbours in a ranking, and whether the data tells them apart."""

    quantity: Quantity
    better: str
    worse: str
    slowdown: float
    """The slowdown of the worse model against the better one, as a share."""
    interval: Interval
    told_apart: bool
    """The data shows a difference between the two."""
    launches: int
    """The number of launches of the model that had fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A property that differs between the two sides, with both values as text for a person."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The comparison of a run with an earlier one."""

    before_id: str
    after_id: str
    changes: tuple[Change, ...]
    """The changes of the headlines, in the order of the plan; if the runs vary a quantity, one for each step."""
    by_prompt: tuple[Change, ...]
    """The changes for each prompt, whose intervals are corrected as a family of their own."""
    beside: tuple[OtherFigures, ...]
    """Further numbers, one entry for each model of ``changes``."""
    unlike: tuple[Difference, ...]
    """The differences that make the numbers of the two runs incomparable."""
    environment: tuple[Difference, ...]
    """The differences of machine and software."""
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    along: StepDimension | None = None
    """The quantity that both runs vary in steps, if they do."""
    steps_only_before: tuple[str, ...] = ()
    """The names of the steps that only the earlier run measured."""
    steps_only_after: tuple[str, ...] = ()
    """The names of the steps that only the later run measured."""
    relative_to: str | None = None
    """The model that every round was divided by; the numbers are scaled to its typical speed in the earlier run."""
