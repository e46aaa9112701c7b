"""What a machine of a fleet does with questions of the desk, in a process that keeps the model loaded between them."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from tui.bench.fleet import wire
from tui.bench.fleet.live import LiveLines
from tui.cli.fleet.measuring import Work, read_work, serve
from tui.cli.shared.options import Refused
from tui.cli.shared.session import CommandSession, open_session, opener_for
from tui.console import Console
from tui.engines.process.child_side import private_stdin
from tui.records import Purpose, RunStatus
from tui.store.errors import HistoryError

_READ_BYTES: Final = 4096
Send = Callable[[wire.Line], None]


def ask(ctx: click.Context, console: Console) -> int:
    """Answer the questions whose plan files stdin names, one a line, until it ends."""
    return serve(lambda send: asyncio.run(_answer_all(ctx, console, send)))


class _Questions:
    """The files that stdin names; they come from a thread, since not every system can wait for a pipe otherwise."""

    def __init__(self) -> None:
        self._files: asyncio.Queue[Path | None] = asyncio.Queue()
        self.stop: Callable[[], None] | None = None
        """Stops the answer that is being written."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, daemon=True).start()

    async def files(self) -> AsyncGenerator[Path]:
        """Yield each file; the generator ends with stdin."""
        while (file := await self._files.get()) is not None:
            yield file

    def _read(self) -> None:
        rest = b""
        with suppress(OSError, RuntimeError):
            stdin = private_stdin()
            while content := os.read(stdin, _READ_BYTES):
                *lines, rest = (rest + content).split(b"\n")
                for line in lines:
                    self._loop.call_soon_threadsafe(self._files.put_nowait, Path(os.fsdecode(line)))
        # The loop may have ended.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self._files.put_nowait(None)
        if self.stop is not None:
            self.stop()


async def _answer_all(ctx: click.Context, console: Console, send: Send) -> None:
    questions = _Questions()
    session: CommandSession | None = None
    async with AsyncExitStack() as stack, aclosing(questions.files()) as files:
        async for file in files:
            try:
                work = read_work(ctx, file, console)
            except (Refused, HistoryError) as error:
                send(wire.EndLine(problem=str(error).rstrip(".")))
                continue
            if session is None:
                opener = opener_for(work.models, work.asked.memory_floor_bytes, work.asked.memory_limit_bytes)
                session = await stack.enter_async_context(open_session(console, opener))
                questions.stop = session.stop
            if session.stopped:
                send(wire.EndLine(status=RunStatus.STOPPED))
            else:
                await _answer(session, work, send)


async def _answer(session: CommandSession, work: Work, send: Send) -> None:
    """Answer one question; the model stays loaded, and those of earlier questions give their memory back."""
    plan, live = replace(work.plan, purpose=Purpose.ASK), LiveLines()
    await session.unload_others({model.key for model in plan.models})
    async with aclosing(session.play(plan)) as events:
        async for event in events:
            for line in live.lines_of(event):
                try:
                    send(line)
                except OSError:
                    session.stop()
