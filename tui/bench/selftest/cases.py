"""The streams that are played: what is sent when, and how many tokens that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tui.records import FinishReason


class Transport(StrEnum):
    """How a stream comes to the code that measures."""

    WIRE = "wire"
    """From a child process in frames, as from the runtime."""
    SERVER = "server"
    """From an OpenAI-compatible server on this machine, through the openai client."""


class ChunkKind(StrEnum):
    """What is sent at a beat."""

    TEXT = "text"
    EMPTY = "empty"
    """A chunk without text."""
    ROLE = "role"
    """A chunk that says who speaks, and nothing else."""
    NOTHING = "nothing"
    """Tokens are generated, and nobody outside sees anything of them."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One moment of a stream."""

    at_ms: float
    """After the request had arrived."""
    tokens: int
    """Generated since the beat before."""
    text: str = ""
    kind: ChunkKind = ChunkKind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A stream, and what its truth is made of."""

    name: str
    about: str
    chunks: tuple[Chunk, ...]
    step_after_ms: float = 0.0
    """From the last beat to the end of generation: a stop ends one step after its last token."""
    finish_reason: FinishReason = FinishReason.LENGTH
    prompt_tokens: int = 64
    sends_usage: bool = True
    hidden_tokens: int = 0
    """Of the tokens those that are never sent."""
    sends_hidden: bool = False
    knowable: bool = True
    """Whether its numbers can be known from outside; if not, a flag is as good as the right number."""

    @property
    def end_ms(self) -> float:
        return self.chunks[-1].at_ms + self.step_after_ms

    @property
    def output_tokens(self) -> int:
        return sum(beat.tokens for beat in self.chunks)

    def as_received(self, way: Transport) -> Case:
        """The case as this way has it: the first piece from the runtime is always one token."""
        if way is Transport.SERVER:
            return self
        first = next(index for index, beat in enumerate(self.chunks) if beat.kind is ChunkKind.TEXT)
        one = replace(self.chunks[first], tokens=1)
        return replace(self, chunks=(*self.chunks[:first], one, *self.chunks[first + 1 :]))


_FIRST_MS: Final = 60.0
_WORDS: Final = ("known ", "truth ", "told ", "again ", "at ", "even ", "steps ", "here ")
_UNEVEN: Final = (5, 1, 2, 7, 1, 3, 4, 1, 6, 2)
_UNEVEN_GAPS: Final = (1.0, 3.0, 0.5, 2.0)
_EMOJI: Final = "🙂"


def _words(count: int, start: int = 0) -> str:
    return "".join(_WORDS[(start + index) % len(_WORDS)] for index in range(count))


def _even(count: int, every_ms: float, first_ms: float = _FIRST_MS, tokens: int = 1) -> tuple[Chunk, ...]:
    """Chunks of so many tokens each, evenly spaced."""
    return tuple(Chunk(first_ms + index * every_ms, tokens, _words(tokens, index * tokens)) for index in range(count))


def _uneven(count: int, mean_ms: float) -> tuple[Chunk, ...]:
    at_ms, beats = _FIRST_MS, list[Chunk]()
    for index in range(count):
        tokens = _UNEVEN[index % len(_UNEVEN)]
        beats.append(Chunk(at_ms, tokens, _words(tokens, index)))
        at_ms += mean_ms * _UNEVEN_GAPS[index % len(_UNEVEN_GAPS)]
    return tuple(beats)


def _with_empty(beats: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """Two chunks before the first text, and every fourth token of the answer, without text."""
    early = (Chunk(20.0, 0, kind=ChunkKind.EMPTY), Chunk(40.0, 0, kind=ChunkKind.EMPTY))
    later = (
        replace(beat, text="", kind=ChunkKind.EMPTY) if index % 4 == 3 else beat for index, beat in enumerate(beats)
    )
    return (*early, *later)


def _with_emoji(beats: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """Characters that are cut: in two halves of a surrogate pair, and in the middle of their bytes."""
    high, low = (chr(int.from_bytes(_EMOJI.encode("utf-16-be")[half : half + 2])) for half in (0, 2))
    texts = {3: high, 4: low, 1: _EMOJI, 2: "é"}
    return tuple(replace(beat, text=texts.get(index % 8, beat.text)) for index, beat in enumerate(beats))


def _paused(beats: Sequence[Chunk], pause_ms: float) -> tuple[Chunk, ...]:
    half = len(beats) // 2
    return (*beats[:half], *(replace(beat, at_ms=beat.at_ms + pause_ms) for beat in beats[half:]))


def _all() -> Iterator[Case]:
    plain = _even(100, 4.0)
    yield Case(name="every-2-ms", about="one token per chunk, every 2 ms", chunks=_even(250, 2.0))
    yield Case(name="every-20-ms", about="one token per chunk, every 20 ms", chunks=_even(25, 20.0))
    yield Case(name="every-100-ms", about="one token per chunk, every 100 ms", chunks=_even(7, 100.0))
    yield Case(name="four-per-chunk", about="four tokens per chunk", chunks=_even(50, 8.0, tokens=4))
    uneven = Case(name="uneven-chunks", about="one to seven tokens per chunk, unevenly", chunks=_uneven(50, 5.0))
    yield replace(uneven, knowable=False)
    untold = Case(name="no-usage", about="nobody says how many tokens there were", chunks=plain)
    yield replace(untold, sends_usage=False, knowable=False)
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
    yield replace(stop, finish_reason=FinishReason.STOP)


CASES: Final = tuple(_all())

SHORT: Final = tuple(case for case in CASES if case.name not in ("every-100-ms", "prefill-2-s", "stall"))
"""What takes little more than half a second each."""

DRAWN: Final = Case(
    name="four-columns", about="every 2 ms into each of four columns that the workbench draws", chunks=_even(600, 2.0)
)
"""To be held against ``every-2-ms``, with nobody looking."""

BY_NAME: Final = {case.name: case for case in (*CASES, DRAWN)}
