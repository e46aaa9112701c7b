"""Choosing one model of several: what counts how much, what must hold, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tui.records.statistics import Interval


class Dimension(StrEnum):
    LATENCY = "latency"
    THROUGHPUT = "throughput"
    MEMORY = "memory"
    QUALITY = "quality"
    FOOTPRINT = "footprint"
    LICENCE = "licence"


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
"""Weights for a use."""


class QualitySource(StrEnum):
    """Whose word on the answers counts: one for all candidates, since they do not compare."""

    HUMAN = "ratings by people"
    JUDGE = "ratings by a model"
    FACETS = "expected facets"


class CommercialUse(StrEnum):
    ALLOWED = "allowed"
    CONDITIONS = "conditions"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A model's licence and size on the disk, each with where it is known from."""

    licence: str | None = None
    licence_source: str = ""
    disk_bytes: int | None = None
    disk_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number that was measured repeatedly: its error is that of its logarithm."""

    value: float
    log_error: float | None = None
    """``None`` where nothing was repeated."""
    freedom: float = 0.0
    launches: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One model with all that counts. Unknown is ``None``, never 0."""

    key: str
    run_id: str = ""
    ttft_ms: Estimate | None = None
    decode_tok_s: Estimate | None = None
    memory_bytes: int | None = None
    """Peak RSS, and VRAM on top of it where that is known."""
    quality: dict[QualitySource, dict[str, float]] | None = None
    """Share of 1 of each prompt, by whose word it is."""
    origin: Origin = Origin()
    use: CommercialUse = CommercialUse.UNKNOWN
    failure: str = ""
    """Why its run does not count."""
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a model must keep to be chosen; one of which that is not known does not."""

    memory_bytes: int | None = None
    disk_bytes: int | None = None
    ttft_ms: float | None = None
    licences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """What one dimension gives to one model's score."""

    dimension: Dimension
    value: float | None
    """In the unit of the dimension: ms, tok/s, bytes, a share of 1."""
    score: float | None
    """0 to 1; ``None`` where it is not known."""
    contribution: float | None
    """Its share of the whole score; ``None`` where the dimension is in no score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    key: str
    rank: int
    """Models with the same score share a rank."""
    score: float
    low: float
    high: float
    """Where the score would lie, were everything known of it that is known of some model."""
    parts: tuple[ScorePart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TippingPoint:
    """The nearest weight of one dimension at which another model comes first."""

    dimension: Dimension
    share: float
    """Of all weights that count, as it stands."""
    at_share: float
    """Where the other model draws level; beyond it, it is first."""
    winner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How sure it is that the first is ahead of another."""

    key: str
    gap: float
    interval: Interval | None
    """Of the gap, at the level that Holm's procedure leaves to it; ``None``: too little was repeated to tell."""
    told_apart: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterPoint:
    """A model in the picture of quality against speed."""

    key: str
    decode_tok_s: float
    quality: float
    memory_bytes: int | None
    on_front: bool
    """No other is at least as good in both and better in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingDimension:
    """A dimension that is in no score, for want of data."""

    dimension: Dimension
    keys: tuple[str, ...]
    """The models it is not known of."""
    everywhere: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The whole answer."""

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
    """Of the measured candidate that had the fewest."""

    @property
    def shares(self) -> dict[Dimension, float]:
        """Of the weights that count: what each dimension is worth in the scores."""
        parts = self.ranking[0].parts if self.ranking else ()
        counted = [part.dimension for part in parts if part.contribution is not None]
        total = sum(self.weights.get(each, 0.0) for each in counted)
        return {each: self.weights.get(each, 0.0) / total for each in counted}

    @property
    def first(self) -> tuple[Ranked, ...]:
        """The models that share the first rank."""
        return tuple(model for model in self.ranking if model.rank == 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a task needs of a model. What is not known of a model does not do."""

    capabilities: tuple[str, ...] = ()
    """Tags of a model, all of which it must have."""
    max_memory_bytes: int | None = None
    min_tok_s: float | None = None
    max_ttft_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleModel:
    """A model that does, with the numbers that it was measured with."""

    key: str
    run_id: str
    decode_tok_s: float | None
    ttft_ms: float | None
    memory_bytes: int | None
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedModel:
    key: str
    reasons: tuple[str, ...]
    """Every need that it does not meet, each in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which model to take, and why not the others."""

    needs: Needs
    fitting: tuple[EligibleModel, ...]
    """The fastest first; of equal ones that with the shorter TTFT, then the smaller one."""
    dropped: tuple[RejectedModel, ...]

    @property
    def model(self) -> str | None:
        """The key of the model to take, if any does."""
        return self.fitting[0].key if self.fitting else None
