"""Whose turn it is to send a server a request, where their number is limited: one order for all of its clients."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary


class RateLimiter:
    """The turns at one server. A turn is held until its request is on its way, so that a late one puts off the next."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._free = asyncio.Lock()
        self._holder: Hashable = None
        self._gap_s = 0.0

    async def take(self, holder: Hashable, per_second: float) -> None:
        """Wait for the turn, and hold it until ``end``. RateLimiter are given in the order of the calls."""
        await self._free.acquire()
        try:
            await until(lambda: _due_s.get(self._server, 0.0))
        except asyncio.CancelledError:
            self._free.release()
            raise
        self._holder, self._gap_s = holder, 1 / per_second

    def end(self, holder: Hashable) -> None:
        """The request has been sent, or nothing will be known of it any more; does nothing without the turn."""
        if holder == self._holder:
            self._holder = None
            _due_s[self._server] = time.monotonic() + self._gap_s
            self._free.release()


async def until(due_s: Callable[[], float]) -> None:
    """Wait until the monotonic clock has come to a time, which may be put off meanwhile."""
    left_s = due_s() - time.monotonic()
    if left_s > 0:
        await asyncio.sleep(left_s)
        # A sleep may end a little early.
        await until(due_s)


_due_s: Final[dict[str, float]] = {}
"""When a server may be sent the next request at the earliest, whatever it was asked for before."""
_of_loop: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, RateLimiter]]] = WeakKeyDictionary()


def turns_at(url: str) -> RateLimiter:
    """The turns at the server of an address, the same ones for each of its models. On the event loop."""
    server = _server_of(url)
    return _of_loop.setdefault(asyncio.get_running_loop(), {}).setdefault(server, RateLimiter(server))


def _server_of(url: str) -> str:
    """Host and port: what stands after them is another door of the same house."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname in ("localhost", "::1") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
