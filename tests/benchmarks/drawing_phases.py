"""What the app under test goes through in the benchmark of drawing, and what it measures of itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.support.scripted_child import MARKDOWN_WANTED, token_text

if TYPE_CHECKING:
    from tui.app import BenchtopApp

STREAMS, TOKENS_PER_S = 4, 1000
TURNS = 5
BEAT_S: Final = 0.005
_TURN_TOKENS: Final = 1500
_EDGES_S: Final = 1.5
"""The seconds of a run that are left out: its start, and its end with the collection of garbage between runs."""
_SETTLING_S: Final = 2.0


@dataclass(frozen=True)
class Lag:
    """The lateness of the heartbeat, corrected for the beats that a stall swallowed."""

    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True)
class Inside:
    """The figures that the app under test writes. Shares are of one core, and of the app's own process only."""

    seconds: float
    """How long all of it took."""
    streaming_cpu: float
    resting_cpu: float
    dialog_cpu: float
    conversation_cpu: float
    lag: Lag
    conversation_lag: Lag
    characters_sent: int
    characters_held: int


def corrected(lags_s: Sequence[float]) -> list[float]:
    """Return each lag and those of the beats that it swallowed: a stall delays every beat that was due in it."""
    felt: list[float] = []
    for lag in lags_s:
        while lag > 0:
            felt.append(lag)
            lag -= BEAT_S
    return felt


def lag_of(lags_s: Sequence[float]) -> Lag:
    felt = sorted(corrected(lags_s))
    last = len(felt) - 1
    return Lag(
        p50_ms=felt[last // 2] * 1e3,
        p99_ms=felt[round(last * 0.99)] * 1e3,
        max_ms=felt[last] * 1e3,
    )


class Stretch:
    """A stretch of time, and the processor time that this process used in it."""

    def __init__(self) -> None:
        self._started_s, self._cpu_s = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started_s

    @property
    def cpu_share(self) -> float:
        return (time.process_time() - self._cpu_s) / self.seconds


async def beat(lags_s: list[float]) -> None:
    """Beat in the event loop until cancelled, noting how late each beat is."""
    while True:
        due_s = time.perf_counter() + BEAT_S
        await asyncio.sleep(BEAT_S)
        lags_s.append(max(0.0, time.perf_counter() - due_s))


async def seldom_until(condition: Callable[[], object]) -> None:
    """Wait for a condition, and check it so seldom that it costs nothing."""
    while not condition():  # noqa: ASYNC110  # nobody would set an event
        await asyncio.sleep(0.2)


class Phases:
    """Drives the app through streaming, rest, rest with a dialog, and a conversation."""

    def __init__(self, bench: BenchtopApp, seconds: float, rest: float) -> None:
        self._bench, self._seconds, self._rest = bench, seconds, rest
        self._lags_s: list[float] = []

    async def measure(self) -> Inside:
        """Go through all phases."""
        whole = Stretch()
        await seldom_until(lambda: self._bench.session)
        await asyncio.sleep(1)
        sent, held, streaming_cpu = await self._stream()
        lag = lag_of(self._lags_s)
        resting_cpu, dialog_cpu = await self._rest_alone(), await self._rest_below_a_dialog()
        conversation_cpu = await self._converse()
        return Inside(
            seconds=whole.seconds,
            streaming_cpu=streaming_cpu,
            resting_cpu=resting_cpu,
            dialog_cpu=dialog_cpu,
            conversation_cpu=conversation_cpu,
            lag=lag,
            conversation_lag=lag_of(self._lags_s),
            characters_sent=sent,
            characters_held=held,
        )

    async def _stream(self) -> tuple[int, int, float]:
        """Return how many characters were sent and how many are held at the end, and the share of a core."""
        tokens, line = round(self._seconds * TOKENS_PER_S), self._bench.workbench.prompt_line
        self._limit_answers(tokens)
        self._bench.workbench.when_ready(lambda runs: runs.ask())
        await seldom_until(lambda: len(self._answers()) == STREAMS and all(self._answers()))
        async with self._heartbeat():
            streaming = Stretch()
            await asyncio.sleep(self._seconds - _EDGES_S)
            cpu = streaming.cpu_share
        await self._until_free()
        expected = sum(len(token_text(token, line.text)) for token in range(tokens))
        return STREAMS * expected, sum(map(len, self._answers())), cpu

    async def _rest_alone(self) -> float:
        await asyncio.sleep(_SETTLING_S)
        resting = Stretch()
        await asyncio.sleep(self._rest)
        return resting.cpu_share

    async def _rest_below_a_dialog(self) -> float:
        workbench = self._bench.workbench
        workbench.when_ready(lambda runs: runs.benchmark())
        await seldom_until(lambda: self._bench.screen is not workbench)
        cpu = await self._rest_alone()
        self._bench.pop_screen()
        await seldom_until(lambda: self._bench.screen is workbench)
        return cpu

    async def _converse(self) -> float:
        """Ask all questions of a conversation, and return the share of a core that they took with their layout."""
        workbench = self._bench.workbench
        self._limit_answers(_TURN_TOKENS)
        workbench.prompt_line.text = MARKDOWN_WANTED
        workbench.when_ready(lambda runs: runs.questions.begin_anew())
        async with self._heartbeat():
            conversing = Stretch()
            for turn in range(1, TURNS + 1):
                workbench.when_ready(lambda runs: runs.questions.send(MARKDOWN_WANTED))
                await seldom_until(lambda turn=turn: self._next_turn() == turn + 1)
                await self._until_free()
            await asyncio.sleep(_EDGES_S)
            return conversing.cpu_share

    def _next_turn(self) -> int:
        runs = self._bench.workbench.runs
        assert runs is not None
        return runs.questions.conversation.next_turn

    def _limit_answers(self, tokens: int) -> None:
        from tui.records import QuestionSettings

        # The limit of a configured prompt is one for benchmarks: a question has its own.
        self._bench.workbench.prompt_line.settings = QuestionSettings(max_tokens=tokens)

    def _answers(self) -> list[str]:
        from tui.panes.streams.column import StreamColumn

        return [column.answer for column in self._bench.screen.query(StreamColumn)]

    async def _until_free(self) -> None:
        await seldom_until(lambda: self._bench.session and self._bench.session.running is None)

    @asynccontextmanager
    async def _heartbeat(self) -> AsyncGenerator[None]:
        self._lags_s = []
        heart = asyncio.create_task(beat(self._lags_s))
        try:
            yield
        finally:
            heart.cancel()
