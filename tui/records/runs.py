"""What is measured: plans, samples and runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from tui.records.judging import TrackRecord
from tui.records.method import Method, Mode, Order
from tui.records.models import Model
from tui.records.quality import Facet, Rating

if TYPE_CHECKING:
    from tui.records.statistics import Distributions, Repeatability


class SampleKind(StrEnum):
    """What a sample is counted as: cold and warm are different numbers, and a warm-up is in no summary."""

    COLD = "cold"
    WARMUP = "warmup"
    ROUND = "round"


class SampleStatus(StrEnum):
    OK = "ok"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ModelStatus(StrEnum):
    """How a model came out of a run."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class Purpose(StrEnum):
    """A benchmark starts every model afresh and ends it; a question keeps what is loaded."""

    BENCHMARK = "benchmark"
    ASK = "ask"


class FinishReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    OTHER = "other"


class TokensSource(StrEnum):
    """Who counted the output tokens. Anything but the runtime is marked ``~`` wherever it is shown."""

    RUNTIME = "runtime"
    TOKENIZER = "tokenizer"
    ESTIMATED = "estimated"


class Disturbance(StrEnum):
    """What else was going on while a sample was measured, and may have changed it."""

    OTHER_LOAD = "other processes"
    """Other processes, or the host of a virtual machine, used more of the processor than is negligible."""
    SWAP = "swap"
    """Memory was being swapped."""
    BATTERY = "battery"
    THROTTLED = "throttled"
    """The processor or the GPU was held back for its temperature or its power."""
    SLOW = "slow processor"
    """The processor was well below its best of this run: a lowered clock, or another tenant of its host."""


class EnergySource(StrEnum):
    """Where a sample's energy comes from."""

    GPU_COUNTER = "GPU energy counter"
    GPU_POWER = "GPU power x time"
    RAPL = "processor energy counter (RAPL)"
    CONFIGURED = "configured watts x time"


class ExitKind(StrEnum):
    """Why a model ended, or would not run."""

    OUT_OF_MEMORY = "out of memory"
    WILL_NOT_FIT = "will not fit"
    KILLED = "killed"
    CRASHED = "crashed"
    REFUSED = "refused"
    TIMED_OUT = "timed out"


class RunStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    id: str
    text: str
    system: str | None = None
    max_tokens: int | None = None
    """A limit of its own, in place of the plan's."""
    facets: tuple[Facet, ...] = ()
    """What its answers are expected to have."""
    rubric: tuple[str, ...] = ()
    """What the scores from 1 to 5 mean, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run before it begins: which models are asked which prompts, and how that is measured."""

    models: tuple[Model, ...]
    prompts: tuple[Prompt, ...]
    method: Method = field(default_factory=Method)
    purpose: Purpose = Purpose.BENCHMARK
    load_timeout_s: float = 300.0
    silence_timeout_s: float = 300.0
    """How long a request may stay without a sign of life before its model is ended."""
    force: bool = False
    """Load a model also when it is not expected to fit into memory."""
    price_per_kwh: float | None = None
    currency: str = ""
    watts: Mapping[str, float] = field(default_factory=dict[str, float])
    """What the machine draws while a model works, by the model's key, where a person has said so."""
    idle_watts: float | None = None
    """What it draws at rest, by the same person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The raw times of one request, taken in the process that received the tokens."""

    arrivals_ns: tuple[int, ...] = ()
    """When each piece of non-empty text arrived, reasoning included; a piece is not a token."""
    first_answer_ns: int | None = None
    """The first text outside reasoning."""
    end_ns: int | None = None
    """When generation ended: not the last text, which a tail of tokens without text may follow."""
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    tokens_source: TokensSource = TokensSource.RUNTIME
    finish_reason: FinishReason | None = None
    one_token_first: bool = True
    """The first arrival is one token, as from our own child; an endpoint may send several in one piece."""
    hidden_tokens: int | None = None
    """Of the output tokens those that were never sent, such as reasoning kept back; where the server tells."""
    cached_prompt_tokens: int | None = None
    """Of the prompt tokens those that were not computed again; where the server tells."""
    sent_ns: int | None = None
    """When a server was sent it, by the clock of the client's process: for requests of one launch only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCause:
    """Why a model ended, with what it said last."""

    kind: ExitKind
    reason: str
    stderr_tail: tuple[str, ...] = ()
    peak_rss_bytes: int | None = None
    """The most that was seen of it before its end."""
    advice: tuple[str, ...] = ()
    """What to try, each in a sentence."""

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.reason}" if self.reason else self.kind.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One measured request. A failed one is a row with its error, not an exception."""

    key: str
    alias: str
    model_id: str | None = None
    execution_provider: str | None = None
    context_tokens: int | None = None
    mode: Mode = Mode.ONE_BY_ONE
    order: Order = Order.BLOCKS
    launch: int = 1
    prompt_id: str = ""
    prompt: str = ""
    round: int = 0
    """1-based within its kind."""
    segment: int = 1
    """Which stretch of its run it was measured in: each time a run is resumed begins another."""
    concurrency: int = 1
    """Requests that were in flight together."""
    kind: SampleKind = SampleKind.ROUND
    status: SampleStatus = SampleStatus.OK
    error: str | None = None
    flags: tuple[str, ...] = ()
    timeline: Timeline = field(default_factory=Timeline)
    text: str = ""
    reasoning: str = ""
    peak_rss_bytes: int | None = None
    peak_vram_bytes: int | None = None
    disturbances: tuple[Disturbance, ...] = ()
    pace_ns: int | None = None
    """What a fixed piece of work took the processor: the mean of just before and just after."""
    energy_j: float | None = None
    """What it took above the machine's rest, in joules. It keeps its sign: noise around rest has to average out."""
    energy_source: EnergySource | None = None
    started_at: str = ""
    """Wall-clock time of day in UTC, ISO 8601; for people, never for arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One start of a model's process: the unit of variation between runs."""

    key: str
    launch: int = 1
    load_ns: int | None = None
    process_start_ns: int | None = None
    """From starting the process until it could take a request; not part of the load time."""
    pid: int | None = None
    peak_rss_bytes: int | None = None
    """Of the process from its start until the model was loaded."""
    forecast_bytes: int | None = None
    """What was expected of it with its first request."""
    measured_bytes: int | None = None
    """What it took at most up to the end of its first request: what the forecast was of."""
    left_bytes: int | None = None
    """How much more is in use that belongs to no process after its end than before its start: about 0 or below it
    when its memory is back.
    """
    segment: int = 1
    """As of a sample."""
    round_trip_ns: int | None = None
    """A bare request and its answer over the connection that is measured on; of an endpoint only."""
    idle_watts: float | None = None
    """What the source of its energy drew at rest, which is taken off each sample."""
    verdict: ExitCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a run's numbers depend on besides the models."""

    cpu: str
    physical_cores: int | None
    logical_cores: int | None
    ram_bytes: int
    gpu: str | None
    os: str
    python: str
    sdk: str | None
    runtime: str | None
    benchtop: str
    on_battery: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run as the history keeps it."""

    run_id: str
    started_at: str
    plan: Plan
    environment: Environment
    status: RunStatus = RunStatus.RUNNING
    finished_at: str | None = None
    name: str = ""
    """This and the next three are a person's, and may change at any time."""
    tags: tuple[str, ...] = ()
    pinned: bool = False
    note: str = ""
    owner: str = ""
    """The process that does the run, as ``probes.host`` names it: a run without its owner was interrupted."""
    without_disturbed: bool = False
    """A reader's choice, which is not kept: numbers leave out the rounds that were disturbed."""
    loads: tuple[Load, ...] = ()
    samples: tuple[Sample, ...] = ()
    ratings: tuple[Rating, ...] = ()
    """What is known of its answers, where a report asked for it."""
    judges: tuple[TrackRecord, ...] = ()
    """How far the models can be trusted that judged them."""


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
