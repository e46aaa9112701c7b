"""Reads memory at an interval, in a thread of its own, for any number of readers."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tui.probes import host
from tui.probes.gpu import Gpus
from tui.records import GpuReading, MemoryReading

AT_REST_S: Final = 1.0
AT_WORK_S: Final = 0.25
WHILE_GROWING_S: Final = 0.02
"""A model that loads grows by hundreds of MB between slower readings."""
_KEPT = 8192


class Sampler:
    """Follows the memory of the machine and of the processes it is told to watch.

    Readings are numbered, so that several readers can each ask for what is new to them.
    """

    def __init__(self, interval_s: float = AT_REST_S) -> None:
        self.on_reading: Callable[[MemoryReading], None] | None = None
        """Called in the sampler's own thread with each reading: what must not wait for an event loop."""
        self._interval_s = interval_s
        self._growing: set[str] = set()
        self._pids: dict[str, int] = {}
        self._lock = threading.Lock()
        self._readings: deque[MemoryReading] = deque(maxlen=_KEPT)
        self._count = 0
        self._stop = threading.Event()
        self._sooner = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def interval_s(self) -> float:
        return self._interval_s

    @interval_s.setter
    def interval_s(self, value: float) -> None:
        if value != self._interval_s:
            self._interval_s = value
            self._sooner.set()

    def start(self) -> None:
        """Begin to read; does nothing when already begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._read_all, name="memory", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop reading; the thread ends within one reading."""
        self._stop.set()
        self._sooner.set()
        if self._thread is not None:
            self._thread.join(2)

    def watch(self, key: str, pid: int) -> None:
        """Follow a process; closely, until it is told that it has settled."""
        with self._lock:
            self._pids[key] = pid
            self._growing.add(key)
        self._sooner.set()

    def settle(self, key: str) -> None:
        """This model has loaded and answered: it grows no more."""
        with self._lock:
            self._growing.discard(key)

    def unwatch(self, key: str) -> None:
        with self._lock:
            self._pids.pop(key, None)
            self._growing.discard(key)

    def since(self, sequence: int) -> tuple[int, list[MemoryReading]]:
        """The number of the newest reading and those after ``sequence``, as far as they are kept."""
        with self._lock:
            new = min(self._count - sequence, len(self._readings))
            return self._count, list(self._readings)[len(self._readings) - new :] if new > 0 else []

    def _read_all(self) -> None:
        gpus = Gpus()
        gpu_readings: tuple[GpuReading, ...] = ()
        gpus_due_s = 0.0
        while not self._stop.is_set():
            with self._lock:
                pids, growing = dict(self._pids), bool(self._growing)
            now_s = time.monotonic()
            if now_s >= gpus_due_s:
                # A driver takes milliseconds to answer: never at the close interval.
                gpu_readings, gpus_due_s = gpus.read(pids), now_s + self._interval_s * 0.9
            reading = replace(host.memory(pids), gpus=gpu_readings)
            with self._lock:
                self._readings.append(reading)
                self._count += 1
            if self.on_reading is not None:
                self.on_reading(reading)
            self._sooner.wait(WHILE_GROWING_S if growing else self._interval_s)
            self._sooner.clear()
        gpus.close()
