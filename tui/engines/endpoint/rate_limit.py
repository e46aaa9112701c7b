"""Limits how many requests a server is sent in a second, in one order for all of our clients of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary


class RateLimiter:
    """The permits to send a server a request, one at a time.

    A permit is held until its request is on its way, so that a request that is sent late puts off the next.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._free = asyncio.Lock()
        self._holder: Hashable = None
        self._gap_s = 0.0

    async def acquire(self, holder: Hashable, per_second: float) -> None:
        """Wait for the permit, and hold it until ``release``. Permits are given in the order of the calls."""
        await self._free.acquire()
        try:
            await wait_until(lambda: _due_s.get(self._server, 0.0))
        except asyncio.CancelledError:
            self._free.release()
            raise
        self._holder, self._gap_s = holder, 1 / per_second

    def release(self, holder: Hashable) -> None:
        """Give the permit back: the request has been sent, or never will be. Does nothing if another one holds it."""
        if holder == self._holder:
            self._holder = None
            _due_s[self._server] = time.monotonic() + self._gap_s
            self._free.release()


async def wait_until(due_s: Callable[[], float]) -> None:
    """Wait until the monotonic clock shows ``due_s()``, which may move on while this waits."""
    left_s = due_s() - time.monotonic()
    if left_s > 0:
        await asyncio.sleep(left_s)
        # A sleep may end a little early.
        await wait_until(due_s)


_due_s: Final[dict[str, float]] = {}
"""The time from which a server may be sent the next request, whichever of its models that is for."""
_limiters: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, RateLimiter]]] = WeakKeyDictionary()


def rate_limiter_of(url: str) -> RateLimiter:
    """The rate limiter of the server at an address, the same one for all its models. On the event loop."""
    server = _server_of(url)
    return _limiters.setdefault(asyncio.get_running_loop(), {}).setdefault(server, RateLimiter(server))


def _server_of(url: str) -> str:
    """Host and port of an address; its path does not matter, since it leads to the same server."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname in ("localhost", "::1") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
