"""A server on loopback that answers as a test scripts it, down to the single byte, and records each request's time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as the server received it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, object]
    at_ns: int
    """The time at which the last byte of the request had arrived, by ``perf_counter_ns``."""


@dataclass(slots=True)
class Reply:
    """An answer that is being written."""

    writer: asyncio.StreamWriter
    first_ns: int = 0
    """The time at which the first event with text was written; ``last_ns`` is that of the last one."""
    last_ns: int = 0
    chunked: bool = False
    gone: threading.Event = field(default_factory=threading.Event)

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int = 200, kind: str = STREAM, *, length: int | None = None, **headers: str) -> None:
        self.chunked = length is None
        extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        await self.raw(f"HTTP/1.1 {status} So\r\nContent-Type: {kind}\r\n{size}\r\n{extra}\r\n".encode())

    async def body(self, data: bytes) -> None:
        """Write a part of the body, as a chunk if the answer is chunked."""
        await self.raw(f"{len(data):x}\r\n".encode() + data + b"\r\n" if self.chunked else data)

    async def event(self, event: object) -> None:
        await self.body(b"data: " + json.dumps(event).encode() + b"\n\n")

    async def text(self, *texts: str, **delta: object) -> None:
        """Write an event for each text."""
        for text in texts:
            self.last_ns = time.perf_counter_ns()
            self.first_ns = self.first_ns or self.last_ns
            await self.event(chunk({"content": text, **delta}))

    async def finish(self, tokens: int | None = None, *, reason: str = "length", prompt_tokens: int = 9) -> None:
        """Write the last chunk, the usage if ``tokens`` are given, and the end."""
        await self.event(chunk({}, reason))
        if tokens is not None:
            await self.event(usage(tokens, prompt_tokens))
        await self.done()

    async def done(self) -> None:
        await self.body(b"data: [DONE]\n\n")
        await self.raw(b"0\r\n\r\n")

    async def json(self, status: int, answer: object, **headers: str) -> None:
        data = json.dumps(answer).encode()
        await self.head(status, "application/json", length=len(data), **headers)
        await self.body(data)

    async def reset(self) -> None:
        """Break the connection off, so that the client sees a reset."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Scene = Callable[[HttpRequest, Reply], Awaitable[None]]


class ScriptedServer:
    """A server in a thread of its own that answers ``/v1/models`` by itself and chats by its scene."""

    def __init__(self, models: Sequence[str] = ("tiny",), tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.scene: Scene = steady
        self.other: Scene = not_found
        """The scene for every other path than chat and models."""
        self.models = tuple(models)
        self.requests: list[HttpRequest] = []
        self.replies: list[Reply] = []
        self.connections = 0
        self.close_after_each = False
        self.loading = False
        """While this is true, the server answers every request with 503, as one does that still loads its model."""
        self.only_below = ""
        """If this is a path, the server has nothing at any other."""
        self.most_connections = 1000
        self.port = port
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(60)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1"

    @property
    def chats(self) -> list[HttpRequest]:
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def close(self) -> None:
        """Stop listening, and end every connection."""
        if self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(60)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(60)
            self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls, limit=1 << 20)
        )
        self.port = int(self._server.sockets[0].getsockname()[1])
        self._ready.set()
        self._loop.run_forever()

    async def _close(self) -> None:
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= self.most_connections:
            writer.transport.abort()
            return
        self.connections += 1
        self._open.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                await self._answer(request, Reply(writer))
                if self.close_after_each or writer.is_closing():
                    break
        writer.close()
        self._open.discard(writer)

    async def _answer(self, request: HttpRequest, reply: Reply) -> None:
        if self.loading:
            await reply.json(503, {"error": {"code": 503, "message": "Loading model"}})
        elif self.only_below and request.path.rpartition("/models")[0] != self.only_below:
            await (self.scene if request.path == f"{self.only_below}/chat/completions" else not_found)(request, reply)
        elif request.path.endswith("/models") and request.method == "GET":
            await reply.json(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})
        elif request.path.endswith("/chat/completions"):
            self.replies.append(reply)
            await self.scene(request, reply)
        else:
            await self.other(request, reply)


async def _read(reader: asyncio.StreamReader) -> HttpRequest | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for line in lines if ":" in line for name, value in [line.split(":", 1)]}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    at_ns = time.perf_counter_ns()
    return HttpRequest(method, path, headers, json.loads(body) if body else {}, at_ns)


def chunk(delta: Mapping[str, object], finish_reason: str | None = None, index: int = 0) -> dict[str, object]:
    """Return an event with a part of an answer."""
    choice = {"index": index, "delta": delta, "finish_reason": finish_reason}
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "tiny", "choices": [choice]}


def usage(tokens: int, prompt_tokens: int = 9, **details: object) -> dict[str, object]:
    """Return the event with the token counts."""
    counted = {"prompt_tokens": prompt_tokens, "completion_tokens": tokens, "total_tokens": tokens + prompt_tokens}
    return {**chunk({}), "choices": [], "usage": {**counted, **details}}


async def steady(_: HttpRequest, reply: Reply) -> None:
    """Write a short answer without any fault."""
    await reply.head()
    await reply.event(chunk({"role": "assistant", "content": ""}))
    await reply.text("Small ", "models ", "run ", "here.")
    await reply.finish(4)


async def not_found(_: HttpRequest, reply: Reply) -> None:
    await reply.json(404, {"error": {"message": "no such route"}})


def paced(ttft_s: float, tok_s: float, tokens: int) -> Scene:
    """Return a scene that writes tokens one by one at a known rate, the first ``ttft_s`` after the request arrived."""

    async def scene(request: HttpRequest, reply: Reply) -> None:
        await reply.head()
        await reply.event(chunk({"role": "assistant", "content": ""}))
        for index in range(tokens):
            await until(request.at_ns + round((ttft_s + index / tok_s) * 1e9))
            await reply.text(f"word{index} ")
        await reply.finish(tokens)

    return scene


def unhurried(ttft_s: float, tok_s: float, tokens: int) -> Scene:
    """Return a scene that writes tokens at about this rate without spinning, so many can run at once."""

    async def scene(_: HttpRequest, reply: Reply) -> None:
        await reply.head()
        for index in range(tokens):
            await asyncio.sleep(1 / tok_s if index else ttft_s)
            await reply.text(f"word{index} ")
        await reply.finish(tokens)

    return scene


def on_schedule(ttft_s: float, tok_s: float, tokens: int) -> Scene:
    """Return a scene that writes tokens at this rate on average without spinning: a late one delays no other."""

    async def scene(_: HttpRequest, reply: Reply) -> None:
        begun_s = time.perf_counter()
        await reply.head()
        for index in range(tokens):
            await asyncio.sleep(begun_s + ttft_s + index / tok_s - time.perf_counter())
            await reply.text(f"word{index} ")
        await reply.finish(tokens)

    return scene


def one_at_a_time(service_s: float) -> Scene:
    """Return a scene of a server that answers one request after the other, each in this time."""
    free_s = 0.0

    async def scene(_: HttpRequest, reply: Reply) -> None:
        nonlocal free_s
        free_s = max(free_s, time.perf_counter()) + service_s
        await asyncio.sleep(free_s - time.perf_counter())
        await reply.head()
        await reply.text("word ")
        await reply.finish(1)

    return scene


async def until(due_ns: int) -> None:
    """Sleep most of the time and spin for the rest, so that the known times are exact."""
    while (left_ns := due_ns - time.perf_counter_ns()) > 0:
        if left_ns > 1_500_000:
            await asyncio.sleep((left_ns - 1_000_000) / 1e9)


@contextmanager
def serving(models: Sequence[str] = ("tiny",), tls: ssl.SSLContext | None = None) -> Generator[ScriptedServer]:
    """Run a server for the length of the block."""
    server = ScriptedServer(models, tls)
    try:
        yield server
    finally:
        server.close()
