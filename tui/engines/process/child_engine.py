"""What every engine has in common whose model is spoken for by a child process: load, stream, cancel, end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from tui.engines.engine import Completed, EngineDied, Loaded, Pieces, Request, RequestFailed
from tui.engines.process import wire
from tui.engines.process.child_process import ChildProcess
from tui.engines.process.exit_cause import death, refusal
from tui.engines.process.frame_router import Box, FrameRouter
from tui.probes import host
from tui.records import ExitCause, ExitKind, FinishReason

CANCEL_PATIENCE_S: Final = 0.08
"""A cancel is not seen while a prompt is read: past this the child is ended instead."""

Frame = TypeVar("Frame", wire.Hello, wire.LoadDone)


class ChildEngine:
    """One model behind one child: loading starts the process, closing ends it. A kind of engine says what to load."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._child: ChildProcess | None = None
        self._post: FrameRouter | None = None
        self._request = 0
        self._oom_kills: int | None = None
        self._sentence: ExitCause | None = None

    @property
    def pid(self) -> int | None:
        """The process that holds the model: here the child."""
        return self._child.pid if self._child else None

    @property
    def pids(self) -> tuple[int, ...]:
        """See ``Engine.pids``: also the child that asks a server."""
        known = (self._child.pid if self._child else None, self.pid)
        return tuple(dict.fromkeys(pid for pid in known if pid is not None))

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    async def _loading(self) -> wire.Task:
        """What the child is asked first, once it has been started."""
        raise NotImplementedError

    def _take(self, done: wire.LoadDone) -> None:
        """Keep what a load has told besides its times."""

    async def load(self, timeout_s: float) -> Loaded:
        """Start the child and have it load the model; see ``Engine.load``."""
        self._oom_kills = host.oom_kills()
        started_ns = time.perf_counter_ns()
        try:
            self._child = child = ChildProcess(self._command)
            self._post = FrameRouter(child)
            child.send(await self._loading())
            with self._post.box() as box:
                async with asyncio.timeout(timeout_s):
                    await self._expect(box, wire.Hello)
                    process_start_ns = time.perf_counter_ns() - started_ns
                    done = await self._expect(box, wire.LoadDone)
        except TimeoutError:
            verdict = ExitCause(
                kind=ExitKind.TIMED_OUT,
                reason=f"not loaded after {timeout_s:g} s",
                stderr_tail=self._last_words(),
            )
            await self.close()
            raise EngineDied(verdict) from None
        except (OSError, ValueError) as error:
            await self.close()
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason=f"it cannot be started: {error}")) from error
        except BaseException:
            await self.close()
            raise
        self._take(done)
        return Loaded(
            load_ns=done.load_ns,
            process_start_ns=process_start_ns,
            peak_rss_bytes=done.peak_rss_bytes,
            round_trip_ns=done.round_trip_ns,
        )

    async def generate(self, request: Request, silence_timeout_s: float) -> AsyncGenerator[Pieces | Completed, None]:
        """Stream the answer; see ``Engine.generate``."""
        child, post = self._child, self._post
        if child is None or post is None:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="the model is not loaded"))
        self._request += 1
        number = self._request
        with post.box(number) as box, self._answering(number):
            child.send(_asking(number, request, silence_timeout_s))
            patience_s = self._patience_s(silence_timeout_s)
            ended = False
            try:
                while True:
                    frame = await self._next_frame(box, patience_s)
                    if isinstance(frame, wire.Text):
                        yield Pieces(pieces=frame.pieces)
                    elif isinstance(frame, wire.Failed):
                        ended = True
                        raise self._failure(frame)
                    elif isinstance(frame, wire.Finished):
                        ended = True
                        yield completed(frame)
                        return
                    else:
                        await self._hear(frame, box)
            except EngineDied:
                ended = True
                raise
            finally:
                if not ended:
                    await self._cancel(number, box)

    async def open_connections(self, count: int) -> None:  # noqa: ARG002
        """Refuse: a model in a child process answers one request at a time; see ``Engine.open_connections``."""
        raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="it answers one request at a time"))

    async def close(self) -> None:
        """End the child; nothing of it stays behind."""
        if self._child is not None:
            await self._child.close()

    def kill(self, cause: ExitCause | None = None) -> None:
        """End the child at once; see ``Engine.kill``."""
        self._sentence = self._sentence or cause
        if self._child is not None:
            self._child.kill()

    @contextlib.contextmanager
    def _answering(self, number: int) -> Generator[None]:  # noqa: ARG002
        """Around a request, however it ends."""
        yield

    async def _hear(self, frame: wire.Report, box: Box) -> None:
        """What else the child says while it answers."""

    def _patience_s(self, silence_timeout_s: float) -> float:
        """How long the child may be silent while it answers."""
        return silence_timeout_s

    def _failure(self, frame: wire.Failed) -> RequestFailed | EngineDied:
        """What a request has failed with, as the child tells it."""
        return RequestFailed(refusal(frame.message, self._last_words()))

    async def _cancel(self, number: int, box: Box) -> None:
        child = self._child
        if child is None or not child.alive:
            return
        child.send(wire.Cancel(number))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CANCEL_PATIENCE_S):
                while (frame := await box.get()) is not None:
                    if isinstance(frame, (wire.Cancelled, wire.Finished, wire.Failed)):
                        return
        child.kill()

    async def _next_frame(self, box: Box, silence_timeout_s: float | None = None) -> wire.Report:
        assert self._child is not None
        try:
            async with asyncio.timeout(silence_timeout_s):
                frame = await box.get()
        except TimeoutError:
            self._child.kill()
            reason = f"no sign of life for {silence_timeout_s:g} s"
            raise EngineDied(
                ExitCause(kind=ExitKind.TIMED_OUT, reason=reason, stderr_tail=self._last_words())
            ) from None
        if frame is None:
            raise EngineDied(await self._death())
        return frame

    async def _expect(self, box: Box, kind: type[Frame]) -> Frame:
        while True:
            frame = await self._next_frame(box)
            if isinstance(frame, kind):
                return frame
            if isinstance(frame, wire.Failed):
                raise EngineDied(self._failure(frame).cause)

    async def _death(self) -> ExitCause:
        assert self._child is not None
        status = await self._child.close()
        if self._sentence is not None:
            return replace(self._sentence, stderr_tail=self._last_words())
        kills = host.oom_kills()
        by_kernel = kills is not None and self._oom_kills is not None and kills > self._oom_kills
        if self._child.broken_line:
            return ExitCause(kind=ExitKind.CRASHED, reason=self._child.broken_line, stderr_tail=self._last_words())
        return death(status, by_kernel=by_kernel, stderr_tail=self._last_words())

    def _last_words(self) -> tuple[str, ...]:
        return tuple(self._child.stderr_tail) if self._child else ()


def _asking(number: int, request: Request, silence_timeout_s: float) -> wire.Generate:
    return wire.Generate(
        number,
        request.prompt,
        request.max_tokens,
        request.temperature,
        request.system,
        request.seed,
        silence_timeout_s,
        request.time_limit_s,
        request.per_second,
        request.form,
    )


def completed(frame: wire.Finished) -> Completed:
    """The end of a request as the rest of the house knows it."""
    reasons = {reason.value: reason for reason in FinishReason}
    return Completed(
        end_ns=frame.end_ns,
        finish_reason=reasons.get(frame.finish_reason, FinishReason.OTHER),
        prompt_tokens=frame.prompt_tokens,
        output_tokens=frame.output_tokens,
        tokens_source=frame.tokens_source,
        peak_rss_bytes=frame.peak_rss_bytes,
        one_token_first=frame.one_token_first,
        hidden_tokens=frame.hidden_tokens,
        cached_prompt_tokens=frame.cached_prompt_tokens,
        flags=frame.flags,
        sent_ns=frame.sent_ns,
        constrained=frame.constrained,
    )
