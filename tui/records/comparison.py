"""The comparison of two runs, and of two models of one run, and which numbers take part in no conclusion.

Field names are the keys of ``compare --json``. ``CONCERNS`` is the one table of what flags cast doubt on: by it numbers
are marked and left out of conclusions, and ``measure.doubt`` applies it to the rounds of a model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tui.records.grading.rates import RateDifference
from tui.records.sample import (
    ANSWER_TOO_LONG,
    COUNT_DOUBTED,
    COUNTS_DIFFER,
    END_UNKNOWN,
    IN_LUMPS,
    MAYBE_CACHED,
    PROMPT_CACHED,
    PROMPT_CUT,
    RATE_UNSURE,
    SERVER_MEMORY,
    TOKENS_BY_TOKENIZER,
    TOKENS_ESTIMATED,
    TOKENS_HIDDEN,
)
from tui.records.statistics import Interval


class Quantity(StrEnum):
    """A number that runs are compared in."""

    TTFT = "TTFT"
    PREFILL = "prefill rate"
    DECODE = "decode rate"
    TOTAL = "total rate"
    """The rate of all requests that are in flight together."""
    E2E = "E2E"
    MEMORY = "peak memory"


LESS_IS_BETTER: Final = frozenset({Quantity.TTFT, Quantity.E2E, Quantity.MEMORY})
"""The quantities that are worse the larger they are; of the rates it is the other way round."""


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
    LESS = "less"
    """The verdict on memory, where the later run took less of it."""
    MORE = "more"
    NO_DIFFERENCE = "no difference that this data can show"
    CANNOT_TELL = "cannot tell: needs launches"
    IN_DOUBT = "not compared: in doubt"
    GONE = "no longer measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchSpread:
    """How far one number of a model differs over runs of the history that were asked the same."""

    key: str
    quantity: Quantity
    runs: int
    low: float
    """The smallest value, in ms or tok/s; ``high`` is the largest."""
    high: float


NOTICEABLE: Final = 0.01
"""A smaller change is told apart where numbers repeat well, as memory does, and makes no difference to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One number of one model, before and after; times are in ms, rates in tok/s, memory in bytes."""

    key: str
    prompt_id: str | None
    """The prompt that the number is of; ``None`` means all prompts."""
    quantity: Quantity
    before: float
    after: float | None
    slowdown: float | None
    """The growth of a time or of memory, or the loss of a rate, as a share of the value before. Below 0 is better."""
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
    doubt: str = ""
    """The reason why the two values are not held against each other."""
    measured_before: float | None = None
    """The value as it was measured, which is ``before``, if ``after`` is relative to the yardstick."""
    measured_after: float | None = None
    flags_before: tuple[str, ...] = ()
    """The flags of the rounds that ``before`` rests on, for the marks beside it; ``flags_after`` are of the others."""
    flags_after: tuple[str, ...] = ()

    @property
    def step(self) -> ComparedStep:
        return ComparedStep(prompt_id=self.prompt_id, at_once=self.at_once)

    @property
    def is_small(self) -> bool:
        """Whether the two values are told apart although nobody would notice the change."""
        told_apart = self.interval is not None and self.outcome is not Outcome.NO_DIFFERENCE
        return told_apart and self.slowdown is not None and abs(self.slowdown) < NOTICEABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCounts:
    """The warm requests of a model in a run: all of them, and those that failed or were disturbed."""

    requests: int = 0
    failed: int = 0
    disturbed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherFigures:
    """Numbers of a model on both sides that are shown without a conclusion."""

    key: str
    e2e_before_ms: float | None
    e2e_after_ms: float | None
    peak_rss_before_bytes: int | None
    peak_rss_after_bytes: int | None
    before: RequestCounts = field(default_factory=RequestCounts)
    after: RequestCounts = field(default_factory=RequestCounts)

    def sides(self, quantity: Quantity) -> tuple[float | None, float | None]:
        """Return E2E or peak memory on both sides."""
        if quantity is Quantity.MEMORY:
            return self.peak_rss_before_bytes, self.peak_rss_after_bytes
        return self.e2e_before_ms, self.e2e_after_ms

    @property
    def fails_more(self) -> bool:
        """Whether a larger share of the requests failed than before."""
        return self.after.failed * self.before.requests > self.before.failed * self.after.requests


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
class LaunchCorrelation:
    """How alike successive launches are: intervals over launches hold only where these are independent."""

    correlation: float
    """The correlation of a launch with the next one, from -1 to 1, without the bias of short runs."""
    probability: float
    """The share of the orders of these launches in which successive ones are at least as alike."""
    launches: int

    @property
    def is_clear(self) -> bool:
        """Whether the order of the launches is hardly one of chance."""
        return self.correlation > 0 and self.probability <= 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedAnswers:
    """A model that gave other answers than before at temperature 0, though each run repeated its own."""

    key: str
    changed: int
    prompts: int
    """The number of prompts that both runs asked alike; ``changed`` of these have other answers."""
    weights_before_bytes: int | None
    weights_after_bytes: int | None


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
    """Further numbers without a verdict, one entry for each model of ``changes``."""
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
    further: tuple[Change, ...] = ()
    """The changes of E2E and of peak memory, each corrected as a family of its own; peak memory is the median of the
    launches' peaks. A number without a value before has no entry.
    """
    quality: tuple[RateDifference, ...] = ()
    """The pass rates of the models before and after, over the prompts that both runs asked and graded alike."""
    relative_to: str | None = None
    """The model that every round was divided by; the numbers are scaled to its typical speed in the earlier run."""
    by_yardstick: tuple[str, ...] = ()
    """The models whose launches were divided by the yardstick's, and scaled to its typical pace in the earlier run."""
    without_yardstick: str = ""
    """Why a yardstick that one of the runs has is not used, in words."""
    launch_correlation: LaunchCorrelation | None = None
    """How alike successive launches are, if nothing takes the machine's pace out of the numbers."""
    answers: tuple[ChangedAnswers, ...] = ()
    """The models whose answers changed, which another build, other weights or another runtime can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One number of a model in one run; TTFT is in ms, rates are in tok/s."""

    run_id: str
    started_at: str
    value: float
    interval: Interval | None
    """The 95 % interval over the launches of the run; ``None`` if it has a single one."""
    launches: int
    doubt: str = ""
    """Why this value takes no part in looking for changes, in words that follow "because"; empty if it does."""
    disturbed: bool = False
    """Other activity on the machine disturbed some of its requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """A place in a series of runs after which a number is another one."""

    index: int
    """The index of the first run after the change."""
    earliest: int
    """The change was before this run or later, with 95 % confidence."""
    latest: int
    """The change was before this run or earlier."""
    before: float
    """The geometric mean of the runs from the change before this one to this one."""
    after: float
    """The geometric mean of the runs from this change to the next one."""
    slowdown: float
    """The growth of a time, or the loss of a rate, as a share of the value before."""
    interval: Interval
    """The 95 % interval of the slowdown, over runs."""
    outcome: Outcome
    probability: float
    """The share of the orders of these runs in which some place looks as much like a change."""
    changed: tuple[Difference, ...]
    """What is different about the machine, the software and the model after the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One number of a model over its runs, the oldest first."""

    key: str
    quantity: Quantity
    points: tuple[TrendPoint, ...]
    changes: tuple[ChangePoint, ...]
    by_yardstick: bool = False
    """The values are relative to the yardstick, at its pace in the first run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTrends:
    """The trends of a model, over those of its runs that were asked the same as the newest one."""

    key: str
    trends: tuple[Trend, ...]
    left_out: int
    """The number of its other runs, which were asked something else or did not measure it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A number of a model that takes part in no conclusion."""

    quantity: Quantity
    reason: str
    """The reason in words that follow "because"."""
    cached: bool = False
    """The reason is that prompts came from a cache."""


@dataclass(frozen=True, slots=True)
class Concern:
    """What a flag casts doubt on, and the reason in words that follow "because"."""

    quantities: frozenset[Quantity]
    reason: str


_FIRST: Final = frozenset({Quantity.TTFT, Quantity.PREFILL})
_PROMPT: Final = _FIRST | {Quantity.E2E}
_RATES: Final = frozenset({Quantity.DECODE, Quantity.TOTAL})
TIME_TAKEN: Final = "time taken"
"""Stands among the flags of a level or a step for the disturbances that leave no number of a request its own."""
CONCERNS: Final[Mapping[str, Concern]] = {
    IN_LUMPS: Concern(frozenset({Quantity.TTFT, Quantity.PREFILL, Quantity.DECODE}), "its answers came in a few lumps"),
    PROMPT_CUT: Concern(_PROMPT, "its server cut the prompts"),
    PROMPT_CACHED: Concern(_PROMPT, "its prompts came from a cache"),
    MAYBE_CACHED: Concern(_PROMPT, "its prompts probably came from a cache"),
    TOKENS_BY_TOKENIZER: Concern(_RATES, "its tokens were counted by a tokenizer"),
    TOKENS_ESTIMATED: Concern(_RATES, "its tokens are an estimate"),
    COUNT_DOUBTED: Concern(_RATES, "its server counted fewer tokens than it sent"),
    COUNTS_DIFFER: Concern(_RATES, "its server counted its tokens twice, and not the same"),
    TOKENS_HIDDEN: Concern(frozenset({Quantity.DECODE}), "its server kept tokens back"),
    RATE_UNSURE: Concern(frozenset({Quantity.DECODE}), "several tokens came at once"),
    END_UNKNOWN: Concern(frozenset({Quantity.DECODE, Quantity.E2E}), "the end of its answers is not known"),
    TIME_TAKEN: Concern(frozenset(Quantity) - {Quantity.MEMORY}, "time was taken away from it"),
    ANSWER_TOO_LONG: Concern(frozenset({Quantity.TOTAL}), "its answers were longer than asked for"),
    SERVER_MEMORY: Concern(frozenset({Quantity.MEMORY}), "its memory is that of a server with several models"),
}
"""The flags in the order in which reasons are told."""


def mark(flags: Collection[str], quantity: Quantity) -> str:
    """Return the mark behind a number: ``c`` for prompts from a server's cache, ``?`` for a doubt but an estimate."""
    others = [flag for flag in flags if flag not in (PROMPT_CACHED, TOKENS_BY_TOKENIZER, TOKENS_ESTIMATED)]
    cached = "c" if PROMPT_CACHED in flags and quantity in _PROMPT else ""
    doubted = any(flag in CONCERNS and quantity in CONCERNS[flag].quantities for flag in others)
    return ("?" if doubted else "") + cached


def marked(
    text: str, flags: Collection[str], quantity: Quantity, *, in_doubt: bool = False, disturbed: bool = False
) -> str:
    """Return a number with ``~`` before an estimate, and behind it the mark of its flags or of its doubt, and ``!``."""
    estimate = "~" if TOKENS_ESTIMATED in flags and quantity in _RATES else ""
    marks = mark(flags, quantity) or ("?" if in_doubt and not estimate else "")
    return f"{estimate}{text}{marks}{'!' if disturbed else ''}"


def left_out(doubts: Mapping[str, Doubt | None]) -> dict[str, str]:
    """Return the models that a number is not ranked of, each with the reason; ``doubts`` has all that were measured.

    Numbers of prompts from a cache can be ranked among each other, if there are no others.
    """
    all_cached = bool(doubts) and all(doubt is not None and doubt.cached for doubt in doubts.values())
    return {} if all_cached else {key: doubt.reason for key, doubt in doubts.items() if doubt is not None}
