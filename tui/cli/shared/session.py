"""Runs from the command line: one event loop, one pool, and what Ctrl-C means."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Final, NoReturn

from tui.bench import runner
from tui.bench.events import Event
from tui.bench.judging.runner import Judged, JudgeDied, Work, judge_run
from tui.bench.memory.guard import Guard
from tui.bench.model_pool import ModelPool
from tui.cli.shared.values import history_file
from tui.console import Console, ExitCode
from tui.engines.foundry import engine
from tui.probes import own
from tui.probes.sampler import Sampler
from tui.records import Model, Plan, RunRecord
from tui.store.errors import HistoryError
from tui.store.history import History

_STOP_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@dataclass(frozen=True, slots=True)
class CommandServices:
    """What runs are done within: the limits on memory, and the models that advice may point to."""

    guard: Guard
    known: tuple[Model, ...] = ()


class CommandSession:
    """Where runs are played; the models of a session end with it."""

    def __init__(
        self, pool: ModelPool, history: History | None, stop: asyncio.Event, alternatives: tuple[Model, ...]
    ) -> None:
        self._pool = pool
        self._alternatives = alternatives
        self._history = history
        self._stop = stop

    def stop(self) -> None:
        """End the run as the first Ctrl-C does."""
        self._stop.set()

    async def play(self, plan: Plan, resuming: RunRecord | None = None) -> AsyncGenerator[Event, None]:
        """The events of one run."""
        run = runner.run(
            plan,
            pool=self._pool,
            history=self._history,
            stop=self._stop,
            alternatives=self._alternatives,
            resuming=resuming,
        )
        async with aclosing(run) as events:
            async for event in events:
                yield event

    async def judge(
        self, run: RunRecord, model: Model, *, itself: bool
    ) -> AsyncGenerator[Work | Judged | JudgeDied | RunRecord, None]:
        """What there is to judge, each thing that is said, and at the end the run with all of it."""
        if self._history is None:
            return
        told = judge_run(run, model, pool=self._pool, history=self._history, stop=self._stop, itself=itself)
        async with aclosing(told) as events:
            async for event in events:
                yield event

    @property
    def stopped(self) -> bool:
        """Whether somebody has asked for the end."""
        return self._stop.is_set()


@asynccontextmanager
async def open_session(console: Console, surroundings: CommandServices) -> AsyncGenerator[CommandSession, None]:
    """A session that leaves no process behind, however it ends."""
    engine.sweep_scratch()
    own.shield_from_oom()
    stop = asyncio.Event()
    sampler = Sampler()
    pool = ModelPool(sampler=sampler, guard=surroundings.guard)
    history = _open_history(console)
    with _stopping(stop, pool):
        sampler.start()
        try:
            yield CommandSession(pool, history, stop, surroundings.known)
        finally:
            await pool.close()
            sampler.close()
            if history is not None:
                history.close()


@contextmanager
def _stopping(stop: asyncio.Event, pool: ModelPool) -> Generator[None, None, None]:
    """The first Ctrl-C ends the run and keeps what is finished, the second leaves at once."""
    loop = asyncio.get_running_loop()

    asked = False

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            _leave(pool)
        asked = True
        # The loop may be asleep, and only this call wakes it on every system.
        loop.call_soon_threadsafe(stop.set)

    before = {number: signal.signal(number, on_signal) for number in _stop_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_signals() -> list[signal.Signals]:
    return [signal.Signals[name] for name in _STOP_SIGNALS if name in signal.Signals.__members__]


def _leave(pool: ModelPool) -> NoReturn:
    pool.kill_all()
    with suppress(OSError):
        os.write(2, b"\nbenchtop: left at once; what was finished is in the history.\n")
    os._exit(ExitCode.INTERRUPTED)


def _open_history(console: Console) -> History | None:
    try:
        return History(history_file())
    except HistoryError as error:
        console.say(f"{str(error).rstrip('.')}. The run goes on, but is not kept in the history.")
        return None
