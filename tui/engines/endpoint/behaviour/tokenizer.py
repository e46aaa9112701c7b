"""Counts the tokens of an answer with the server's own tokenizer. Only the endpoint's child imports it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import httpx2

from tui.engines.endpoint.errors import UnusableServer
from tui.engines.endpoint.server import ServerClient
from tui.engines.endpoint.shapes import count_in, members

COUNT_S: Final = 3.0
"""How long a server may take to count the tokens of one answer, however many routes are tried."""
MOST_BYTES: Final = 1 << 20
"""A longer text is not sent back to its server; its tokens stay an estimate."""
_NO_ROUTE: Final = (404, 405, 501)
_TOKENIZE: Final = "/tokenize"
_FOUNDRY: Final = "/v1/chat/completions/tokenizer/encode/count"


@dataclass(frozen=True, slots=True)
class _Shape:
    """A route that counts tokens, and the member of its question that holds the text."""

    path: str
    text: str

    def body(self, model: str, text: str) -> dict[str, object]:
        if self is FOUNDRY:
            return {"model": model, "messages": [{"role": "user", "content": text}]}
        if self is VLLM:
            return {"model": model, self.text: text, "add_special_tokens": False}
        return {self.text: text}


VLLM: Final = _Shape(_TOKENIZE, "prompt")
LLAMA_CPP: Final = _Shape(_TOKENIZE, "content")
FOUNDRY: Final = _Shape(_FOUNDRY, "messages")
_BY_KIND: Final[Mapping[str, tuple[_Shape, ...]]] = {
    "foundry": (FOUNDRY,),
    "foundry-0": (FOUNDRY,),
    "llama.cpp": (LLAMA_CPP, VLLM),
}
_OF_OTHERS: Final = (VLLM, LLAMA_CPP, FOUNDRY)


class Tokenizer:
    """The tokenizer of one server. What does not count once is not asked again, so that it costs no further time."""

    def __init__(self) -> None:
        self._shapes: tuple[_Shape, ...] | None = None
        """The shapes that may still count; ``None`` before the first question."""
        self._around: int | None = None
        """The tokens that Foundry Local counts for a message without text, which are those of the chat format."""

    async def count(self, server: ServerClient, model: str, text: str) -> int | None:
        """The tokens of a text; ``None`` if the server does not count it, or not in time."""
        size = len(text.encode("utf-8", "replace"))
        if self._shapes is None:
            self._shapes = _BY_KIND.get(server.kind, _OF_OTHERS)
        if not self._shapes or not 0 < size <= MOST_BYTES:
            return None
        try:
            async with asyncio.timeout(COUNT_S):
                return await self._first_count(server, model, text, size)
        except TimeoutError:
            self._shapes = ()
            return None

    async def _first_count(self, server: ServerClient, model: str, text: str, size: int) -> int | None:
        for shape in self._shapes or ():
            if shape not in (self._shapes or ()):
                continue
            count = await self._asked(server, shape, model, text)
            # A token of text is at least a byte of it.
            if count is not None and 0 < count <= size:
                self._shapes = (shape,)
                return count
            self._leave(shape)
        return None

    async def _asked(self, server: ServerClient, shape: _Shape, model: str, text: str) -> int | None:
        count = await self._answered(server, shape, model, text)
        if shape is not FOUNDRY or count is None:
            return count
        if self._around is None:
            self._around = await self._answered(server, shape, model, "")
        return None if self._around is None else count - self._around

    async def _answered(self, server: ServerClient, shape: _Shape, model: str, text: str) -> int | None:
        """The count in the server's answer; the route is left if there is nothing at it."""
        try:
            response = await server.http.post(server.root + shape.path, json=shape.body(model, text))
            is_page = "html" in response.headers.get("content-type", "").lower()
            if response.status_code in _NO_ROUTE or is_page:
                self._leave(*(other for other in self._shapes or () if other.path == shape.path))
            return _count_in(response.json()) if response.is_success else None
        except (httpx2.HTTPError, UnusableServer, ValueError, RecursionError):
            return None

    def _leave(self, *left: _Shape) -> None:
        self._shapes = tuple(shape for shape in self._shapes or () if shape not in left)


def _count_in(answer: object) -> int | None:
    """The count in an answer of any shape; ``None`` if it holds none, or two that differ."""
    data = members(answer)
    tokens = data.get("tokens")
    listed = len(cast("list[object]", tokens)) if isinstance(tokens, list) else None
    told = next((count for name in ("count", "tokenCount") if (count := count_in(data.get(name))) is not None), None)
    if told is None or listed is None:
        return listed if told is None else told
    return told if told == listed else None
