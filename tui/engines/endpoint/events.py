"""The events of a streamed answer, read from its bytes. Only the endpoint's child imports it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import Final, cast

from tui.engines.endpoint.behaviour.server_messages import message_in, shown, words_of
from tui.engines.endpoint.errors import UnusableServer
from tui.engines.endpoint.shapes import COUNT_MEMBERS
from tui.engines.newer_model import advice_on

EVENT_LIMIT: Final = 16 << 20
"""More bytes than any event of an answer has: a server that sends more does not stream tokens."""
STRAY_LIMIT: Final = 64 << 10
"""How much of what is no event is kept, for the words of the server in it."""
DRAIN_BYTES: Final = 64 << 10
"""How much is read after the mark of the end, where nothing belongs."""
_BOM: Final = b"\xef\xbb\xbf"
_LINE_END: Final = re.compile(rb"[\r\n]")
_FIELDS: Final = ("data", "event", "id", "retry", "error")
_ENDS: Final = ("[done]", "done", "[end]", "end")
"""Data that marks the end of an answer, in small letters; it may stand in quotation marks."""
_END_NAMES: Final = ("done", "end", "complete", "close")
"""Names of an event that marks the end of an answer, whatever its data is."""


class ServerFailed(UnusableServer):
    """The server reports in the middle of the stream that it failed; ``words`` are its own."""

    def __init__(self, words: str) -> None:
        super().__init__(f"the server failed while it answered: {words}{advice_on(words, 'server')}")
        self.words = words


class NoEvent(UnusableServer):
    """The server sent something else than JSON where an event belongs; ``words`` are its own."""

    def __init__(self, words: str) -> None:
        super().__init__(f"the server sent an event that is not JSON{f': {words}' if words else ''}")


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
        self._had_events = False
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
            for line in self._lines(part):
                if self.done:
                    for counts in _late_counts(line):
                        yield counts
                    continue
                for event in self._take(line):
                    self._had_events = True
                    yield event
                if self.done:
                    yield {}
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
    def empty(self) -> bool:
        """Whether the server sent nothing at all, or only the mark of the end."""
        return not self._stray and not self._had_events

    @property
    def stray_words(self) -> str:
        """The words of the server in what it sent in place of events."""
        return words_of(self._stray.decode("utf-8", "replace"))

    @property
    def is_whole_answer(self) -> bool:
        """Whether what the server sent in place of events is a whole answer, as without a stream."""
        text = self._stray.decode("utf-8", "replace").strip()
        return self.strays and '"choices"' in text and (len(self._stray) >= STRAY_LIMIT or bool(_whole_object(text)))

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
        # Some servers indent their lines, write the name large, or begin every part with the mark of the byte order.
        field = name.removeprefix(_BOM).decode("ascii", "replace").strip().lower()
        if not name:
            self._had_fields = True
        elif field not in _FIELDS:
            yield from self._stray_line(line)
        else:
            self._had_fields = True
            text = value.removeprefix(b" ").decode("utf-8")
            if field == "event":
                self._name = text.strip()
            elif field == "error":
                # A line of its own, as old servers of llama.cpp send it.
                raise ServerFailed(_words(text))
            elif field == "data":
                yield from self._take_data(text, len(value))

    def _take_data(self, text: str, size: int) -> Iterator[dict[str, object]]:
        """Keep a line of data for its event; one that is whole in itself is not kept, since some send no empty line."""
        self._data_size += size
        self._check_size(self._data_size)
        while text.startswith("data:"):
            text = text.removeprefix("data:").lstrip()
        whole = [] if self._data else _whole_object(text)
        if whole:
            self._data_size = 0
            yield from self._named_objects(text, whole)
        else:
            self._data.append(text)

    def _stray_line(self, line: bytes) -> Iterator[dict[str, object]]:
        """Keep a line that is no field for the words in it, unless it is an event on a line of its own."""
        has_event = b'"delta"' in line or (self._had_fields and b'"usage"' in line)
        if has_event and (whole := _whole_object(line.decode("utf-8", "replace"))):
            self._had_fields = True
            yield from _checked(whole)
        elif len(self._stray) < STRAY_LIMIT:
            self._stray += line[: STRAY_LIMIT - len(self._stray)] + b"\n"

    def _event(self, *, last: bool) -> Iterator[dict[str, object]]:
        lines, name = self._data, self._name
        self._data, self._data_size, self._name = [], 0, ""
        text = "\n".join(lines)
        if text.lstrip().startswith("[DONE]") or text.strip().strip('"').lower() in _ENDS or name in _END_NAMES:
            self.done = True
        elif text.strip():
            try:
                yield from self._named_objects(text, _values(text, lines), name)
            except (ValueError, RecursionError):
                if name == "error":
                    raise ServerFailed(shown(text)) from None
                if not last:
                    raise NoEvent(words_of(text)) from None

    def _named_objects(self, text: str, values: list[object], name: str = "") -> Iterator[dict[str, object]]:
        """The objects in the data of an event, unless its name is that of an error."""
        if (name or self._name) == "error":
            raise ServerFailed(_words(text))
        yield from _checked(values)


def _late_counts(line: bytes) -> Iterator[dict[str, object]]:
    """The counts in a line behind the mark of the end, where a few servers send them; nothing else there counts."""
    text = line.decode("utf-8", "replace").removeprefix("data:").strip()
    for value in _whole_object(text):
        event = cast("dict[str, object]", value)
        if counts := {name: event[name] for name in COUNT_MEMBERS if name in event}:
            yield counts


def _whole_object(text: str) -> list[object]:
    """The object in a line, in a list; an empty one if the line is no whole object."""
    if not (text.startswith("{") and text.rstrip().endswith("}")):
        return []
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        return []


def _values(text: str, lines: list[str]) -> list[object]:
    """The values in the data of an event: it is one, or by mistake one in each line, or several. Raises ValueError."""
    try:
        return [json.loads(text)]
    except ValueError:
        if len(lines) < 2:
            return _values_in_a_row(text)
        return [json.loads(line) for line in lines if not line.startswith("[DONE]")]


def _values_in_a_row(text: str) -> list[object]:
    """The objects that stand in one line without anything between them. Raises ValueError."""
    decoder, values, place = json.JSONDecoder(), list[object](), 0
    while place < len(text):
        value, place = decoder.raw_decode(text, place)
        values.append(value)
        place += len(text[place:]) - len(text[place:].lstrip())
    return values


def _checked(values: list[object]) -> Iterator[dict[str, object]]:
    """The objects among the values of an event. Raises ServerFailed for one that is an error."""
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
