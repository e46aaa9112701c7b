"""The results of one model in one run: its row of the table, and the data of its charts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from tui.records.comparison import Doubt, Quantity
from tui.records.models import Model
from tui.records.sample import EnergySource, SampleKind, SampleStatus
from tui.records.statistics import Distribution, Distributions, Repeatability


class ModelStatus(StrEnum):
    """The outcome of a run for one model."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedPrompts:
    """What the prompts of a model took from the cache of its server, by the account of the server."""

    share: float
    """The share of the tokens of all prompts of the rounds."""
    rounds: int
    """The rounds whose prompts came from the cache in part."""
    ttft_p50_ms: float | None
    """TTFT of these rounds."""
    computed_ttft_p50_ms: float | None
    """TTFT of the other requests, whose prompts were computed; ``None`` if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """The row of one model: headlines over the warm rounds of a run. Cold and warm-up samples are in no average."""

    key: str
    model: Model
    status: ModelStatus
    error: str | None = None
    quiet: str = ""
    """What the row is if it is not one of the models that were measured, such as the yardstick. It stands last, and is
    never ranked, chosen or recommended.
    """
    flags: tuple[str, ...] = ()
    load_s: float | None = None
    provider_s: float | None = None
    """The mean time to register execution providers, which is not part of the load time."""
    threads: int | None = None
    """The number of processor threads, as in ``Load``; of several launches the last that tells it."""
    cold_flags: tuple[str, ...] = ()
    """The flags of the first requests after a load, by which the cold TTFT is marked."""
    cold_ttft_s: float | None = None
    round_trip_ms: float | None = None
    """The fastest empty request over the measured connection; only for an endpoint."""
    forecast_bytes: int | None = None
    """The forecast, as in ``Load``; of several launches the last that has one."""
    measured_bytes: int | None = None
    """The peak that was forecast, as in ``Load``; of several launches the last that has one."""
    left_bytes: int | None = None
    """The memory that was not returned, as in ``Load``; of several launches the last that has one."""
    rounds: int = 0
    """The number of warm samples that succeeded, on which the averages and percentiles rest."""
    failures: int = 0
    disturbed: int = 0
    """The number of warm samples that succeeded although they were disturbed; ``RunRecord.without_disturbed`` decides
    whether they count.
    """
    ttft_p50_ms: float | None = None
    ttft_p95_ms: float | None = None
    """Over all rounds of all prompts; ``ttft_tail_ms`` is the p95 that tables show."""
    ttft_tail_ms: float | None = None
    """The p95 of each value over the median of its prompt, times the headline, so that it is never below that."""
    e2e_p50_ms: float | None = None
    e2e_p95_ms: float | None = None
    e2e_tail_ms: float | None = None
    decode_p50_tok_s: float | None = None
    prefill_p50_tok_s: float | None = None
    first_answer_p50_ms: float | None = None
    """The time to the first text outside reasoning."""
    itl_p50_ms: float | None = None
    """Over the gaps between arrivals of all requests together, as ``itl_p99_ms`` and ``longest_gap_ms``."""
    itl_p99_ms: float | None = None
    longest_gap_ms: float | None = None
    gaps: int = 0
    """The number of gaps that these three rest on."""
    gaps_of_tokens: bool = True
    """Pieces of text hold about one token each, so that the gaps are those of tokens."""
    overall_p50_tok_s: float | None = None
    requests_per_s: float | None = None
    server_decode_p50_tok_s: float | None = None
    """What the server reports of itself, by its own clock, as ``server_prefill_p50_tok_s``."""
    server_prefill_p50_tok_s: float | None = None
    output_tokens: float | None = None
    peak_rss_bytes: int | None = None
    peak_vram_bytes: int | None = None
    energy_j_per_token: float | None = None
    """Joules for each output token: all energy of the rounds above that at rest, the share of the prompts included."""
    energy_j_per_request: float | None = None
    energy_source: EnergySource | None = None
    cost_per_1000: float | None = None
    """The price of a thousand such requests in ``currency``."""
    currency: str = ""
    doubts: tuple[Doubt, ...] = ()
    """The numbers that may not be ranked; see ``measure.doubt``."""
    cached: CachedPrompts | None = None
    """What came from a cache, if the server reports that."""
    latency_avg: float | None = None
    """Mean seconds for a whole answer: one of four numbers with the names and the meaning of the workshop script."""
    latency_p95: float | None = None
    first_token_latency_avg: float | None = None
    tokens_per_sec_avg: float | None = None
    distributions: Distributions | None = None
    """Distributions and repeatability are computed for reports only; the live table leaves them out."""
    repeatability: Repeatability | None = None

    def doubt_about(self, quantity: Quantity) -> Doubt | None:
        """The reason why a number may not be ranked; ``None`` if it may."""
        return next((doubt for doubt in self.doubts if doubt.quantity is quantity), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One request of a model in a chart; the points stand in the order of the run."""

    value: float | None
    kind: SampleKind
    status: SampleStatus
    launch: int
    segment: int
    outlier: bool = False
    counts: bool = False
    """The request is one of those that the distribution is made from."""
    doubt: str = ""
    """Why the value is in doubt, in words that follow "because"; empty if it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChart:
    """The chart of one number of one model: every request, and the distribution of the warm rounds."""

    key: str
    quantity: Quantity
    points: tuple[Point, ...]
    distribution: Distribution | None
    flags: tuple[str, ...] = ()
    """The flags of the warm rounds, which put marks on the numbers of the distribution."""
    tail: float | None = None
    """The p95 that tables show: of each value over the median of its prompt, times the headline; of times only."""

    @property
    def in_doubt(self) -> dict[str, int]:
        """How many of the warm rounds are in doubt, by the reason."""
        return dict(Counter(point.doubt for point in self.points if point.counts and point.doubt))

    @property
    def is_all_in_doubt(self) -> bool:
        """Whether every warm round is in doubt for one and the same reason, so that no mark sets one apart."""
        return len(self.in_doubt) == 1 and sum(self.in_doubt.values()) == sum(point.counts for point in self.points)

    @property
    def values(self) -> list[float]:
        """The values of the warm rounds that succeeded, from which the distribution is made."""
        return [point.value for point in self.points if point.value and point.counts]
