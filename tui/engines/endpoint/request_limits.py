"""When the next request may be sent, and how long its answer may take.

Imported by the endpoint's child alone.
"""

from __future__ import annotations

import asyncio
import time

from tui.engines.endpoint.rate_limit import until
from tui.engines.process import wire
from tui.engines.process.child_side import Outbox


class RequestPace:
    """Keeps the pace of all connections of one client to its server.

    Where the number of requests is limited it is the parent who gives the turns: a server may have several clients.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._rest_until_s = 0.0
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def turn(self, request: int, per_second: float | None) -> None:
        """Wait until a request may be sent, which the caller does next."""
        await until(lambda: self._rest_until_s)
        if per_second is None:
            return
        turn = self._waiting[request] = asyncio.get_running_loop().create_future()
        self._outbox.put(wire.TurnWanted(request, per_second))
        try:
            await turn
        finally:
            del self._waiting[request]
        # Meanwhile the server may have asked for more.
        await until(lambda: self._rest_until_s)

    def give(self, request: int) -> None:
        """It is this request's turn; nothing where it no longer waits for it."""
        turn = self._waiting.get(request)
        if turn is not None and not turn.done():
            turn.set_result(None)

    def sent(self, request: int) -> None:
        """A request is on its way, which may be a little after its turn."""
        self._outbox.put(wire.Sent(request))

    def rest(self, seconds: float) -> None:
        """The server has asked to be left alone for a while: that holds for every connection."""
        self._rest_until_s = max(self._rest_until_s, time.monotonic() + seconds)


class Limit:
    """Ends a request that a server is silent on, or that takes longer than a person allows."""

    def __init__(self, timeout: asyncio.Timeout, silence_s: float, whole_s: float | None) -> None:
        self._timeout = timeout
        self._silence_s = silence_s
        self._whole_s = whole_s
        self._end_s: float | None = None
        self._whole = False

    @property
    def expired(self) -> bool:
        return self._timeout.expired()

    @property
    def words(self) -> str:
        """Why the request was ended."""
        if self._whole:
            return f"the answer was not complete after {self._whole_s:g} s, the limit that was set"
        return f"the server said nothing for {self._silence_s:g} s"

    def lift(self) -> None:
        """Nothing is in flight."""
        self._timeout.reschedule(None)

    def begin(self) -> None:
        """The request is being sent."""
        self._end_s = None if self._whole_s is None else asyncio.get_running_loop().time() + self._whole_s
        self.give()

    def give(self, seconds: float | None = None) -> None:
        """From now on the server may be silent for so long, or for as long as it may be at all."""
        silent_s = asyncio.get_running_loop().time() + (self._silence_s if seconds is None else seconds)
        self._whole = self._end_s is not None and self._end_s < silent_s
        self._timeout.reschedule(self._end_s if self._whole else silent_s)
