"""What is known of a number from its repetitions. Values have the unit of the field that holds the distribution."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where the true value lies with this confidence."""

    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentile:
    """A percentile over all rounds, and its interval by order statistics where there are enough of them."""

    percent: float
    value: float
    interval: Interval | None = None
    needs: int
    """Rounds from which on there is an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """A round far from the others of its prompt. It is named, and kept in every number."""

    prompt_id: str
    launch: int
    round: int
    value: float
    score: float
    """Modified z-score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a number moved from the first round of a launch to its last, as a share: 0.05 is 5 % more at the end."""

    share: float
    interval: Interval
    per_round: float
    """The same from one round to the next."""
    drifts: bool
    """Its interval leaves out 0, and the share is large enough to matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One number of one model over its warm rounds."""

    count: int
    launches: int
    headline: float
    """Mean over the prompts of each prompt's median."""
    interval: Interval | None
    """Of the headline, over launches; with one launch it speaks of that launch's rounds only."""
    mean: float
    """Mean over the prompts of each prompt's mean."""
    median: float
    """Of all rounds."""
    sd: float | None
    """Sample standard deviation of rounds around their own prompt's mean."""
    cv: float | None
    """``sd`` as a share of ``mean``."""
    minimum: float
    maximum: float
    percentiles: tuple[Percentile, ...]
    outliers: tuple[Outlier, ...]
    outliers_judged: bool
    """Whether there were rounds enough to tell an outlier."""
    drift: Drift | None

    @property
    def within_one_launch(self) -> bool:
        """Whether nothing is known of how a fresh start would move the number."""
        return self.launches == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Distributions:
    """The numbers of one model that are told with their distribution; one that was never measured is ``None``."""

    ttft_ms: Distribution | None = None
    e2e_ms: Distribution | None = None
    decode_tok_s: Distribution | None = None


class Repeatable(StrEnum):
    """Whether a model gives the same text each time that it is asked the same."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """It was asked once only, or at a temperature that makes each answer another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherText:
    """The first round of a prompt whose text is not that of the rounds before it."""

    prompt_id: str
    launch: int
    round: int
    character: int
    """Where it first differs, counted from 1."""
    rounds: int
    """How many rounds of this prompt differ from its first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatability:
    repeatable: Repeatable
    prompts: int = 0
    """That were asked more than once."""
    others: tuple[OtherText, ...] = ()
    """Prompts whose rounds differ."""
