"""The streams that the self-test plays: their chunks, the moment of each chunk, and its number of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tui.records import FinishReason


class Transport(StrEnum):
    """The path on which a stream reaches the measuring code."""

    WIRE = "wire"
    """A child process sends the stream in frames, as it does for the runtime."""
    SERVER = "server"
    """An OpenAI-compatible server on this machine sends the stream, and the openai client receives it."""


class ChunkKind(StrEnum):
    """The kind of chunk that the player sends."""

    TEXT = "text"
    EMPTY = "empty"
    """The chunk carries no text."""
    ROLE = "role"
    """The chunk carries the role of the speaker and nothing else."""
    NOTHING = "nothing"
    """Tokens are generated, but nothing is sent."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of a stream: when it is sent, and how many tokens it stands for."""

    at_ms: float
    """The chunk is sent this many milliseconds after the request has arrived."""
    tokens: int
    """This many tokens were generated since the previous chunk."""
    text: str = ""
    kind: ChunkKind = ChunkKind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A stream, with everything from which its true numbers are counted."""

    name: str
    about: str
    chunks: tuple[Chunk, ...]
    step_after_ms: float = 0.0
    """The time from the last chunk to the end of generation. An answer that stops by itself ends one decoding step
    after its last token.
    """
    finish_reason: FinishReason = FinishReason.LENGTH
    prompt_tokens: int = 64
    sends_usage: bool = True
    counts_end_token: bool = False
    """Whether the usage counts the end token of an answer that stops by itself, as most servers do."""
    burst: int = 1
    """The number of first chunks with text that were held back and come together."""
    hidden_tokens: int = 0
    """The number of generated tokens that are never sent."""
    sends_hidden: bool = False
    knowable: bool = True
    """Whether a client can measure the numbers of this stream. If it cannot, flagging them is as good as getting them
    right.
    """

    @property
    def end_ms(self) -> float:
        return self.chunks[-1].at_ms + self.step_after_ms

    @property
    def output_tokens(self) -> int:
        """The tokens that the usage counts."""
        return sum(chunk.tokens for chunk in self.chunks) + self.counts_end_token

    @property
    def first_burst(self) -> int:
        """The index of the last chunk of the burst that the decode rate starts after."""
        texts = [index for index, chunk in enumerate(self.chunks) if chunk.kind is ChunkKind.TEXT]
        return texts[self.burst - 1]

    def as_received(self, transport: Transport) -> Case:
        """The case as it arrives by a transport: the first piece from the runtime is always exactly one token."""
        if transport is Transport.SERVER:
            return self
        first = next(index for index, chunk in enumerate(self.chunks) if chunk.kind is ChunkKind.TEXT)
        first_chunk = replace(self.chunks[first], tokens=1)
        return replace(self, chunks=(*self.chunks[:first], first_chunk, *self.chunks[first + 1 :]))


_FIRST_MS: Final = 60.0
_WORDS: Final = ("known ", "truth ", "told ", "again ", "at ", "even ", "steps ", "here ")
_UNEVEN: Final = (5, 1, 2, 7, 1, 3, 4, 1, 6, 2)
_UNEVEN_GAPS: Final = (1.0, 3.0, 0.5, 2.0)
_EMOJI: Final = "🙂"


def _words(count: int, start: int = 0) -> str:
    return "".join(_WORDS[(start + index) % len(_WORDS)] for index in range(count))


def _even(count: int, every_ms: float, first_ms: float = _FIRST_MS, tokens: int = 1) -> tuple[Chunk, ...]:
    """Evenly spaced chunks with the same number of tokens."""
    return tuple(Chunk(first_ms + index * every_ms, tokens, _words(tokens, index * tokens)) for index in range(count))


def _uneven(count: int, mean_ms: float) -> tuple[Chunk, ...]:
    at_ms, chunks = _FIRST_MS, list[Chunk]()
    for index in range(count):
        tokens = _UNEVEN[index % len(_UNEVEN)]
        chunks.append(Chunk(at_ms, tokens, _words(tokens, index)))
        at_ms += mean_ms * _UNEVEN_GAPS[index % len(_UNEVEN_GAPS)]
    return tuple(chunks)


def _with_empty(chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """The same chunks after two empty ones, with the text of every fourth chunk removed."""
    early = (Chunk(20.0, 0, kind=ChunkKind.EMPTY), Chunk(40.0, 0, kind=ChunkKind.EMPTY))
    later = (
        replace(chunk, text="", kind=ChunkKind.EMPTY) if index % 4 == 3 else chunk for index, chunk in enumerate(chunks)
    )
    return (*early, *later)


def _with_emoji(chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """The same chunks with characters that are cut into halves of a surrogate pair or in the middle of their bytes."""
    high, low = (chr(int.from_bytes(_EMOJI.encode("utf-16-be")[half : half + 2])) for half in (0, 2))
    texts = {3: high, 4: low, 1: _EMOJI, 2: "é"}
    return tuple(replace(chunk, text=texts.get(index % 8, chunk.text)) for index, chunk in enumerate(chunks))


def _paused(chunks: Sequence[Chunk], pause_ms: float) -> tuple[Chunk, ...]:
    half = len(chunks) // 2
    return (*chunks[:half], *(replace(chunk, at_ms=chunk.at_ms + pause_ms) for chunk in chunks[half:]))


def _all() -> Iterator[Case]:
    plain = _even(100, 4.0)
    yield Case(name="every-2-ms", about="one token per chunk, every 2 ms", chunks=_even(250, 2.0))
    yield Case(name="every-20-ms", about="one token per chunk, every 20 ms", chunks=_even(25, 20.0))
    yield Case(name="every-100-ms", about="one token per chunk, every 100 ms", chunks=_even(7, 100.0))
    yield Case(name="four-per-chunk", about="four tokens per chunk", chunks=_even(50, 8.0, tokens=4))
    uneven = Case(name="uneven-chunks", about="one to seven tokens per chunk, unevenly", chunks=_uneven(50, 5.0))
    yield replace(uneven, knowable=False)
    without_usage = Case(name="no-usage", about="nobody says how many tokens there were", chunks=plain)
    yield replace(without_usage, sends_usage=False, knowable=False)
    thinking = (Chunk(190.0, 100, kind=ChunkKind.NOTHING), *_even(100, 4.0, first_ms=200.0))
    hidden = Case(name="hidden-told", about="hidden reasoning, told in the usage", chunks=thinking, hidden_tokens=100)
    yield replace(hidden, sends_hidden=True)
    yield replace(hidden, name="hidden-untold", about="hidden reasoning, counted but not told", knowable=False)
    role = (Chunk(10.0, 0, kind=ChunkKind.ROLE), *plain)
    yield Case(name="role-first", about="a chunk with the role alone comes first", chunks=role)
    yield Case(name="empty-chunks", about="chunks without text, two of them first", chunks=_with_empty(plain))
    slow = _even(50, 8.0, first_ms=2000.0)
    yield Case(name="prefill-2-s", about="2 s until the first token", chunks=slow, prompt_tokens=1024)
    yield Case(name="stall", about="a pause of 500 ms in the middle", chunks=_paused(plain, 500.0))
    yield Case(name="broken-character", about="characters cut across chunks", chunks=_with_emoji(plain))
    tail = (*_even(80, 4.0), Chunk(_FIRST_MS + 104 * 4.0, 25, kind=ChunkKind.NOTHING))
    yield Case(name="silent-tail", about="25 tokens without text at the end", chunks=tail)
    yield Case(name="length", about="ends at the limit of tokens", chunks=plain)
    stop = Case(name="stop", about="ends by itself, one step later", chunks=plain, step_after_ms=4.0)
    stop = replace(stop, finish_reason=FinishReason.STOP)
    yield stop
    counted = "ends by itself, and the usage counts the end token"
    yield replace(stop, name="end-token-counted", about=counted, counts_end_token=True)
    together = "ends by itself, the end comes with the last text"
    yield replace(stop, name="end-with-text", about=together, step_after_ms=0.0)
    both = "the end comes with the last text and the usage counts its token"
    yield replace(stop, name="end-counted-with-text", about=both, step_after_ms=0.0, counts_end_token=True)
    lump = (Chunk(360.0, 15, _words(15)), *_even(35, 20.0, first_ms=380.0))
    yield Case(name="first-burst", about="15 of 50 tokens in the first chunk", chunks=lump)
    held = (*(Chunk(360.0, 1, _words(1, index)) for index in range(15)), *_even(35, 20.0, first_ms=380.0))
    yield Case(name="held-back-start", about="the first 15 chunks come together", chunks=held, burst=15)


CASES: Final = tuple(_all())

SHORT: Final = tuple(
    case for case in CASES if case.name not in ("every-100-ms", "prefill-2-s", "stall", "held-back-start")
)
"""The cases that take little more than half a second each."""

DRAWN: Final = Case(
    name="four-columns", about="every 2 ms into each of four columns that the workbench draws", chunks=_even(600, 2.0)
)
"""The case that the workbench draws. Its result is compared with that of ``every-2-ms``, which nothing draws."""

BY_NAME: Final = {case.name: case for case in (*CASES, DRAWN)}
