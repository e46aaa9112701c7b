"""The lines in which a machine tells of an answer while it is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from tui.bench import events
from tui.bench.events import Event, TextReceived
from tui.bench.fleet import wire
from tui.bench.fleet.wire import Line

_TEXT_EVERY_S: Final = 0.05
"""Texts that arrive closer together are told in one line, so that a fast model does not fill a slow network."""


class LiveLines:
    """Makes lines from the events of a question; every time in them was taken on this machine."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._text: TextReceived | None = None
        self._told_s = 0.0

    def lines_of(self, event: Event) -> Iterator[Line]:
        """Give the lines that tell of an event; text may wait for a moment, and comes before whatever follows it."""
        match event:
            case TextReceived():
                yield from self._take(event)
            case events.MemoryRead(reading=reading):
                for key, rss_bytes in reading.rss_bytes.items():
                    yield wire.MemoryLine(key=key, rss_bytes=rss_bytes)
                yield from self._due()
            case events.SampleStarted():
                yield wire.BeginLine(key=event.key, kind=event.kind)
            case events.FirstToken():
                yield wire.FirstLine(key=event.key, ttft_ns=event.ttft_ns)
            case _:
                yield from self.rest()
                yield from wire.lines_of(event)

    def rest(self) -> Iterator[Line]:
        """Give the text that still waits."""
        text, self._text = self._text, None
        if text is not None:
            self._told_s = self._clock_s()
            yield wire.TextLine(
                key=text.key, text=text.text, reasoning=text.reasoning, arrivals=text.arrivals, last_ns=text.last_ns
            )

    def _take(self, event: TextReceived) -> Iterator[Line]:
        waiting = self._text
        if waiting is not None and (waiting.key, waiting.reasoning) != (event.key, event.reasoning):
            yield from self.rest()
            waiting = None
        self._text = TextReceived(
            key=event.key,
            text=event.text if waiting is None else waiting.text + event.text,
            reasoning=event.reasoning,
            arrivals=event.arrivals,
            last_ns=event.last_ns,
        )
        yield from self._due()

    def _due(self) -> Iterator[Line]:
        if self._clock_s() - self._told_s >= _TEXT_EVERY_S:
            yield from self.rest()
