"""Decides when a request is sent, and ends one that takes too long. Only the endpoint's child imports it."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Final, Self

from tui.engines.contract import ServerWait
from tui.engines.endpoint.rate_limit import wait_until
from tui.engines.process import wire
from tui.engines.process.child_side import Outbox

_LAST_LOOK_S: Final = 0.05
"""How long is read on after a limit has passed, for what came while this process itself was held up."""


class RequestPace:
    """Keeps the pace of all connections of one client to its server.

    If the number of requests in a second is limited, the parent gives the permits: a server may have several clients.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._paused_until_s = 0.0
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def wait_to_send(self, request_id: int, per_second: float | None) -> None:
        """Wait until the request may be sent; the caller sends it next."""
        await wait_until(lambda: self._paused_until_s)
        if per_second is None:
            return
        permit = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        self._outbox.put(wire.PermitWanted(request_id, per_second))
        try:
            await permit
        finally:
            del self._waiting[request_id]
        # The server may have asked for a pause meanwhile.
        await wait_until(lambda: self._paused_until_s)

    def tell_wait(self, request_id: int, wait: ServerWait | None) -> None:
        """Tell the parent that a request waits for the server, or that this is over."""
        if wait is not None:
            self._outbox.put(wire.WaitingForServer(request_id, wait))

    def grant(self, request_id: int) -> None:
        """Let the request be sent, if it still waits for its permit."""
        permit = self._waiting.get(request_id)
        if permit is not None and not permit.done():
            permit.set_result(None)

    def note_sent(self, request_id: int) -> None:
        """Tell the parent that the request is on its way, which may be a little after its permit."""
        self._outbox.put(wire.RequestSent(request_id))

    def pause(self, seconds: float) -> None:
        """Send nothing for a while over any connection, as the server has asked."""
        self._paused_until_s = max(self._paused_until_s, time.monotonic() + seconds)


class AnswerLimit:
    """Ends a request if the server is silent for too long, or if the whole answer takes too long.

    It encloses the request, and raises ``TimeoutError`` at its end as ``asyncio.timeout`` does.
    """

    def __init__(self, silence_s: float, whole_s: float | None) -> None:
        self._timeout = asyncio.timeout(None)
        self._silence_s = silence_s
        self._allowed_s = silence_s
        self._whole_s = whole_s
        self._end_s: float | None = None
        self._ends_whole = False
        self._passing: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        self._stop()
        return await self._timeout.__aexit__(kind, error, traceback)

    @property
    def expired(self) -> bool:
        """Whether the request was ended."""
        return self._timeout.expired()

    @property
    def reason(self) -> str:
        """The reason for which the request was ended, in words."""
        if self._ends_whole:
            return f"the answer was not complete after {self._whole_s:g} s, the limit that was set"
        return f"the server said nothing for {self._allowed_s:g} s"

    def suspend(self) -> None:
        """Stop the clock, since nothing is in flight."""
        self._stop()
        self._timeout.reschedule(None)

    def begin(self, reading_limit_s: float) -> None:
        """Start the clock, since the request is being sent, whose prompt the server may read for so long."""
        self._end_s = None if self._whole_s is None else asyncio.get_running_loop().time() + self._whole_s
        self.allow_silence(reading_limit_s)

    def allow_silence(self, seconds: float | None = None) -> None:
        """Let the server be silent from now on for so long, or for as long as is allowed between two chunks."""
        self._allowed_s = self._silence_s if seconds is None else seconds
        silent_s = asyncio.get_running_loop().time() + self._allowed_s
        self._ends_whole = self._end_s is not None and self._end_s < silent_s
        self.suspend()
        limit_s = self._end_s if self._ends_whole and self._end_s is not None else silent_s
        self._passing = asyncio.get_running_loop().call_at(limit_s, self._pass)

    def _stop(self) -> None:
        if self._passing is not None:
            self._passing.cancel()

    def _pass(self) -> None:
        """End the request; one whose server is silent a moment later, unless something is read until then."""
        last_look_s = 0.0 if self._ends_whole else _LAST_LOOK_S
        self._timeout.reschedule(asyncio.get_running_loop().time() + last_look_s)
