"""The times of a request and the bounds of its answer, at the socket. Only the endpoint's child imports it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from time import perf_counter_ns
from typing import Final

import httpx2

from tui.engines.endpoint.errors import UnusableServer

BODY_LIMIT: Final = 8 << 20
"""The bytes of an answer that is no stream, such as a list of models."""
ERROR_LIMIT: Final = 64 << 10
"""The bytes of an error that are read; the rest is left."""
PACKED_LIMIT: Final = 64 << 10
"""The bytes of a compressed answer that is no stream, which may be a thousand times as long when it is unpacked."""
_TIMER_NS: Final = 1_000_000
"""The steps of the event loop's timer, which rounds a wait up to whole milliseconds."""
_CODINGS: Final = ("", "identity", "none", "gzip", "deflate", "x-gzip")


class RequestClock:
    """The times of a request, taken as near to the socket as can be."""

    def __init__(self) -> None:
        self._on_sent: Callable[[], None] | None = None
        self._due_ns = 0
        self.sent_ns = 0
        """When the request was on its way."""
        self.headers_ns = 0
        """When the headers of the answer came."""
        self.read_ns = 0
        """When the bytes came that are being read."""
        self.opened = False
        """Whether a connection was opened for the request."""

    def begin(self, on_sent: Callable[[], None] | None = None, *, due_ns: int = 0) -> None:
        """Get ready for the next request; ``on_sent`` is called when all of it is on its way.

        The request is made and its connection is opened at once, but nothing of it is sent before ``due_ns``.
        """
        self.opened, self._on_sent, self._due_ns = False, on_sent, due_ns

    def since_sent_ns(self) -> int:
        """The nanoseconds from the sending of the request to the arrival of the last bytes."""
        return self.read_ns - self.sent_ns

    async def trace(self, event: str, _: Mapping[str, object]) -> None:
        """Note a step of a request; the client calls it for each, and goes on once it returns."""
        if event == "http11.send_request_headers.started":
            await _wait_until(self._due_ns)
        # The clock starts before the body is sent: afterwards a server on this machine may run first, for up to 2 ms.
        if event == "http11.send_request_body.started":
            self.sent_ns = perf_counter_ns()
        elif event == "http11.send_request_body.complete" and self._on_sent is not None:
            self._on_sent()
        elif event == "http11.receive_response_headers.complete":
            self.headers_ns = perf_counter_ns()
        elif event == "connection.connect_tcp.started":
            self.opened = True


async def _wait_until(due_ns: int) -> None:
    """Wait exactly that long: for the last millisecond the event loop goes round, so that it serves all others too."""
    while (left_ns := due_ns - perf_counter_ns()) > 0:
        timer_ns = max(0, left_ns - _TIMER_NS)
        await asyncio.sleep(timer_ns / 1e9)


class TimedBody(httpx2.AsyncByteStream):
    """The body of an answer, which notes the time at which each part of it comes."""

    def __init__(self, body: httpx2.AsyncByteStream, clock: RequestClock) -> None:
        self._body = body
        self._clock = clock

    async def __aiter__(self) -> AsyncIterator[bytes]:
        clock = self._clock
        async for data in self._body:
            clock.read_ns = perf_counter_ns()
            yield data

    async def aclose(self) -> None:
        await self._body.aclose()


class BoundedBody(httpx2.AsyncByteStream):
    """The body of an answer that is no stream, which ends after so many bytes: quietly, or with an UnusableServer."""

    def __init__(self, body: httpx2.AsyncByteStream, limit: int, *, quiet: bool) -> None:
        self._body = body
        self._limit = limit
        self._quiet = quiet

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._limit
        async for data in self._body:
            yield data[:left]
            left -= len(data)
            if left <= 0 and self._quiet:
                return
            if left < 0:
                raise UnusableServer(f"the server sent more than {self._limit >> 10} KiB where a short answer belongs")

    async def aclose(self) -> None:
        await self._body.aclose()


def check_coding(response: httpx2.Response) -> str:
    """The coding of the body of an answer, in the name that the client knows. Raises UnusableServer."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise UnusableServer("the server sent a compressed answer that cannot be read")
    if coding == "x-gzip":
        response.headers["content-encoding"] = "gzip"
    return coding


async def bound_body(response: httpx2.Response) -> None:
    """Bound the body of an answer that is not streamed; a hook of the client. Raises UnusableServer."""
    coding = check_coding(response)
    body, failed = response.stream, not response.is_success
    limit = PACKED_LIMIT if coding not in _CODINGS[:3] else BODY_LIMIT
    if isinstance(body, httpx2.AsyncByteStream):
        response.stream = BoundedBody(body, min(limit, ERROR_LIMIT) if failed else limit, quiet=failed)
