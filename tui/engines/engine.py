"""What every engine offers, and the ways it can fail."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from tui.records import ExitCause, FinishReason, TokensSource
from tui.records.method import DEFAULT_METHOD

_SENTENCE_CHARACTERS: Final = 160


class EngineError(Exception):
    """A request or a load that failed; the verdict is what the user is told."""

    def __init__(self, cause: ExitCause) -> None:
        super().__init__(str(cause))
        self.cause = cause


class RequestFailed(EngineError):
    """The runtime refused or broke off one request; the model can take the next."""


class EngineDied(EngineError):
    """The model's process is gone."""


class Form(msgspec.Struct, frozen=True):
    """A JSON object that an answer is to be: one of a few values, and a sentence."""

    choice: str
    """The name of the value; the next is what it may be, all of them numbers or all of them words."""
    options: tuple[int | str, ...]
    sentence: str
    """The name of the sentence."""

    @property
    def schema(self) -> dict[str, object]:
        """The form as a JSON schema, in the few words that everything that takes schemas knows."""
        return self._schema({"type": "string"})

    @property
    def foundry_schema(self) -> dict[str, object]:
        """The same for Foundry Local: an answer that ends, where a small model would go on with spaces or words."""
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
    """What a model is asked, on a conversation of its own."""

    prompt: str
    system: str | None = None
    max_tokens: int = DEFAULT_METHOD.max_tokens
    temperature: float = 0.0
    seed: int | None = None
    time_limit_s: float | None = None
    """How long a server may take for the whole answer."""
    per_second: float | None = None
    """How many requests a server is sent in a second at most, this one among them."""
    form: Form | None = None
    """What the answer is to be held to, where the engine can."""


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """Text as it arrived; a piece is not a token, and may be empty where only a tag arrived."""

    at_ns: int
    text: str
    reasoning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """What has arrived since the last look."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The end of generation, with what the runtime counted."""

    end_ns: int
    finish_reason: FinishReason
    prompt_tokens: int | None
    output_tokens: int | None
    tokens_source: TokensSource = TokensSource.RUNTIME
    peak_rss_bytes: int | None = None
    one_token_first: bool = True
    hidden_tokens: int | None = None
    cached_prompt_tokens: int | None = None
    """This and the two before: as in ``Timeline``."""
    flags: tuple[str, ...] = ()
    """What else a reader of its numbers must know."""
    sent_ns: int | None = None
    """As in ``Timeline``."""
    constrained: bool = False
    """The request's form was taken, to hold the answer to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    load_ns: int | None
    """``None`` where the model was there already, as on a server."""
    process_start_ns: int | None
    peak_rss_bytes: int | None = None
    round_trip_ns: int | None = None
    """As in ``Load``."""


class Engine(Protocol):
    """One model, loaded at most once, answering one request at a time."""

    @property
    def pid(self) -> int | None:
        """The process that holds the model, where it runs on this machine."""
        ...

    @property
    def pids(self) -> tuple[int, ...]:
        """Every process of this machine that works on its answers, besides what these have started."""
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

        With a verdict, that is what its end is reported as.
        """
        ...
