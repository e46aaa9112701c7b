"""The parent's side of a model on an OpenAI-compatible server: its client runs in a child process of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Final

from tui.engines.endpoint.rate_limit import RateLimiter, turns_at
from tui.engines.engine import EngineDied, Loaded, RequestFailed
from tui.engines.process import wire
from tui.engines.process.child_engine import ChildEngine
from tui.engines.process.child_process import python_command
from tui.engines.process.exit_cause import refusal
from tui.engines.process.frame_router import Box
from tui.records import ExitCause, ExitKind, Model

CHECK_S: Final = 60.0
"""What the child may need beyond the server's silence: to wait where the server asks for that, and to find out whether
anything still answers.
"""


UNLOAD_S: Final = 6.0


class EndpointEngine(ChildEngine):
    """One model of a server; ending it closes the connection, and leaves the server as it is."""

    def __init__(self, model: Model, command: Sequence[str] | None = None) -> None:
        super().__init__(command or python_command("tui.engines.endpoint.child"))
        self._model = model
        self._server_pid: int | None = None
        self._loaded_for_us = False
        self._turns: RateLimiter | None = None

    @property
    def pid(self) -> int | None:
        """The server's process, where it runs on this machine."""
        return self._server_pid

    async def load(self, timeout_s: float) -> Loaded:
        """Connect; the start of our own client says nothing of the server, and is not recorded."""
        if self._model.endpoint is None or not self._model.model_id:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="no server is known that has this model"))
        self._turns = turns_at(self._model.endpoint.url)
        return replace(await super().load(timeout_s), process_start_ns=None)

    async def _loading(self) -> wire.Task:
        assert self._model.endpoint is not None
        endpoint = self._model.endpoint
        return wire.Connect(endpoint.url, self._model.model_id or "", endpoint.api_key_env)

    async def close(self) -> None:
        """End the client. A model that the server has loaded for us is unloaded first: the server is left as it was."""
        if self._loaded_for_us and self.alive:
            self._loaded_for_us = False
            await self._disconnect()
        await super().close()

    async def _disconnect(self) -> None:
        assert self._child is not None
        assert self._post is not None
        with self._post.box() as box, contextlib.suppress(TimeoutError):
            self._child.send(wire.Disconnect())
            async with asyncio.timeout(UNLOAD_S):
                while not isinstance(await box.get(), wire.Disconnected | None):
                    pass

    async def open_connections(self, count: int) -> None:
        """Have the child open connections; see ``Engine.open_connections``."""
        if self._child is None or self._post is None:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="the model is not loaded"))
        with self._post.box() as box:
            self._child.send(wire.Widen(count))
            frame = await self._next_frame(box)
        if isinstance(frame, wire.Failed):
            raise self._failure(frame)

    @contextlib.contextmanager
    def _answering(self, number: int) -> Generator[None]:
        """A request that ends without having been sent keeps no other from its turn."""
        try:
            yield
        finally:
            self._end_turn(number)

    async def _hear(self, frame: wire.Report, box: Box) -> None:
        if isinstance(frame, wire.Sent):
            self._end_turn(frame.request)
        elif isinstance(frame, wire.TurnWanted):
            await self._wait_for_turn(frame, box)

    async def _wait_for_turn(self, frame: wire.TurnWanted, box: Box) -> None:
        """Let the request be sent when it is its turn; should the child end first, the reader of its box is to know."""
        assert self._child is not None
        assert self._turns is not None
        turn = asyncio.create_task(self._turns.take((self, frame.request), frame.per_second))
        heard = asyncio.create_task(box.get())
        try:
            await asyncio.wait({turn, heard}, return_when=asyncio.FIRST_COMPLETED)
            if heard.done():
                box.put_nowait(heard.result())
            else:
                self._child.send(wire.Turn(frame.request))
        finally:
            turn.cancel()
            heard.cancel()
            await asyncio.wait({turn, heard})

    def _end_turn(self, number: int) -> None:
        if self._turns is not None:
            self._turns.end((self, number))

    def _take(self, done: wire.LoadDone) -> None:
        self._server_pid = done.pid
        self._loaded_for_us = done.load_ns is not None

    def _patience_s(self, silence_timeout_s: float) -> float:
        """The child watches the server's silence itself, so that one request fails and not the whole model."""
        return silence_timeout_s + CHECK_S

    def _failure(self, frame: wire.Failed) -> RequestFailed | EngineDied:
        verdict = refusal(frame.message, self._last_words())
        if frame.kind is not None:
            verdict = replace(verdict, kind=frame.kind)
        return EngineDied(verdict) if frame.gone else RequestFailed(verdict)
