"""Servers that answer anything: each answer is a row with its reason, and the next request is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

from tests.faults.kinds import Fault
from tests.support.endpoints import on
from tests.support.scripted_server import HttpRequest, Reply, Scene, chunk, serving, steady
from tui.engines.contract import Completed, EngineDied, EngineError, Request
from tui.engines.endpoint.engine import EndpointEngine

_DEEP: Final = b'{"error":' * 900 + b'"x"' + b"}" * 900
_MIB: Final = 1 << 20
STREAMS: Final[Mapping[str, bytes]] = {
    "a byte that is no text": b'data: {"choices":[{"index":0,"delta":{"content":"\xff"}}]}\n\n',
    "no JSON": b"data: {nonsense\n\n",
    "a nested error": b"data: " + _DEEP + b"\n\n",
    "100,000 brackets": b"data: " + b"[" * 100_000 + b"\n\n",
    "5,000 digits": b'data: {"usage": {"completion_tokens": ' + b"9" * 5000 + b"}}\n\n",
    "a null character": b"data: \x00\x01\n\n",
    "other types": b'data: [1, null, "x"]\n\ndata: {"choices": 5}\n\ndata: {"choices": [5]}\n\n',
    "an index as text": b'data: {"choices": [{"index": "0", "delta": {"content": "x"}}]}\n\n',
    "a mark of byte order": b"\xef\xbb\xbfdata: " + json.dumps(chunk({"content": "a"})).encode() + b"\n\n",
    "nothing": b"",
    "half an event": b'data: {"choices": [{"ind',
}
PARTS: Final[Mapping[str, bytes]] = {
    "one line without end": b"A" * _MIB,
    "tokens without end": (b"data: " + json.dumps(chunk({"content": "word "})).encode() + b"\n\n") * 2000,
    "comments without end": b": ping\n\n" * 50_000,
    "one token of 30 MB": b"",
}


def _stream(body: bytes) -> Scene:
    async def scene(_: HttpRequest, reply: Reply) -> None:
        await reply.head()
        if body:
            await reply.body(body)
        await reply.done()

    return scene


def _endless(part: bytes) -> Scene:
    async def scene(_: HttpRequest, reply: Reply) -> None:
        await reply.head()
        while True:
            await reply.body(part or b"data: " + json.dumps(chunk({"content": "x" * 30 * _MIB})).encode() + b"\n\n")

    return scene


def _failing(status: int, body: bytes, length: int | None = None) -> Scene:
    async def scene(_: HttpRequest, reply: Reply) -> None:
        await reply.head(status, "application/json", length=len(body) if length is None else length)
        await reply.raw(body)
        if length is not None:
            await reply.reset()

    return scene


async def _endless_error(_: HttpRequest, reply: Reply) -> None:
    await reply.head(500, "application/json")
    while True:
        await reply.body(b"A" * _MIB)


async def _reset(_: HttpRequest, reply: Reply) -> None:
    await reply.reset()


async def _silent(_: HttpRequest, reply: Reply) -> None:
    await reply.head()
    await asyncio.sleep(60)


SCENES: Final[Mapping[str, Scene]] = {
    **{f"a stream with {name}": _stream(body) for name, body in STREAMS.items()},
    **{name: _endless(part) for name, part in PARTS.items()},
    "a nested failure": _failing(500, _DEEP),
    "an error that is a list": _failing(400, b'[{"msg": "x"}, 5]'),
    "an error that is a page": _failing(502, b"<html><title>Bad Gateway</title><script>x</script></html>"),
    "an error that breaks off": _failing(500, b"{", length=1000),
    "an error without end": _endless_error,
    "a reset": _reset,
    "silence": _silent,
}


async def _ask(engine: EndpointEngine) -> bool:
    """Return whether a request was answered; a failure has a reason in words."""
    reason = ""
    try:
        async for part in engine.generate(Request(prompt="x", max_tokens=20), 1.0):
            if isinstance(part, Completed):
                return True
    except EngineDied:
        raise
    except EngineError as error:
        reason = error.cause.reason
    assert 0 < len(reason) < 400
    return False


class _Shared:
    """One server, one engine and one event loop for all scenes: the engine has to outlive every one of them."""

    def __init__(self) -> None:
        self._close = ExitStack()
        self._server = self._close.enter_context(serving())
        self._runner = self._close.enter_context(asyncio.Runner())
        self._engine = EndpointEngine(on(self._server.url))
        self._runner.run(self._engine.load(50))

    def answer(self, scene: Scene) -> None:
        """Ask the server while it plays a scene, and once more afterwards."""
        self._server.scene = scene
        self._runner.run(_ask(self._engine))
        self._server.scene = steady
        assert self._runner.run(_ask(self._engine)), "the next request is not answered"

    def close(self) -> None:
        self._runner.run(self._engine.close())
        self._close.close()


_shared: list[_Shared] = []


def close() -> None:
    """End what the scenes have shared."""
    while _shared:
        _shared.pop().close()


def _inject(scene: Scene, folder: Path) -> None:
    del folder
    if not _shared:
        _shared.append(_Shared())
    try:
        _shared[0].answer(scene)
    except BaseException:
        # The next scene begins with an engine of its own.
        close()
        raise


def faults() -> Iterator[Fault]:
    """Return every scene."""
    for name, scene in SCENES.items():
        yield Fault("servers", name, partial(_inject, scene))
