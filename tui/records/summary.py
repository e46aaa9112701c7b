"""What the samples of one model come to: its row of results, and what its charts are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tui.records.models import Model
from tui.records.sample import EnergySource, SampleKind, SampleStatus

if TYPE_CHECKING:
    from tui.records.comparison import Quantity
    from tui.records.statistics import Distribution, Distributions, Repeatability


class ModelStatus(StrEnum):
    """How a model came out of a run."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """One model's row: headlines over the warm rounds of a run. Cold and warm-up samples are in no average."""

    key: str
    model: Model
    status: ModelStatus
    error: str | None = None
    flags: tuple[str, ...] = ()
    load_s: float | None = None
    cold_ttft_s: float | None = None
    round_trip_ms: float | None = None
    """The quickest bare request over the connection that was measured on; of an endpoint only."""
    forecast_bytes: int | None = None
    measured_bytes: int | None = None
    left_bytes: int | None = None
    """This and the two before: as its load has them, of several launches the last that knows."""
    rounds: int = 0
    """Warm samples that succeeded: what the averages and percentiles rest on."""
    failures: int = 0
    disturbed: int = 0
    """Warm samples that succeeded while something else went on; whether they count, the run says."""
    ttft_p50_ms: float | None = None
    ttft_p95_ms: float | None = None
    e2e_p50_ms: float | None = None
    e2e_p95_ms: float | None = None
    decode_p50_tok_s: float | None = None
    prefill_p50_tok_s: float | None = None
    output_tokens: float | None = None
    peak_rss_bytes: int | None = None
    peak_vram_bytes: int | None = None
    energy_j_per_token: float | None = None
    """Of the output tokens; all that the rounds took above the machine's rest, the prompts' share included."""
    energy_j_per_request: float | None = None
    energy_source: EnergySource | None = None
    cost_per_1000: float | None = None
    """The price of a thousand such requests in ``currency``."""
    currency: str = ""
    latency_avg: float | None = None
    """Seconds; this and the next three carry the workshop's own names and meaning."""
    latency_p95: float | None = None
    first_token_latency_avg: float | None = None
    tokens_per_sec_avg: float | None = None
    distributions: Distributions | None = None
    """This and the next are for reports only; the live table does without."""
    repeatability: Repeatability | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One request of a model, in the order of its run."""

    value: float | None
    kind: SampleKind
    status: SampleStatus
    launch: int
    segment: int
    outlier: bool = False
    counts: bool = False
    """It is one of those that the distribution is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChart:
    """One number of one model: every request, and what its warm rounds say together."""

    key: str
    quantity: Quantity
    points: tuple[Point, ...]
    distribution: Distribution | None

    @property
    def values(self) -> list[float]:
        """The warm rounds that succeeded: what the distribution is of."""
        return [point.value for point in self.points if point.value and point.counts]
