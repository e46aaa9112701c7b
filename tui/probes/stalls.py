"""Finds out whether the processes of a measurement, or the whole machine, stood still while a sample was measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Generator
from contextlib import contextmanager
from typing import Final

import psutil

from tui.probes.unreadable import read_or
from tui.system import machine

TICK_S: Final = 0.1
"""How often it is looked whether the processes run."""
LATE_S: Final = 0.7
"""A look that is later than this was not late because of other load: this process or the machine stood still."""


class StallWatch:
    """Counts the looks at which something stood still; its thread runs only while a sample is measured."""

    def __init__(self) -> None:
        self.stalls = 0
        self._pids: Collection[int] = ()
        self._watched = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()

    @contextmanager
    def watching(self, pids: Collection[int]) -> Generator[None]:
        """Look at these processes for the length of the block; blocks may overlap."""
        with self._lock:
            self._pids = pids
            self._watched += 1
            if self._watched == 1:
                self._stop = threading.Event()
                threading.Thread(target=self._look, args=(self._stop,), daemon=True, name="stalls").start()
        try:
            yield
        finally:
            with self._lock:
                self._watched -= 1
                if not self._watched:
                    self._stop.set()

    def _look(self, stop: threading.Event) -> None:
        before_s, before_asleep_s = time.monotonic(), _asleep_s()
        while not stop.wait(TICK_S):
            now_s, asleep_s = time.monotonic(), _asleep_s()
            late = now_s - before_s > TICK_S + LATE_S or asleep_s - before_asleep_s > TICK_S
            self.stalls += late or any(map(_is_stopped, self._pids))
            before_s, before_asleep_s = now_s, asleep_s


def _asleep_s() -> float:
    """For how long the machine has been suspended since its start, which the other clocks leave out."""
    return machine.asleep_s()


def _is_stopped(pid: int) -> bool:
    return read_or(False, lambda: bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED))
