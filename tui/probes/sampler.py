"""Reads memory at an interval in threads of its own, for any number of readers."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from tui.probes import host
from tui.probes.gpu import Gpus
from tui.records import GpuReading, MemoryReading
from tui.system import processes

AT_REST_S: Final = 1.0
AT_WORK_S: Final = 0.25
WHILE_GROWING_S: Final = 0.02
"""The interval while a model loads, which grows by hundreds of MB between slower readings."""
TREE_EVERY_S: Final = 1.0
"""How often the processes that a model's process has started are looked for."""
_MOST_READINGS: Final = 1024
"""How many readings are kept."""

GPUS_UNREADABLE: Final = "the GPUs cannot be read; the log has the reason"

log = logging.getLogger(__name__)


class Sampler:
    """Follows the memory of the machine and of the processes that it watches.

    Readings are numbered, so that each of several readers can ask for those that are new to it.
    """

    def __init__(self, interval_s: float = AT_REST_S) -> None:
        self.on_reading: Callable[[MemoryReading], None] | None = None
        """Called in the sampler's own thread with each reading, for what must not wait for an event loop."""
        self._interval_s = interval_s
        self._growing: set[str] = set()
        self._pids: dict[str, int] = {}
        self._lock = threading.Lock()
        self._readings: deque[MemoryReading] = deque(maxlen=_MOST_READINGS)
        self._count = 0
        self._stop = threading.Event()
        self._sooner = threading.Event()
        self._threads: tuple[threading.Thread, ...] = ()
        self._trees: dict[int, tuple[int, ...]] = {}
        """Each watched process with what it has started; replaced as a whole, since two threads read it."""
        self._gpus: tuple[tuple[GpuReading, ...], str] = ((), "")
        """The last readings of the GPUs with the note on them; replaced as a whole, since two threads read it."""

    @property
    def interval_s(self) -> float:
        """The seconds between two readings while no model loads; setting it takes effect at once."""
        return self._interval_s

    @interval_s.setter
    def interval_s(self, value: float) -> None:
        if value != self._interval_s:
            self._interval_s = value
            self._sooner.set()

    @property
    def gpus(self) -> tuple[GpuReading, ...]:
        """The last readings of the GPUs."""
        return self._gpus[0]

    def start(self) -> None:
        """Begin to read; does nothing if it has begun already."""
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
        """Follow a process of a model, and read often until ``settle`` is called for it."""
        with self._lock:
            self._pids[key] = pid
            self._growing.add(key)
        self._sooner.set()

    def settle(self, key: str) -> None:
        """Read at the usual interval again: this model has loaded and answered, and grows no more."""
        with self._lock:
            self._growing.discard(key)

    def unwatch(self, key: str) -> None:
        """Follow the process of this model no longer."""
        with self._lock:
            self._pids.pop(key, None)
            self._growing.discard(key)

    def tree(self, pid: int) -> tuple[int, ...]:
        """A process with what it has started, as of the last time that was looked for."""
        return self._trees.get(pid, (pid,))

    def since(self, sequence: int) -> tuple[int, list[MemoryReading]]:
        """The number of the newest reading, and the readings after ``sequence`` as far as they are kept."""
        with self._lock:
            new = min(self._count - sequence, len(self._readings))
            return self._count, list(self._readings)[len(self._readings) - new :] if new > 0 else []

    @property
    def newest(self) -> MemoryReading | None:
        """The last reading; ``None`` if there is none yet."""
        with self._lock:
            return self._readings[-1] if self._readings else None

    def _read_all(self) -> None:
        trees_due_s, failing = 0.0, False
        while not self._stop.is_set():
            with self._lock:
                pids, growing = dict(self._pids), bool(self._growing)
            now_s = time.monotonic()
            try:
                # A model may begin in a process below the one that was started, and grow much within the next second.
                if now_s >= trees_due_s or (growing and processes.lists_children()):
                    trees_due_s = now_s + TREE_EVERY_S
                    self._trees = host.process_trees(set(pids.values()))
                gpu_readings, gpu_note = self._gpus
                self._publish(replace(host.memory(self._by_model(pids)), gpus=gpu_readings, gpu_note=gpu_note))
                failing = False
            except Exception:
                # Whatever a reading fails with, the guard needs those that come afterwards.
                if not failing:
                    log.warning("memory cannot be read", exc_info=True)
                failing = True
            self._sooner.wait(WHILE_GROWING_S if growing else self._interval_s)
            self._sooner.clear()

    def _read_gpus(self) -> None:
        """Read the GPUs in a thread of their own: a driver may take long or never answer, and the guard must go on."""
        try:
            gpus = Gpus()
            while not self._stop.is_set():
                with self._lock:
                    pids = dict(self._pids)
                self._gpus = gpus.read(self._by_model(pids)), gpus.note
                if not gpus.present:
                    break
                self._stop.wait(self._interval_s)
            gpus.close()
        except Exception:
            log.warning("the GPUs cannot be read any more", exc_info=True)
            self._gpus = (), GPUS_UNREADABLE

    def _by_model(self, pids: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        trees = self._trees
        return {key: trees.get(pid, (pid,)) for key, pid in pids.items()}

    def _publish(self, reading: MemoryReading) -> None:
        with self._lock:
            self._readings.append(reading)
            self._count += 1
        if self.on_reading is not None:
            self.on_reading(reading)
