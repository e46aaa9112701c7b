"""The part that all engines share: a child process that loads a model, streams answers, is cancelled and ended."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Collection, Generator, Sequence
from dataclasses import replace
from typing import ClassVar, TypeVar

from tui.engines.contract import Completed, EngineDied, Loaded, NotSent, Pieces, Request, RequestFailed
from tui.engines.process import wire
from tui.engines.process.child_process import ChildProcess
from tui.engines.process.exit_cause import cause_of_exit, cause_of_refusal
from tui.engines.process.frame_router import FrameQueue, FrameRouter
from tui.probes import host
from tui.records import ExitCause, ExitKind

Frame = TypeVar("Frame", wire.Started, wire.LoadFinished)


class ChildEngine:
    """One model in one child process, which begins with the load and ends with ``close``.

    A subclass gives the command that loads the model.
    """

    _left_out: tuple[str, ...] = ()
    """The beginnings of lines on the child's stderr that are no message for a person."""
    cancel_patience_s: ClassVar[float] = 0.08
    """How long a child may take to cancel. It sees no cancel while it reads a prompt, and is then ended instead."""
    patience_beyond_s: ClassVar[float] = 0.0
    """How much longer than its server the child may be silent, so that one request fails and not the model."""

    def __init__(self, command: Sequence[str], variables: Collection[str] = ()) -> None:
        """Note the command of the child, and which variables with keys it needs."""
        self._command = command
        self._variables = variables
        self._child: ChildProcess | None = None
        self._router: FrameRouter | None = None
        self._own_pid: int | None = None
        self._last_request_id = 0
        self._oom_kills: int | None = None
        self._cause_of_kill: ExitCause | None = None

    @property
    def pid(self) -> int | None:
        """The process that holds the model: the child, not a launcher as Windows has them, unless a server holds it."""
        return self._own_pid or (self._child.pid if self._child else None)

    @property
    def pids(self) -> tuple[int, ...]:
        """The child, and the process that holds the model if that is another one; see ``Engine.pids``."""
        pids = (self._child.pid if self._child else None, self.pid)
        return tuple(dict.fromkeys(pid for pid in pids if pid is not None))

    @property
    def alive(self) -> bool:
        """Whether the child lives."""
        return self._child is not None and self._child.alive

    async def _load_command(self) -> wire.Task:
        """The command that has the child load the model; it is made after the child has been started."""
        raise NotImplementedError

    def _note_step(self, frame: wire.Report) -> None:
        """Take in what the child reports before the model is loaded."""

    def _waited_for(self) -> str:
        """What a load that took too long was waiting for, in words that go on from it; empty if that is not known."""
        return ""

    def _note_load(self, frame: wire.LoadFinished) -> None:
        """Keep what a subclass needs of the report of a load."""

    async def load(self, timeout_s: float) -> Loaded:
        """Start the child and have it load the model; see ``Engine.load``."""
        self._oom_kills = host.oom_kills()
        begun_ns = time.perf_counter_ns()
        try:
            self._child = child = ChildProcess(self._command, self._variables, self._left_out)
            self._router = FrameRouter(child)
            child.send(await self._load_command())
            with self._router.queue() as queue:
                async with asyncio.timeout(timeout_s):
                    self._own_pid = (await self._expect(queue, wire.Started)).pid
                    process_start_ns = time.perf_counter_ns() - begun_ns
                    frame = await self._expect(queue, wire.LoadFinished)
        except TimeoutError:
            cause = ExitCause(
                kind=ExitKind.TIMED_OUT,
                reason=f"not loaded after {timeout_s:g} s{self._waited_for()}",
                stderr_tail=self._stderr_tail(),
            )
            await self.close()
            raise EngineDied(cause) from None
        except (OSError, ValueError) as error:
            await self.close()
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason=f"it cannot be started: {error}")) from error
        except BaseException:
            await self.close()
            raise
        self._note_load(frame)
        return replace(frame.loaded, process_start_ns=process_start_ns)

    async def generate(self, request: Request, silence_timeout_s: float) -> AsyncGenerator[Pieces | Completed, None]:
        """Stream the answer; see ``Engine.generate``."""
        child, router = self._child, self._router
        if child is None or router is None:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="the model is not loaded"))
        self._last_request_id += 1
        request_id = self._last_request_id
        with router.queue(request_id) as queue, self._answering(request_id):
            child.send(wire.Generate(request_id, request, silence_timeout_s))
            patience_s = request.reading_limit_s(silence_timeout_s) + self.patience_beyond_s
            ended = False
            try:
                if request.queued:
                    yield await _begun(queue)
                while True:
                    frame = await self._next_frame(queue, patience_s)
                    if isinstance(frame, wire.Text):
                        patience_s = silence_timeout_s + self.patience_beyond_s
                        yield Pieces(pieces=frame.pieces)
                    elif isinstance(frame, wire.Failed):
                        ended = True
                        raise self._failure(frame)
                    elif isinstance(frame, wire.AnswerFinished):
                        ended = True
                        yield frame.completed
                        return
                    else:
                        await self._receive(frame, queue)
            except (EngineDied, NotSent):
                ended = True
                raise
            finally:
                if not ended:
                    await self._cancel(request_id, queue)

    async def open_connections(self, count: int) -> None:  # noqa: ARG002
        """Refuse: a model in a child process answers one request at a time; see ``Engine.open_connections``."""
        raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="it answers one request at a time"))

    async def close(self) -> None:
        """End the child; nothing of it stays behind."""
        if self._child is not None:
            await self._child.close()

    def kill(self, cause: ExitCause | None = None) -> None:
        """End the child at once; see ``Engine.kill``."""
        self._cause_of_kill = self._cause_of_kill or cause
        if self._child is not None:
            self._child.kill()

    @contextlib.contextmanager
    def _answering(self, request_id: int) -> Generator[None]:  # noqa: ARG002
        """Enclose a request, however it ends; a subclass may have something to do then."""
        yield

    async def _receive(self, frame: wire.Report, queue: FrameQueue) -> None:
        """Take in what the child reports while it answers, besides text and the end of the answer."""

    def _failure(self, frame: wire.Failed) -> RequestFailed | EngineDied:
        """The error for a failure that the child reports."""
        return RequestFailed(cause_of_refusal(frame.message, self._stderr_tail()))

    async def _cancel(self, request_id: int, queue: FrameQueue) -> None:
        child = self._child
        if child is None or not child.alive:
            return
        child.send(wire.Cancel(request_id))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.cancel_patience_s):
                while (frame := await queue.get()) is not None:
                    if isinstance(frame, (wire.Cancelled, wire.AnswerFinished, wire.Failed)):
                        return
        self.kill(ExitCause(kind=ExitKind.TIMED_OUT, reason=f"it did not stop within {self.cancel_patience_s:g} s"))

    async def _next_frame(self, queue: FrameQueue, silence_timeout_s: float | None = None) -> wire.Report:
        assert self._child is not None
        try:
            async with asyncio.timeout(silence_timeout_s):
                frame = await queue.get()
        except TimeoutError:
            self._child.kill()
            reason = f"no sign of life for {silence_timeout_s:g} s"
            raise EngineDied(
                ExitCause(kind=ExitKind.TIMED_OUT, reason=reason, stderr_tail=self._stderr_tail())
            ) from None
        if frame is None:
            raise EngineDied(await self._cause_of_end())
        return frame

    async def _expect(self, queue: FrameQueue, kind: type[Frame]) -> Frame:
        """The next frame of this kind. Raises EngineDied if the child reports a failure before."""
        while True:
            frame = await self._next_frame(queue)
            if isinstance(frame, kind):
                return frame
            if isinstance(frame, wire.Failed):
                raise EngineDied(self._failure(frame).cause)
            self._note_step(frame)

    async def _cause_of_end(self) -> ExitCause:
        assert self._child is not None
        status = await self._child.close()
        if self._cause_of_kill is not None:
            return replace(self._cause_of_kill, stderr_tail=self._stderr_tail())
        kills = host.oom_kills()
        by_kernel = kills is not None and self._oom_kills is not None and kills > self._oom_kills
        if self._child.broken_line:
            return ExitCause(kind=ExitKind.CRASHED, reason=self._child.broken_line, stderr_tail=self._stderr_tail())
        return cause_of_exit(status, by_kernel=by_kernel, stderr_tail=self._stderr_tail())

    def _stderr_tail(self) -> tuple[str, ...]:
        return tuple(self._child.stderr_tail) if self._child else ()


async def _begun(queue: FrameQueue) -> Pieces:
    """Wait until a queued request is sent, however long the requests before it take.

    Raises:
        NotSent: it will not be, since an earlier one failed or the child has ended.
    """
    frame = await queue.get()
    if frame is None or isinstance(frame, wire.RequestNotSent):
        raise NotSent(ExitCause(kind=ExitKind.REFUSED, reason="an earlier request failed"))
    if isinstance(frame, wire.Text):
        # The text of a quick answer may overtake the report that it has begun.
        return Pieces(pieces=frame.pieces)
    if not isinstance(frame, wire.RequestBegun):
        queue.put_nowait(frame)
    return Pieces(pieces=())
