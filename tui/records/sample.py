"""One measured request: its raw times, its outcome, and the remarks that a reader of its numbers needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tui.records.measurement_settings import Mode, Order

RATE_UNSURE: Final = "rate?"
"""A flag of a sample: several tokens arrived at once, so the first arrival's share of them is an estimate."""
TOKENS_ESTIMATED: Final = "tokens~"
"""A flag of a sample: the output tokens were not counted by the runtime."""
TOKENS_BY_TOKENIZER: Final = "tokens by tokenizer"
"""A flag of a sample beside ``tokens~``: the server's own tokenizer has counted the output tokens afterwards."""
MAYBE_CACHED: Final = "cached?"
"""A flag of a sample: the first token came so fast that part of the prompt was probably not computed again."""
TOKENS_HIDDEN: Final = "hidden tokens"
"""A flag of a sample: more tokens were counted than its text can hold, and the server did not report how many it
withheld.
"""
NEW_CONNECTION: Final = "new connection"
"""A flag of a sample: the server had closed the connection, so the request went over a new one."""
ASKED_TO_WAIT: Final = "asked to wait"
"""A flag of a sample: the server refused the request at first, and it was sent again after the time that it named."""

CLIENT_CEILING: Final = 0.5
"""From this share of its time on, our own client of a server is what limits the numbers, and not the server."""
CLIENT_BETWEEN: Final = 0.01
"""From this share of the connections' time on that passes between two requests, the total rate is marked as too low."""

ANSWER_TOO_LONG: Final = "longer than asked"
"""A flag of a sample: the server counted more output tokens than the limit that it was sent."""
PROMPT_CUT: Final = "prompt cut"
"""A flag of a sample: the prompt tokens that were counted are too few for the text that was sent."""
PROMPT_CACHED: Final = "cached"
"""A flag of a sample: the server reports that it took a part of the prompt from its cache."""
COUNT_DOUBTED: Final = "tokens?"
"""A flag of a sample: the server counted fewer output tokens than pieces of text that it sent."""
COUNTS_DIFFER: Final = "two counts"
"""A flag of a sample: the server counted the output tokens more than once, and not the same."""
IN_LUMPS: Final = "in lumps"
"""A flag of a sample: the answer came in a few lumps, so no time in it is that of a token."""
END_UNKNOWN: Final = "end unknown"
"""A flag of a sample: the server gave a reason for the end of the answer that is not known here, or none."""
SERVER_MEMORY: Final = "memory of a server"
"""A flag of a sample: the memory is that of a server on this machine that has more models than the measured one."""
NOT_LISTED: Final = "not listed"
"""A flag of a sample: the server lists its models, and this one is not among them."""
THROUGH_PROXY: Final = "through the proxy of "
"""What a flag of a sample begins with if the request went through a proxy; the variable that names it follows."""
ANSWERED_BY: Final = "answered by "
"""What a flag of a sample begins with if the answer names another model than the one that was asked."""
SENT_AS: Final = "sent "
"""What a flag of a sample begins with if the server took the request only in another form than was asked for."""
OTHER_PROVIDER: Final = "other provider"
"""A flag of a sample: the runtime ran the model with another execution provider than its build is made for."""


YARDSTICK: Final = "yardstick"
"""The key of the yardstick's samples; it is not among the models of a plan."""


class SampleKind(StrEnum):
    """How a sample counts: cold and warm are different numbers, and a warm-up is in no summary."""

    COLD = "cold"
    WARMUP = "warmup"
    ROUND = "round"
    YARDSTICK = "yardstick"
    """A request to the yardstick, which is in no summary of a model (``Method.yardstick``)."""


class SampleStatus(StrEnum):
    """The outcome of one request."""

    OK = "ok"
    FAILED = "failed"
    CANCELLED = "cancelled"


class FinishReason(StrEnum):
    """The reason why generation ended, as the runtime or the server gave it."""

    STOP = "stop"
    LENGTH = "length"
    OTHER = "other"


class TokensSource(StrEnum):
    """The origin of the number of output tokens. A number that the runtime did not count is shown with ``~``."""

    RUNTIME = "runtime"
    TOKENIZER = "tokenizer"
    ESTIMATED = "estimated"


class Disturbance(StrEnum):
    """Something on the machine that happened while a sample was measured and may have changed it."""

    OTHER_LOAD = "other processes"
    """Other processes, or the host of a virtual machine, used a share of the processor that is not negligible."""
    SWAP = "swap"
    """Memory was being swapped."""
    BATTERY = "battery"
    THROTTLED = "throttled"
    """The processor or the GPU was slowed down because of its temperature or its power."""
    CPU_LIMIT = "processor limit"
    """The group of processes that the model runs in had used up its share of the processor, and had to wait."""
    CLIENT_WAITED = "client waited"
    """The process that talks to a server waited for a free processor, so that it noted the answer too late."""
    PAUSED = "paused"
    """The processes or the whole machine stood still for a time."""
    SLOW = "slow processor"
    """The processor was much slower than at its best in this run, because of a lower clock or another tenant of its
    host.
    """


class EnergySource(StrEnum):
    """The way in which the energy of a sample was measured."""

    GPU_COUNTER = "GPU energy counter"
    GPU_POWER = "GPU power x time"
    RAPL = "processor energy counter (RAPL)"
    CONFIGURED = "configured watts x time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question of a conversation, with the answer that a model gave."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The raw times of one request, taken in the process that received the tokens."""

    arrivals_ns: tuple[int, ...] = ()
    """The time at which each piece of non-empty text arrived, reasoning included; a piece is not a token."""
    first_answer_ns: int | None = None
    """The time at which the first text outside reasoning arrived."""
    end_ns: int | None = None
    """The time at which generation ended, which may be later than the last text: tokens without text may follow it."""
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    tokens_source: TokensSource = TokensSource.RUNTIME
    finish_reason: FinishReason | None = None
    one_token_first: bool = True
    """The first arrival holds one token, as from our own child processes; an endpoint may send several in one piece."""
    first_share: float | None = None
    """The share of the text's bytes, from 0 to 1, that came with the first burst of arrivals."""
    hidden_tokens: int | None = None
    """Output tokens that were never sent, such as withheld reasoning, if the server reports their number."""
    cached_prompt_tokens: int | None = None
    """Prompt tokens that were not computed again, if the server reports their number."""
    waited_ns: int | None = None
    """How long after its scheduled arrival the request was sent; ``None`` if there was no schedule."""
    sent_ns: int | None = None
    """The time at which the request was sent to a server, on the clock of the client process: it can be compared only
    between requests of one launch.
    """
    server_decode_tok_s: float | None = None
    """The decode rate that the server reports of itself, by its own clock."""
    server_prefill_tok_s: float | None = None
    """The prefill rate that the server reports of itself; unlike ours it is no lower bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One measured request. A request that failed is a sample with an error, not an exception."""

    key: str
    alias: str
    model_id: str | None = None
    execution_provider: str | None = None
    """The provider that ran the request, if the runtime reports it; else the one that the build is made for."""
    context_tokens: int | None = None
    mode: Mode = Mode.ONE_BY_ONE
    order: Order = Order.BLOCKS
    launch: int = 1
    prompt_id: str = ""
    prompt: str = ""
    round: int = 0
    """The number of the round among the samples of the same kind, from 1."""
    segment: int = 1
    """The part of the run in which the sample was measured, from 1: resuming a run begins the next one."""
    concurrency: int = 1
    """The number of requests that were in flight together."""
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
    """The time that the processor needed for a fixed piece of work: the mean of a run before and a run after."""
    other_cores: float | None = None
    """The cores that other processes used, on average over the request; ``None`` if unknown, as for a server behind a
    proxy, whose own load would be in it.
    """
    energy_j: float | None = None
    """The energy above that of the machine at rest, in joules. It may be negative, so that noise averages out."""
    energy_source: EnergySource | None = None
    client_busy: float | None = None
    """The share of its time, from 0 to 1, in which our own client of a server was busy; see ``CLIENT_CEILING``."""
    arrivals_per_s: float | None = None
    """The mean number of requests that arrived in a second, whether or not earlier ones were answered; ``None`` if the
    request was sent when an earlier one was answered.
    """
    turn: int = 1
    """The number of the question in a conversation. Its prompt holds the turns before, so times of different turns do
    not compare.
    """
    started_at: str = ""
    """The wall-clock time in UTC, ISO 8601; it is for people, never for arithmetic."""
    beside: str = ""
    """The key of the model that the yardstick took this turn with; empty if it was with all of them, and for any other
    sample.
    """

    @property
    def is_cut(self) -> bool:
        """Whether the model was at the limit of tokens, so that its answer may go on."""
        return self.status is SampleStatus.OK and self.timeline.finish_reason is FinishReason.LENGTH
