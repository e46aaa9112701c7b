"""Statistics of repeated measurements. Values have the unit of the field that holds the distribution."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The confidence interval of a value."""

    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentile:
    """A percentile over all rounds, with its interval by order statistics if one launch has enough rounds."""

    percent: float
    value: float
    interval: Interval | None = None
    needs: int
    """The number of rounds from which on there is an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """A round whose value is far from those of the other rounds of its prompt. It stays in every number."""

    prompt_id: str
    launch: int
    round: int
    value: float
    score: float
    """The modified z-score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The drift of a number from the first round of a launch to the last, as a share: 0.05 is 5 % more at the end."""

    share: float
    interval: Interval
    per_round: float
    """The drift from one round to the next, as a share."""
    drifts: bool
    """The interval leaves out 0, and the share is large enough to matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The distribution of one number of one model over its warm rounds."""

    count: int
    launches: int
    headline: float
    """The mean over the prompts of the median of each prompt."""
    interval: Interval | None
    """The interval of the headline, over launches; with one launch it covers only the rounds of that launch."""
    mean: float
    """The mean over the prompts of the mean of each prompt."""
    median: float
    """The median of all rounds."""
    sd: float | None
    """The sample standard deviation of the rounds around the mean of their own prompt."""
    cv: float | None
    """The coefficient of variation: ``sd`` as a share of ``mean``."""
    minimum: float
    maximum: float
    percentiles: tuple[Percentile, ...]
    launch_headlines: tuple[float, ...] = ()
    """The headline of each launch alone."""
    sd_between_launches: float | None = None
    """The sample standard deviation of the launches' headlines; ``None`` for one launch."""
    sd_within_launches: float | None = None
    """The sample standard deviation of the rounds around the mean of their own prompt in their own launch."""
    outliers: tuple[Outlier, ...]
    outliers_judged: bool
    """There were enough rounds to identify outliers."""
    drift: Drift | None

    @property
    def within_one_launch(self) -> bool:
        """Whether there was only one launch, so the variation between launches is not known."""
        return self.launches == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Distributions:
    """The distributions of one model; a number that was never measured is ``None``."""

    ttft_ms: Distribution | None = None
    e2e_ms: Distribution | None = None
    decode_tok_s: Distribution | None = None


class Repeatable(StrEnum):
    """Whether a model gives the same text each time it is asked the same prompt."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """Each prompt was asked only once, or at a temperature at which answers vary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherText:
    """The first round of a prompt whose text differs from that of the earlier rounds."""

    prompt_id: str
    launch: int
    round: int
    character: int
    """The position of the first character that differs, from 1."""
    rounds: int
    """The number of rounds of this prompt that differ from its first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatability:
    """Whether a model repeats its answers, and where it does not."""

    repeatable: Repeatable
    prompts: int = 0
    """The number of prompts that were asked more than once."""
    others: tuple[OtherText, ...] = ()
    """One entry for each prompt whose rounds differ."""
