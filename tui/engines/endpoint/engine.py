"""The parent's side of a model on an OpenAI-compatible server, whose client runs in a child process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import replace
from typing import Final

from tui.engines.contract import EngineDied, Loaded, RequestFailed, ServerWait
from tui.engines.endpoint.rate_limit import RateLimiter, rate_limiter_of
from tui.engines.process import wire
from tui.engines.process.child_engine import ChildEngine
from tui.engines.process.child_process import ChildProcess, python_command
from tui.engines.process.exit_cause import cause_of_refusal
from tui.engines.process.frame_router import FrameQueue, FrameRouter
from tui.records import ExitCause, ExitKind, Model
from tui.text import secrets

CHECK_S: Final = 60.0
"""How much longer than the server the child may be silent: it waits if the server asks for that, and then finds out
whether the server still answers.
"""
COUNT_S: Final = 6.0
"""How long the child may take to have the tokens of an answer counted; it gives the server less."""
UNLOAD_S: Final = 6.0
"""How long the server may take to unload a model that it has loaded for us."""


class EndpointEngine(ChildEngine):
    """One model of a server; ``close`` closes the connection, and leaves the server as it was before."""

    cancel_patience_s = 0.5
    patience_beyond_s = CHECK_S
    """The client runs nothing that holds it up for long, and to end it would end its other requests as well."""

    def __init__(self, model: Model, command: Sequence[str] | None = None, *, is_further: bool = False) -> None:
        """``is_further`` is for a client beside others: the model stays loaded when it closes."""
        variable = model.endpoint.api_key_env if model.endpoint is not None else None
        super().__init__(command or python_command("tui.engines.endpoint.child"), (variable,) if variable else ())
        secrets.learn(os.environ.get(variable or "", "").strip())
        self._model = model
        self._server_pid: int | None = None
        self._loaded_for_us = False
        self._rate_limiter: RateLimiter | None = None
        self._is_further = is_further
        self._connections = 1
        self.told_waits: Callable[[ServerWait], None] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process, if it runs on this machine."""
        return self._server_pid

    @property
    def requests_a_connection(self) -> float:
        """How many requests are in flight or wait for each connection."""
        return (0 if self._router is None else self._router.waiting) / self._connections

    async def load(self, timeout_s: float) -> Loaded:
        """Connect. The time that our own client takes to start is left out, since it is not the server's."""
        if self._model.endpoint is None or not self._model.model_id:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="no server is known that has this model"))
        self._rate_limiter = rate_limiter_of(self._model.endpoint.url)
        return replace(await super().load(timeout_s), process_start_ns=None)

    def _note_step(self, frame: wire.Report) -> None:
        if isinstance(frame, wire.WaitingForServer) and self.told_waits is not None:
            self.told_waits(frame.wait)

    async def _load_command(self) -> wire.Task:
        assert self._model.endpoint is not None
        endpoint = self._model.endpoint
        return wire.Connect(endpoint.url, self._model.model_id or "", endpoint.api_key_env)

    async def close(self) -> None:
        """End the client, after the server has unloaded the model if it loaded it for us."""
        if self._loaded_for_us and self.alive:
            self._loaded_for_us = False
            await self._disconnect()
        await super().close()

    async def _disconnect(self) -> None:
        assert self._child is not None
        assert self._router is not None
        with self._router.queue() as queue, contextlib.suppress(TimeoutError):
            self._child.send(wire.Disconnect())
            async with asyncio.timeout(UNLOAD_S):
                while not isinstance(await queue.get(), wire.Disconnected | None):
                    pass

    async def open_connections(self, count: int) -> None:
        """Have the child open connections; see ``Engine.open_connections``."""
        self._connections = count
        if self._child is None or self._router is None:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="the model is not loaded"))
        with self._router.queue() as queue:
            self._child.send(wire.OpenConnections(count))
            frame = await self._next_frame(queue)
        if isinstance(frame, wire.Failed):
            raise self._failure(frame)

    async def count_tokens(self, text: str) -> int | None:
        """Have the server's own tokenizer count; see ``CountsTokens``."""
        child, router = self._child, self._router
        return None if child is None or router is None else await _counted(text, child, router)

    @contextlib.contextmanager
    def _answering(self, request_id: int) -> Generator[None]:
        """Release the permit of a request that ends, so that one that was never sent holds up no other."""
        try:
            yield
        finally:
            self._release_permit(request_id)

    async def _receive(self, frame: wire.Report, queue: FrameQueue) -> None:
        self._note_step(frame)
        if isinstance(frame, wire.RequestSent):
            self._release_permit(frame.request_id)
        elif isinstance(frame, wire.PermitWanted):
            assert self._child is not None
            assert self._rate_limiter is not None
            permit = self._rate_limiter.acquire((self, frame.request_id), frame.per_second)
            await _grant_permit(permit, frame.request_id, self._child, queue)

    def _release_permit(self, request_id: int) -> None:
        if self._rate_limiter is not None:
            self._rate_limiter.release((self, request_id))

    def _note_load(self, frame: wire.LoadFinished) -> None:
        self._server_pid = frame.server_pid
        self._loaded_for_us = frame.loaded_for_us and not self._is_further

    def _failure(self, frame: wire.Failed) -> RequestFailed | EngineDied:
        cause = cause_of_refusal(frame.message, self._stderr_tail())
        if frame.kind is not None:
            cause = replace(cause, kind=frame.kind)
        return EngineDied(cause) if frame.gone else RequestFailed(cause)


async def _counted(text: str, child: ChildProcess, router: FrameRouter) -> int | None:
    """Ask the child for a count; it gives up the question if it takes too long or the caller is cancelled."""
    frame: wire.Report | None = None
    if not child.alive:
        return None
    with router.queue() as queue, contextlib.suppress(TimeoutError):
        child.send(wire.CountTokens(text))
        try:
            async with asyncio.timeout(COUNT_S):
                frame = await queue.get()
        finally:
            if frame is None:
                # The next request is not to meet a question that is still in flight.
                child.send(wire.Cancel(0))
    return frame.count if isinstance(frame, wire.TokensCounted) else None


async def _grant_permit(
    permit: Coroutine[None, None, None], request_id: int, child: ChildProcess, queue: FrameQueue
) -> None:
    """Let the request be sent once it has the permit; a frame that comes before, such as the end, is put back."""
    waiting = asyncio.create_task(permit)
    next_frame = asyncio.create_task(queue.get())
    try:
        await asyncio.wait({waiting, next_frame}, return_when=asyncio.FIRST_COMPLETED)
        if next_frame.done():
            queue.put_nowait(next_frame.result())
        else:
            child.send(wire.GrantPermit(request_id))
    finally:
        waiting.cancel()
        next_frame.cancel()
        await asyncio.wait({waiting, next_frame})
