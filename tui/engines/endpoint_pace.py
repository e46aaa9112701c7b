"""When the next request may be sent, and how long its answer may take.

Imported by the endpoint's child alone.
"""

from __future__ import annotations

import asyncio
import time


class Pace:
    """Keeps the pace of all connections to one server."""

    def __init__(self) -> None:
        self._next_s = 0.0
        self._gap_s = 0.0
        self._turns = asyncio.Lock()

    async def turn(self, per_second: float | None) -> None:
        """Wait until a request may be sent, which the caller does next. Turns are given in the order of the calls."""
        async with self._turns:
            await self._until_due()
            self._gap_s = 1 / per_second if per_second else 0.0
            self._next_s = time.monotonic() + self._gap_s

    async def _until_due(self) -> None:
        left_s = self._next_s - time.monotonic()
        if left_s > 0:
            await asyncio.sleep(left_s)
            # Meanwhile the server may have asked for more, and a sleep may end a little early.
            await self._until_due()

    def sent(self) -> None:
        """A request is on its way, which may be a little after its turn."""
        self._next_s = max(self._next_s, time.monotonic() + self._gap_s)

    def rest(self, seconds: float) -> None:
        """The server has asked to be left alone for a while: that holds for every connection."""
        self._next_s = max(self._next_s, time.monotonic() + seconds)


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
