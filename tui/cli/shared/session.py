"""Sessions of commands: runs in one event loop with one pool of models, and the meaning of Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Callable, Collection, Generator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from functools import partial
from types import FrameType
from typing import NoReturn

from tui.bench.events import Event
from tui.bench.judging.runner import Judged, JudgeDied, JudgingWork, judge_run
from tui.bench.memory.guard import Guard
from tui.bench.model_pool import ModelPool
from tui.cli.shared.values import history_file
from tui.console import Console, ExitCode
from tui.records import Model, ModelPace, Plan, RunRecord
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.system.processes import end_signals
from tui.workspace.stored_runs import paces
from tui.workspace.workspace import Workspace, workspace_for


class CommandSession:
    """Plays runs, and lets models judge answers; the models of a session end with it."""

    def __init__(self, workspace: Workspace, history: History | None, stop: asyncio.Event) -> None:
        self._workspace = workspace
        self._history = history
        self._stop = stop

    @property
    def stopped(self) -> bool:
        """Whether the end of the session has been asked for."""
        return self._stop.is_set()

    def stop(self) -> None:
        """End the run as the first Ctrl-C does."""
        self._stop.set()

    async def play(
        self, plan: Plan, resuming: RunRecord | None = None, *, without_disturbed: bool = False
    ) -> AsyncGenerator[Event, None]:
        """Yield the events of one run; ``resuming`` is a run of this plan that goes on."""
        run = self._workspace.play(
            plan, history=self._history, stop=self._stop, resuming=resuming, without_disturbed=without_disturbed
        )
        async with aclosing(run) as events:
            async for event in events:
                yield event

    async def paces(self, plan: Plan) -> dict[str, ModelPace]:
        """Read how fast the models of the plan were in earlier runs; none if that cannot be read."""
        keys = [model.key for model in plan.models]
        try:
            return await asyncio.to_thread(paces, self._workspace.history_file, keys)
        except HistoryError:
            return {}

    async def unload_others(self, keys: Collection[str]) -> None:
        """End the models that are loaded, except those with these keys."""
        pool = self._workspace.model_pool
        for key in [key for key in pool.loaded if key not in keys]:
            await pool.unload(key)

    async def judge(
        self, run: RunRecord, model: Model, *, itself: bool, reply_tokens: int | None = None
    ) -> AsyncGenerator[JudgingWork | Judged | JudgeDied | RunRecord, None]:
        """Let the model judge the answers of a run.

        First comes what there is to judge, then each judgement, and at the end the run with all of them. Nothing comes
        if there is no history to keep them in. With ``itself`` the model judges its own answers too.
        """
        if self._history is None:
            return
        judging = judge_run(
            run,
            model,
            pool=self._workspace.model_pool,
            history=self._history,
            stop=self._stop,
            itself=itself,
            reply_tokens=reply_tokens,
        )
        async with aclosing(judging) as events:
            async for event in events:
                yield event


def opener_for(models: Sequence[Model], floor_bytes: int | None, ceiling_bytes: int | None) -> Callable[[], Workspace]:
    """Give the function that opens a workspace for these models, within the limits that the options set on memory.

    Its runs are kept in the history that the command line names.
    """
    return partial(workspace_for, models, history_file(), Guard(floor_bytes, ceiling_bytes))


@asynccontextmanager
async def open_session(console: Console, opener: Callable[[], Workspace]) -> AsyncGenerator[CommandSession, None]:
    """Open a workspace for the time of a block; no model's process outlives it, however it ends."""
    stop = asyncio.Event()
    workspace = opener()
    with stopped_by_signals(stop, partial(_leave, workspace.model_pool)):
        history = _open_history(workspace, console)
        try:
            yield CommandSession(workspace, history, stop)
        finally:
            await workspace.model_pool.close()
            workspace.sampler.close()
            if history is not None:
                history.close()


@contextmanager
def stopped_by_signals(stop: asyncio.Event, leave: Callable[[], NoReturn]) -> Generator[None, None, None]:
    """Let the first Ctrl-C set ``stop``, so that the work ends in order, and the second ``leave`` at once."""
    loop = asyncio.get_running_loop()
    signalled = False

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal signalled
        if signalled:
            leave()
        signalled = True
        # The loop may be asleep, and only this call wakes it on every system.
        loop.call_soon_threadsafe(stop.set)

    handlers_before = {number: signal.signal(number, on_signal) for number in end_signals()}
    try:
        yield
    finally:
        for number, handler in handlers_before.items():
            signal.signal(number, handler)


def _leave(model_pool: ModelPool) -> NoReturn:
    model_pool.kill_all()
    with suppress(OSError):
        os.write(2, b"\nbenchtop: left at once; what was finished is in the history.\n")
    os._exit(ExitCode.INTERRUPTED)


def _open_history(workspace: Workspace, console: Console) -> History | None:
    if workspace.history_file is None:
        return None
    try:
        return History(workspace.history_file)
    except HistoryError as error:
        console.warn(f"{str(error).rstrip('.')}. The run goes on, but is not kept in the history.")
        return None
