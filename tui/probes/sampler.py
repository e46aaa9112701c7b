"""Reads memory at an interval, in threads of its own, for any number of readers."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import psutil

from tui.probes import host
from tui.probes.gpu import Gpus
from tui.records import GpuReading, MemoryReading

AT_REST_S: Final = 1.0
AT_WORK_S: Final = 0.25
WHILE_GROWING_S: Final = 0.02
"""A model that loads grows by hundreds of MB between slower readings."""
TREE_EVERY_S: Final = 1.0
"""How often the processes that a model's process has started are looked for."""
_KEPT = 1024

log = logging.getLogger(__name__)


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
        self._threads: tuple[threading.Thread, ...] = ()
        self._trees: dict[int, tuple[int, ...]] = {}
        """Each watched process with what it has started. This and the next are put in place whole: two threads read."""
        self._gpus: tuple[tuple[GpuReading, ...], str] = ((), "")

    @property
    def interval_s(self) -> float:
        return self._interval_s

    @interval_s.setter
    def interval_s(self, value: float) -> None:
        if value != self._interval_s:
            self._interval_s = value
            self._sooner.set()

    @property
    def gpus(self) -> tuple[GpuReading, ...]:
        """The GPUs as they were read last."""
        return self._gpus[0]

    def start(self) -> None:
        """Begin to read; does nothing when already begun."""
        if not self._threads:
            loops = {"memory": self._read_all, "gpus": self._read_gpus}
            self._threads = tuple(threading.Thread(target=loop, name=name, daemon=True) for name, loop in loops.items())
            for thread in self._threads:
                thread.start()

    def close(self) -> None:
        """Stop reading; the threads end within one reading."""
        self._stop.set()
        self._sooner.set()
        for thread in self._threads:
            thread.join(2)

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

    def tree(self, pid: int) -> tuple[int, ...]:
        """A process with what it has started, as far as that has been looked for."""
        return self._trees.get(pid, (pid,))

    def since(self, sequence: int) -> tuple[int, list[MemoryReading]]:
        """The number of the newest reading and those after ``sequence``, as far as they are kept."""
        with self._lock:
            new = min(self._count - sequence, len(self._readings))
            return self._count, list(self._readings)[len(self._readings) - new :] if new > 0 else []

    @property
    def newest(self) -> MemoryReading | None:
        """The last reading; ``None`` before the first."""
        with self._lock:
            return self._readings[-1] if self._readings else None

    def _read_all(self) -> None:
        trees_due_s, failing = 0.0, False
        while not self._stop.is_set():
            with self._lock:
                pids, growing = dict(self._pids), bool(self._growing)
            now_s = time.monotonic()
            try:
                if now_s >= trees_due_s:
                    self._trees = host.process_trees(set(pids.values()))
                    trees_due_s = now_s + TREE_EVERY_S
                gpu_readings, gpu_note = self._gpus
                self._tell(replace(host.memory(self._by_model(pids)), gpus=gpu_readings, gpu_note=gpu_note))
                failing = False
            except (OSError, psutil.Error):
                # As when no file can be opened for a while: the guard has to be there afterwards.
                if not failing:
                    log.warning("memory cannot be read", exc_info=True)
                failing = True
            self._sooner.wait(WHILE_GROWING_S if growing else self._interval_s)
            self._sooner.clear()

    def _read_gpus(self) -> None:
        """In a thread of its own: a driver takes milliseconds to answer, and may never, while the guard must go on."""
        gpus = Gpus()
        while not self._stop.is_set():
            with self._lock:
                pids = dict(self._pids)
            self._gpus = gpus.read(self._by_model(pids)), gpus.note
            if not gpus.present:
                break
            self._stop.wait(self._interval_s)
        gpus.close()

    def _by_model(self, pids: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        trees = self._trees
        return {key: trees.get(pid, (pid,)) for key, pid in pids.items()}

    def _tell(self, reading: MemoryReading) -> None:
        with self._lock:
            self._readings.append(reading)
            self._count += 1
        if self.on_reading is not None:
            self.on_reading(reading)
