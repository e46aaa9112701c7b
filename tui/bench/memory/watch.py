"""Watch the memory during a run: emit and save every reading, and record the peak of each model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from tui.bench import events
from tui.bench.events import Event
from tui.bench.ledger import Ledger
from tui.probes.sampler import AT_REST_S, AT_WORK_S, Sampler
from tui.records import MemoryReading


class MemoryWatch:
    """Takes the readings of the sampler; without a sampler every figure is unknown."""

    def __init__(self, sampler: Sampler | None, ledger: Ledger, emit: Callable[[Event], None]) -> None:
        self._sampler = sampler
        self._ledger = ledger
        self._emit = emit
        self._seen = sampler.since(0)[0] if sampler else 0
        self._peak_rss_bytes: dict[str, int] = {}
        self._peak_vram_bytes: dict[str, int] = {}
        self._vram_bytes: Mapping[str, int] = {}
        """The VRAM of each model in the newest reading."""
        self._gpu_throttled: set[str] = set()
        """The models during whose current sample a GPU was throttled."""
        self._sampled: set[str] = set()

    async def follow(self) -> None:
        """Take new readings in a steady rhythm until cancelled; the sampler reads faster for that time."""
        if self._sampler is None:
            return
        self._sampler.interval_s = AT_WORK_S
        try:
            while True:
                await asyncio.sleep(AT_WORK_S)
                self.read()
        finally:
            self._sampler.interval_s = AT_REST_S

    def read(self) -> None:
        """Take in the readings since the last call."""
        if self._sampler is None:
            return
        self._seen, readings = self._sampler.since(self._seen)
        for reading in readings:
            _raise(self._peak_rss_bytes, reading.rss_bytes)
            self._vram_bytes = _vram(reading)
            _raise(self._peak_vram_bytes, self._vram_bytes)
            if any(gpu.throttled for gpu in reading.gpus):
                self._gpu_throttled |= self._sampled
            self._emit(events.MemoryRead(reading=reading))
        self._ledger.add_readings(readings)

    def peak_rss_bytes(self, key: str) -> int | None:
        """The largest resident memory of a model in any reading since its load began."""
        return self._peak_rss_bytes.get(key)

    @property
    def newest(self) -> int:
        """The number of the newest reading, by which ``rss_bytes_since`` is asked."""
        return self._sampler.since(0)[0] if self._sampler else 0

    def rss_bytes_since(self, key: str, reading: int) -> int | None:
        """The largest resident memory of a model from this reading on; ``None`` if no reading since knows it.

        It stands for a high-water mark where the process of a model is not ours and cannot reset its own.
        """
        if self._sampler is None:
            return None
        readings = self._sampler.since(max(0, reading - 1))[1]
        return max((size for row in readings if (size := row.rss_bytes.get(key)) is not None), default=None)

    def peak_vram_bytes(self, key: str) -> int | None:
        """The largest VRAM of a model since ``begin_sample``; ``None`` if the driver does not report it."""
        return self._peak_vram_bytes.get(key)

    def begin_load(self, key: str) -> None:
        """Start the peak of the resident memory afresh, because the model gets a new process."""
        self._peak_rss_bytes.pop(key, None)

    def gpu_throttled(self, key: str) -> bool:
        """Whether a GPU was throttled since ``begin_sample``, as far as the driver reports it."""
        return key in self._gpu_throttled

    def begin_sample(self, key: str) -> None:
        """Start the peak of the VRAM afresh from the VRAM in use now, because the next reading may come too late."""
        self.read()
        self._peak_vram_bytes.pop(key, None)
        if key in self._vram_bytes:
            self._peak_vram_bytes[key] = self._vram_bytes[key]
        self._sampled.add(key)
        self._gpu_throttled.discard(key)


def _raise(peaks: dict[str, int], values: Mapping[str, int]) -> None:
    for key, value in values.items():
        peaks[key] = max(peaks.get(key, 0), value)


def _vram(reading: MemoryReading) -> dict[str, int]:
    """The VRAM of each model on all GPUs together; a model is absent if its VRAM on any GPU is unknown."""
    keys = {key for gpu in reading.gpus for key in gpu.process_bytes}
    parts = {key: [gpu.process_bytes.get(key) for gpu in reading.gpus] for key in keys}
    return {key: sum(part for part in sizes if part is not None) for key, sizes in parts.items() if None not in sizes}
