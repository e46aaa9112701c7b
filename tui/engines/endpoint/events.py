"""The events of a streamed answer, read from its bytes. Only the endpoint's child imports it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import Final, cast

from tui.engines.endpoint.errors import UnusableServer, message_in, shown

EVENT_LIMIT: Final = 16 << 20
"""More bytes than any event of an answer has: a server that sends more does not stream tokens."""
STRAY_LIMIT: Final = 64 << 10
"""How much of what is no event is kept, for the words of the server in it."""
DRAIN_BYTES: Final = 64 << 10
"""How much is read after the mark of the end, where nothing belongs."""
_BOM: Final = b"\xef\xbb\xbf"
_LINE_END: Final = re.compile(rb"[\r\n]")
_FIELDS: Final = ("data", "event", "id", "retry", "error")


class ServerFailed(UnusableServer):
    """The server reports in the middle of the stream that it failed; ``words`` are its own."""

    def __init__(self, words: str) -> None:
        super().__init__(f"the server failed while it answered: {words}")
        self.words = words


class EventReader:
    """Reads server-sent events out of the bytes of an answer; one object of JSON comes with each.

    Raises:
        UnusableServer: an event is too large or no JSON.
        ServerFailed: an event names an error.
        UnicodeDecodeError: the bytes are no UTF-8.
    """

    def __init__(self, parts: AsyncIterable[bytes]) -> None:
        self._parts = parts
        self._line = bytearray()
        self._after_return = False
        self._first = True
        self._data: list[str] = []
        self._data_size = 0
        self._name = ""
        self._stray = bytearray()
        self._had_fields = False
        self.done = False
        """Whether the mark of the end has come, which an empty event tells too."""

    async def __aiter__(self) -> AsyncIterator[dict[str, object]]:
        left = DRAIN_BYTES
        async for part in self._parts:
            if self.done:
                # The connection can be used again if the body is read to its end.
                left -= len(part)
                if left < 0:
                    return
                continue
            for line in self._lines(part):
                for event in self._take(line):
                    yield event
                if self.done:
                    yield {}
                    break
        if self.done:
            return
        # The last event may lack the empty line behind it; one that is cut is no event.
        for line in (bytes(self._line), b""):
            for event in self._take(line, last=True):
                yield event

    @property
    def strays(self) -> bool:
        """Whether the server sent something else than events."""
        return bool(self._stray) and not self._had_fields

    @property
    def stray_words(self) -> str:
        """The words of the server in what it sent in place of events."""
        text = self._stray.decode("utf-8", "replace")
        try:
            return message_in(json.loads(text))
        except (ValueError, RecursionError):
            return shown(text)

    def _lines(self, part: bytes) -> Iterator[bytes]:
        start = 0
        for match in _LINE_END.finditer(part):
            end = match.start()
            pair = self._after_return and end == start and part[end] == ord("\n")
            self._after_return = part[end] == ord("\r")
            if not pair:
                yield self._whole_line(part[start:end])
            start = end + 1
        if start < len(part):
            self._after_return = False
            self._line += part[start:]
            self._check_size(len(self._line))

    def _whole_line(self, end: bytes) -> bytes:
        line = bytes(self._line) + end
        self._line.clear()
        if self._first:
            self._first, line = False, line.removeprefix(_BOM)
        return line

    def _check_size(self, size: int) -> None:
        if size > EVENT_LIMIT:
            raise UnusableServer(f"the server sent more than {EVENT_LIMIT >> 20} MiB in one event, which is no token")

    def _take(self, line: bytes, *, last: bool = False) -> Iterator[dict[str, object]]:
        if not line:
            yield from self._event(last=last)
            return
        name, _, value = line.partition(b":")
        field = name.decode("ascii", "replace")
        if not name:
            self._had_fields = True
        elif field not in _FIELDS:
            self._stray += line[: STRAY_LIMIT - len(self._stray)] + b"\n" if len(self._stray) < STRAY_LIMIT else b""
        else:
            self._had_fields = True
            text = value.removeprefix(b" ").decode("utf-8")
            if field == "event":
                self._name = text
            elif field == "error":
                # A line of its own, as old servers of llama.cpp send it.
                raise ServerFailed(_words(text))
            elif field == "data":
                self._data_size += len(value)
                self._check_size(self._data_size)
                self._data.append(text)

    def _event(self, *, last: bool) -> Iterator[dict[str, object]]:
        lines, name = self._data, self._name
        self._data, self._data_size, self._name = [], 0, ""
        text = "\n".join(lines)
        if text.lstrip().startswith("[DONE]"):
            self.done = True
        elif text.strip():
            if name == "error":
                raise ServerFailed(_words(text))
            try:
                yield from _objects(text, lines)
            except (ValueError, RecursionError):
                if not last:
                    raise UnusableServer("the server sent an event that is not JSON") from None


def _objects(text: str, lines: list[str]) -> Iterator[dict[str, object]]:
    """The objects in the data of an event: it is one, or by mistake one in each line."""
    try:
        values: list[object] = [json.loads(text)]
    except ValueError:
        if len(lines) < 2:
            raise
        values = [json.loads(line) for line in lines if not line.startswith("[DONE]")]
    for value in values:
        if not isinstance(value, dict):
            continue
        event = cast("dict[str, object]", value)
        if event.get("error"):
            raise ServerFailed(message_in(event) or shown(str(event.get("error"))))
        yield event


def _words(text: str) -> str:
    """The words of an error that is JSON or plain text."""
    try:
        return message_in(json.loads(text)) or shown(text)
    except (ValueError, RecursionError):
        return shown(text)
