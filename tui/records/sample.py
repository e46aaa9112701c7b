"""One measured request: its raw times, what became of it, and what a reader of its numbers must know."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tui.records.method import Mode, Order

RATE_UNSURE: Final = "rate?"
"""Several tokens arrived at once, so the first arrival's share of them is an estimate."""
TOKENS_ESTIMATED: Final = "tokens~"
"""The output tokens were not counted by the runtime."""
MAYBE_CACHED: Final = "cached?"
"""The first token came so fast that part of the prompt was probably not computed again."""
TOKENS_HIDDEN: Final = "hidden tokens"
"""More tokens were counted than the text can hold, and the server does not tell how many it kept back."""
NEW_CONNECTION: Final = "new connection"
"""The server had closed the connection, so that the request went over a new one."""
ASKED_TO_WAIT: Final = "asked to wait"
"""The server refused the request at first and named a time to come again, which was waited for."""


class SampleKind(StrEnum):
    """What a sample is counted as: cold and warm are different numbers, and a warm-up is in no summary."""

    COLD = "cold"
    WARMUP = "warmup"
    ROUND = "round"


class SampleStatus(StrEnum):
    OK = "ok"
    FAILED = "failed"
    CANCELLED = "cancelled"


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
