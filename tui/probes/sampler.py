"""Reads memory at an interval, in a thread of its own, for any number of readers."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from tui.probes import host
from tui.probes.gpu import Gpus
from tui.records import MemoryReading

AT_REST_S: Final = 1.0
AT_WORK_S: Final = 0.25
_KEPT = 4096


class Sampler:
    """Follows the memory of the machine and of the processes it is told to watch.

    Readings are numbered, so that several readers can each ask for what is new to them.
    """

    def __init__(self, interval_s: float = AT_REST_S) -> None:
        self._interval_s = interval_s
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
        with self._lock:
            self._pids[key] = pid
        self._sooner.set()

    def unwatch(self, key: str) -> None:
        with self._lock:
            self._pids.pop(key, None)

    def since(self, sequence: int) -> tuple[int, list[MemoryReading]]:
        """The number of the newest reading and those after ``sequence``, as far as they are kept."""
        with self._lock:
            new = min(self._count - sequence, len(self._readings))
            return self._count, list(self._readings)[len(self._readings) - new :] if new > 0 else []

    def _read_all(self) -> None:
        gpus = Gpus()
        while not self._stop.is_set():
            with self._lock:
                pids = dict(self._pids)
            reading = host.memory(pids, gpus)
            with self._lock:
                self._readings.append(reading)
                self._count += 1
            self._sooner.wait(self._interval_s)
            self._sooner.clear()
        gpus.close()
