"""The choice of one model among several: weights, limits, ranking, and the model for a single task.

Field names are the keys of ``choose --json`` and ``route --json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tui.records.comparison import Doubt, Quantity
from tui.records.grading.rates import RateDifference
from tui.records.quality import PreferenceSource
from tui.records.statistics import Interval


class Dimension(StrEnum):
    """A criterion of the choice; each has a weight."""

    LATENCY = "latency"
    THROUGHPUT = "throughput"
    MEMORY = "memory"
    QUALITY = "quality"
    FOOTPRINT = "footprint"
    LICENCE = "licence"


QUANTITIES: Final[Mapping[Dimension, Quantity]] = {
    Dimension.LATENCY: Quantity.TTFT,
    Dimension.THROUGHPUT: Quantity.DECODE,
    Dimension.MEMORY: Quantity.MEMORY,
}
"""The dimensions whose values are numbers that were measured."""

PRESETS: Final[Mapping[str, Mapping[Dimension, float]]] = {
    name: dict(zip(Dimension, weights, strict=True))
    for name, weights in {
        # latency, throughput, memory, quality, footprint, licence
        "chat": (30, 15, 10, 35, 5, 5),
        "summarizer": (10, 25, 15, 40, 5, 5),
        "background": (0, 20, 25, 45, 5, 5),
        "tiny-device": (10, 10, 35, 20, 20, 5),
    }.items()
}
"""The weights of each dimension for typical uses."""


class QualitySource(StrEnum):
    """The origin of the quality figures. One origin is used for all candidates, since figures of two do not compare."""

    HUMAN = "ratings by people"
    VOTES = "votes in the arena"
    JUDGE = "ratings by a model"
    FACETS = "expected facets"


class CommercialUse(StrEnum):
    """Whether a licence allows commercial use."""

    ALLOWED = "allowed"
    CONDITIONS = "conditions"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The licence of a model and its size on the disk, each with the source of the information."""

    licence: str | None = None
    licence_source: str = ""
    disk_bytes: int | None = None
    disk_source: str = ""
    unavailable: str = ""
    """The reason why the model cannot be run now; empty if it can be run, or if nobody has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number that was estimated from repeated measurements, with the standard error of its logarithm."""

    value: float
    log_error: float | None = None
    """The standard error of the logarithm; ``None`` if nothing was repeated."""
    freedom: float = 0.0
    launches: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One model with all properties that count. An unknown property is ``None``, never 0."""

    key: str
    run_id: str = ""
    ttft_ms: Estimate | None = None
    decode_tok_s: Estimate | None = None
    memory_bytes: int | None = None
    """The peak RSS, plus the peak VRAM if it is known."""
    quality: dict[QualitySource, dict[str, float]] | None = None
    """The quality of the answers to each prompt, as a share of 1, for each origin."""
    quality_details: dict[QualitySource, str] = field(default_factory=dict[QualitySource, str])
    """The origin in words where more is known of it: which judges, and whether graders or facets."""
    vote_error: float | None = None
    """The standard error of the quality that the votes give; ``None`` if nobody has voted on the model."""
    votes: int = 0
    """The votes, and the pairs of ratings that are ranked with them, in which an answer of the model was seen."""
    origin: Origin = Origin()
    use: CommercialUse = CommercialUse.UNKNOWN
    doubts: Mapping[Dimension, Doubt] = field(default_factory=dict[Dimension, Doubt])
    """The numbers that take part in no conclusion."""
    flags: tuple[str, ...] = ()
    """The flags of its warm requests, by which its numbers are marked."""
    failure: str = ""
    """The reason why its run does not count; empty if it counts."""
    unavailable: str = ""
    """The reason why it cannot be run now; empty if it can be run, or if nobody has looked."""
    capabilities: tuple[str, ...] = ()
    requests: int = 0
    """The warm requests that its numbers rest on."""
    disturbed: int = 0
    """Those of them during which other programs were busy."""
    otherwise: tuple[str, ...] = ()
    """What its server did otherwise than it was told, such as to answer with another model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStanding:
    """What one source alone tells about a model."""

    rank: int
    share: float
    """The chance to be preferred to another model that the source knows, the mean over all others."""
    interval: Interval
    pairs: int
    """The votes or pairs in which an answer of the model was seen."""
    wins: int
    ties: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArenaStanding:
    """A model in the ranking by votes, or by several sources together."""

    key: str
    share: float
    """The chance that an answer of the model is preferred to one of another model, the mean over all others."""
    error: float
    """The standard error of the share."""
    interval: Interval
    votes: int
    """The votes in which an answer of the model was seen."""
    wins: int
    ties: int
    sources: dict[PreferenceSource, SourceStanding] = field(default_factory=dict[PreferenceSource, SourceStanding])
    """What each source that knows the model tells by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointRanking:
    """Models ranked by votes, ratings and judges together."""

    places: tuple[ArenaStanding, ...] = ()
    pairs: dict[PreferenceSource, int] = field(default_factory=dict[PreferenceSource, int])
    """The votes or pairs of each source that has any."""
    remarks: tuple[str, ...] = ()
    """Where the sources disagree and what else to know, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits that a model must keep to be chosen. A model whose value is not known does not keep a limit."""

    memory_bytes: int | None = None
    disk_bytes: int | None = None
    ttft_ms: float | None = None
    licences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A model that is not ranked."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """The contribution of one dimension to the score of one model."""

    dimension: Dimension
    value: float | None
    """The value in the unit of the dimension: ms, tok/s, bytes or a share of 1."""
    score: float | None
    """The score of the value, from 0 to 1; ``None`` if the value is not known, or is in doubt."""
    contribution: float | None
    """The part of the whole score that comes from the dimension; ``None`` if the dimension is in no score."""
    doubt: Doubt | None = None
    """Why the value is in doubt. It has a score only where the values of all models are in doubt alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A model with its place in the ranking."""

    key: str
    rank: int
    """The rank, from 1; models with the same score share a rank."""
    score: float
    low: float
    """The lowest score that the model could have if no property of it were unknown."""
    high: float
    """The highest score that the model could have if no property of it were unknown."""
    parts: tuple[ScorePart, ...]
    flags: tuple[str, ...] = ()
    """The flags of its warm requests, by which its numbers are marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TippingPoint:
    """The weight of one dimension, nearest to the chosen one, at which another model comes first."""

    dimension: Dimension
    share: float
    """The share of the dimension in all weights that count, as it was chosen."""
    at_share: float
    """The share at which the other model has the same score; beyond it, that model is first."""
    winner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The lead of the first model over another one, with its uncertainty."""

    key: str
    gap: float
    interval: Interval | None
    """The interval of the gap, at the level that Holm's procedure leaves to it; ``None`` if too little was repeated."""
    told_apart: bool
    """The whole interval shows a lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterPoint:
    """A model in the diagram of quality against speed."""

    key: str
    decode_tok_s: float
    quality: float
    memory_bytes: int | None
    on_front: bool
    """The model is on the Pareto front: no other is at least as good in both and better in one."""
    flags: tuple[str, ...] = ()
    """The flags of its warm requests, by which its rate is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingDimension:
    """A dimension that is in no score because data are missing."""

    dimension: Dimension
    keys: tuple[str, ...]
    """The models whose value is not known."""
    everywhere: bool
    """The value is not known of any model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherQuality:
    """What an origin of quality that the choice does not take says of the same models."""

    source: QualitySource
    words: str
    best: tuple[str, ...]
    share: float
    """The quality of the best, as a share of 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The complete result of a choice."""

    weights: dict[Dimension, float]
    limits: Limits
    ranking: tuple[Ranked, ...]
    excluded: tuple[Excluded, ...]
    missing: tuple[MissingDimension, ...]
    turns: tuple[TippingPoint, ...]
    gaps: tuple[Gap, ...]
    spots: tuple[ScatterPoint, ...]
    quality_source: QualitySource | None
    quality_prompts: tuple[str, ...]
    launches: int
    """The number of launches of the measured candidate that had the fewest."""
    quality_differences: tuple[RateDifference, ...] = ()
    """The quality of the first model (before) and of each other one (after), prompt by prompt."""
    quality_from: str = ""
    """The origin of the quality in words; empty if there is none."""
    other_quality: tuple[OtherQuality, ...] = ()
    too_few: tuple[QualitySource, ...] = ()
    """The opinions that do not lead because they are too few, where the answers were checked too."""
    few_votes: int | None = None
    """The votes on the model with the fewest, if the quality is that of votes and these are too few to trust."""
    requests: int = 0
    """The warm requests of all candidates in the ranking."""
    disturbed: int = 0
    """Those of them during which other programs were busy."""
    otherwise: tuple[Excluded, ...] = ()
    """What the servers of models in the ranking did otherwise than they were told."""

    @property
    def shares(self) -> dict[Dimension, float]:
        """The share of each dimension in the weights that count."""
        parts = self.ranking[0].parts if self.ranking else ()
        counted = [part.dimension for part in parts if part.contribution is not None]
        total = sum(self.weights.get(dimension, 0.0) for dimension in counted)
        return {dimension: self.weights.get(dimension, 0.0) / total for dimension in counted}

    @property
    def first(self) -> tuple[Ranked, ...]:
        """The models that share the first rank."""
        return tuple(model for model in self.ranking if model.rank == 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The requirements of a task. A model whose value is not known does not meet a requirement."""

    capabilities: tuple[str, ...] = ()
    """Tags that the model must have, all of them."""
    max_memory_bytes: int | None = None
    min_tok_s: float | None = None
    max_ttft_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleModel:
    """A model that meets all requirements, with its measured numbers."""

    key: str
    run_id: str
    decode_tok_s: float | None
    ttft_ms: float | None
    memory_bytes: int | None
    capabilities: tuple[str, ...]
    in_doubt: bool = False
    """The decode rate is in doubt, so that the model comes after all others."""
    ttft_in_doubt: bool = False
    doubts: tuple[str, ...] = ()
    """Why these numbers are in doubt, in words that follow "because"."""
    otherwise: tuple[str, ...] = ()
    """What its server did otherwise than it was told."""
    flags: tuple[str, ...] = ()
    """The flags of its warm requests, by which its numbers are marked."""
    disturbed: int = 0
    """The requests during which other programs were busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedModel:
    """A model that does not meet all requirements."""

    key: str
    reasons: tuple[str, ...]
    """Every requirement that it does not meet, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The models that a task can go to, the best first, and the reasons against the others."""

    needs: Needs
    fitting: tuple[EligibleModel, ...]
    """The fastest first; equally fast ones are sorted by TTFT, then by size."""
    dropped: tuple[RejectedModel, ...]

    @property
    def model(self) -> str | None:
        """The key of the best model; ``None`` if no model meets the requirements."""
        return self.fitting[0].key if self.fitting else None
