"""The interface of every engine: its methods, the records that go in and out, and its errors."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import msgspec

from tui.records import Exchange, ExitCause, FinishReason, Timeline
from tui.records.measurement_settings import DEFAULT_METHOD

_SENTENCE_CHARACTERS: Final = 160
_PROMPT_BYTES: Final = 2048
"""The longest prompt that the limit of silence is meant for as it is."""
_MOST_TOKENS: Final = 1_000_000_000
"""More than any model reads or writes. What a server or an adapter sends is unchecked, and has to fit the history."""
MOST_TEXT_BYTES: Final = 16 << 20
MOST_PIECES: Final = 1 << 20
"""The most text and the most pieces that are taken of one answer, however many tokens were asked for.

The largest contexts of today have a million tokens. What is longer comes from a model or server that does not stop.
"""


class EngineError(Exception):
    """A request or a load failed; ``cause`` is the reason that the user reads."""

    def __init__(self, cause: ExitCause) -> None:
        super().__init__(str(cause))
        self.cause = cause


class RequestFailed(EngineError):
    """The runtime refused or broke off one request; the model can take the next."""


class NotSent(EngineError):
    """A request that waited for its turn was never sent, since an earlier one of its level failed."""


class EngineDied(EngineError):
    """The model's process is gone."""


class Form(msgspec.Struct, frozen=True):
    """A JSON object that an answer is held to: one of a few values, and a sentence."""

    choice: str
    """The name of the member that holds the value."""
    options: tuple[int | str, ...]
    """The values to choose from, all of them numbers or all of them words."""
    sentence: str
    """The name of the member that holds the sentence."""

    @property
    def schema(self) -> dict[str, object]:
        """The form as a JSON schema, in the few keywords that every server understands."""
        return self._schema({"type": "string"})

    @property
    def foundry_schema(self) -> dict[str, object]:
        """The schema for Foundry Local, which bounds the answer: a small model would go on with spaces or words."""
        sentence: dict[str, object] = {"type": "string", "maxLength": _SENTENCE_CHARACTERS}
        return {**self._schema(sentence), "x-guidance": {"whitespace_flexible": False}}

    def _schema(self, sentence: dict[str, object]) -> dict[str, object]:
        kind = "integer" if isinstance(self.options[0], int) else "string"
        choice = {"type": kind, "enum": list(self.options)}
        return {
            "type": "object",
            "properties": {self.choice: choice, self.sentence: sentence},
            "required": [self.choice, self.sentence],
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A prompt for a model, alone or as the next question of a conversation; it goes to the child as it is."""

    prompt: str
    system: str | None = None
    earlier: tuple[Exchange, ...] = ()
    """The conversation so far; the prompt is its next question."""
    max_tokens: int = DEFAULT_METHOD.max_tokens
    temperature: float = 0.0
    seed: int | None = None
    time_limit_s: float | None = None
    """How long a server may take for the whole answer."""
    per_second: float | None = None
    """How many requests a server is sent in a second at most, this one included."""
    up_to_context: bool = False
    """If the context has no room for ``max_tokens``, the limit is what it has room for, and the request not refused."""
    fresh: bool = False
    """Nothing of the prompt is to come from a cache, as far as the engine can be told so."""
    form: Form | None = None
    """The form that the answer is held to, if the engine can do that."""
    queued: bool = False
    """The request waits in the child until a connection is free, so that none rests while the parent is busy. Its first
    ``Pieces`` are empty, and come when it is sent. If an earlier one fails, it is ``NotSent``.
    """
    due_ns: int | None = None
    """When a queued request arrives, from the start of the schedule that ``open_connections`` begins."""

    def reading_limit_s(self, silence_timeout_s: float) -> float:
        """How long a model may be silent before the first piece of its answer, in seconds.

        A large model on a slow machine reads a long prompt for many minutes. The limit is therefore meant for a prompt
        of 2 KiB, some 500 tokens, and grows with the length of a longer one, conversation and system prompt included.
        """
        texts = (
            self.prompt,
            self.system or "",
            *(text for turn in self.earlier for text in (turn.question, turn.answer)),
        )
        return silence_timeout_s * max(1.0, sum(len(text.encode()) for text in texts) / _PROMPT_BYTES)


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """Text as it arrived. A piece is not a token, and it is empty if only a tag arrived."""

    at_ns: int
    """The time since the request's start, by the clock of the child."""
    text: str
    reasoning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The pieces that have arrived since the reader took the last ones."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The end of an answer as the child reports it."""

    timeline: Timeline
    """The end and the counts of the answer; its arrivals are left out, since the pieces hold them."""
    peak_rss_bytes: int | None = None
    taken_back_bytes: int = 0
    """The pages of the model's files that the system has taken back for want of memory, and that the peak lacks."""
    flags: tuple[str, ...] = ()
    """Flags of ``tui.records.flags``, which a reader of the numbers must know."""
    constrained: bool = False
    """The runtime took the request's form to hold the answer to it."""
    unopened_reasoning_runs: int = 0
    """How many of the first pieces of the answer were reasoning after all, since a mark that closes it came later."""
    load_ns: int | None = None
    """How long a server loaded the model before it took the request, if it reported that; no other time has it."""
    execution_provider: str | None = None
    """The provider that the runtime reports to have run the request with; ``None`` if it does not report one."""
    client_busy: float | None = None
    """The share of the request's time in which our own client of a server was busy, from 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerWait:
    """A server is waited for, which takes no request yet."""

    waited_s: float
    limit_s: float
    """How long is waited at most."""
    asked: bool = False
    """The server asks for this wait of ``limit_s``, and does not load its model."""
    over: bool = False
    """The server has taken the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How a model was loaded."""

    load_ns: int | None
    """``None`` if the model was in memory already, as on a server."""
    process_start_ns: int | None = None
    """From starting the process until it could take a request; the parent measures it, and the child leaves it out."""
    peak_rss_bytes: int | None = None
    round_trip_ns: int | None = None
    """A bare request and its answer over the connection that is measured on; of an endpoint only."""
    provider_ns: int | None = None
    """The time to register execution providers, which is part of neither the load nor the first token."""
    threads: int | None = None
    """The number of processor threads that the model computes with; ``None`` if that is not told."""


class Engine(Protocol):
    """One model, loaded at most once, answering one request at a time unless more connections are opened."""

    @property
    def pid(self) -> int | None:
        """The process that holds the model, if it runs on this machine."""
        ...

    @property
    def pids(self) -> tuple[int, ...]:
        """Every process of this machine that works on the answers; what these have started is not among them."""
        ...

    @property
    def alive(self) -> bool: ...

    async def load(self, timeout_s: float) -> Loaded:
        """Start the process and load the model.

        Raises:
            EngineDied: the load failed, took longer than ``timeout_s``, or the process ended; nothing stays behind.
        """
        ...

    def generate(self, request: Request, silence_timeout_s: float) -> AsyncGenerator[Pieces | Completed, None]:
        """Answer a request. Closing the generator early cancels it within 100 ms, if need be by ending the process.

        Raises:
            RequestFailed: this request failed, the model is still loaded.
            EngineDied: the process ended, or gave no sign of life for ``silence_timeout_s``.
        """
        ...

    async def open_connections(self, count: int) -> None:
        """Make ready for ``count`` requests at once; as many answers of ``generate`` may then be read together.

        Raises:
            RequestFailed: the server does not take so many.
            EngineDied: the process ended, or the engine answers one request at a time.
        """
        ...

    async def close(self) -> None:
        """End the process: all its memory returns to the system."""
        ...

    def kill(self, cause: ExitCause | None = None) -> None:
        """End the process at once, without waiting for anything; from any thread.

        Its end is then reported with this cause if one is given.
        """
        ...


@runtime_checkable
class CountsTokens(Protocol):
    """An engine that can count the tokens of a text after the request is over."""

    async def count_tokens(self, text: str) -> int | None:
        """Count with the tokenizer of the model's server; ``None`` if there is none or it does not answer.

        It must not be called while any request of a run is in flight, since it takes time of the server.
        """
        ...


@runtime_checkable
class TellsWaits(Protocol):
    """An engine that tells how long it has been waiting until its server takes a request."""

    def follow_waits(self, told: Callable[[ServerWait], None]) -> None:
        """Have ``told`` called whenever a wait begins, goes on or is over."""
        ...


def finish_reason_of(word: object) -> FinishReason:
    """The reason for which a runtime or a server ended an answer, from the word that it has for it."""
    return next((reason for reason in FinishReason if reason == word), FinishReason.OTHER)


def token_count_of(value: object) -> int | None:
    """A value from a server or an adapter as a count of tokens; ``None`` if it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS else None
