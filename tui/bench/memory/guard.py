"""Ends a model before the machine thrashes, or the kernel chooses what to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tui.records import ExitCause, ExitKind, MemoryReading
from tui.text import units

FLOOR_BYTES: Final = 512 * 1024**2
FLOOR_SHARE: Final = 0.10


def default_floor_bytes(total_bytes: int) -> int:
    """What is to stay free: 512 MiB, but at most a tenth of the memory that counts."""
    return min(FLOOR_BYTES, round(total_bytes * FLOOR_SHARE))


@dataclass(frozen=True, slots=True)
class Guard:
    """What must stay free, and what one model may hold at most."""

    floor_bytes: int | None = None
    """``None`` is the default floor."""
    ceiling_bytes: int | None = None

    def floor_of(self, reading: MemoryReading) -> int:
        """What must stay free of the memory that a reading tells of."""
        return default_floor_bytes(reading.total_bytes) if self.floor_bytes is None else self.floor_bytes

    def model_to_end(
        self, reading: MemoryReading, newest_first: Callable[[], tuple[str, ...]]
    ) -> tuple[str, ExitCause] | None:
        """The model to end, with the verdict: one over the ceiling, or the one loaded last when too little is free."""
        if self.ceiling_bytes is not None:
            for key, held_bytes in reading.rss_bytes.items():
                if held_bytes > self.ceiling_bytes:
                    reason = f"ended by Benchtop: it held more than the limit of {units.size(self.ceiling_bytes)}"
                    return key, _verdict(reason, held_bytes)
        floor_bytes = self.floor_of(reading)
        if reading.available_bytes >= floor_bytes:
            return None
        for key in newest_first():
            if key in reading.rss_bytes:
                reason = (
                    f"ended by Benchtop with {units.size(reading.available_bytes)} of memory left, "
                    f"before the system ran out (floor {units.size(floor_bytes)})"
                )
                return key, _verdict(reason, reading.rss_bytes[key])
        return None


def _verdict(reason: str, held_bytes: int) -> ExitCause:
    return ExitCause(kind=ExitKind.OUT_OF_MEMORY, reason=reason, peak_rss_bytes=held_bytes)
