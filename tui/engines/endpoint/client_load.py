"""How busy a client of a server is itself: above some share it, and not the server, is what is measured."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

TICK_S: Final = 0.01
"""How often it is looked how late the event loop is while requests are in flight."""


@dataclass(frozen=True, slots=True)
class LoadMark:
    """What was counted up to one moment."""

    wall_s: float
    cpu_s: float
    ticks: int
    late_s: float


class ClientLoad:
    """Counts the processor time of this process, and how late its event loop is."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._in_flight = 0
        self._ticks = 0
        self._late_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> LoadMark:
        """Begin to count for a request."""
        self._in_flight += 1
        if self._timer is None:
            self._tick_again()
        return self._mark()

    def end(self) -> None:
        """End what ``begin`` has begun; nothing is counted while nothing is in flight."""
        self._in_flight -= 1
        if not self._in_flight and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def since(self, before: LoadMark) -> float:
        """The share of the time since ``before`` in which this process could not have taken an event at once.

        That is its share of a processor or, where it has to wait for a processor or for its own work, how late its
        event loop is against its ticks, whichever is more.
        """
        now = self._mark()
        wall_s, late_s = now.wall_s - before.wall_s, now.late_s - before.late_s
        busy = (now.cpu_s - before.cpu_s) / wall_s if wall_s > 0 else 0.0
        ticked_s = (now.ticks - before.ticks) * TICK_S + late_s
        return min(1.0, max(busy, late_s / ticked_s if ticked_s > 0 else 0.0))

    def _mark(self) -> LoadMark:
        return LoadMark(time.perf_counter(), time.process_time(), self._ticks, self._late_s)

    def _tick_again(self) -> None:
        due_s = self._loop.time() + TICK_S
        self._timer = self._loop.call_at(due_s, self._tick, due_s)

    def _tick(self, due_s: float) -> None:
        self._ticks += 1
        self._late_s += self._loop.time() - due_s
        self._tick_again()
