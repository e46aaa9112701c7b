"""Choose a model to end before the machine thrashes or the kernel chooses a process to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tui.records import ExitCause, ExitKind, MemoryReading
from tui.text import units

FLOOR_BYTES: Final = 512 * 1024**2
FLOOR_SHARE: Final = 0.10


def default_floor_bytes(total_bytes: int) -> int:
    """The memory that must stay free, in bytes: 512 MiB, but at most a tenth of the total."""
    return min(FLOOR_BYTES, round(total_bytes * FLOOR_SHARE))


@dataclass(frozen=True, slots=True)
class Guard:
    """The memory that must stay free, and the most that one model may use."""

    floor_bytes: int | None = None
    """The memory that must stay free; ``None`` stands for the default floor."""
    ceiling_bytes: int | None = None
    """The most that one model may use; ``None`` sets no limit."""

    def floor_of(self, reading: MemoryReading) -> int:
        """The memory that must stay free on the machine of a reading, in bytes."""
        return default_floor_bytes(reading.total_bytes) if self.floor_bytes is None else self.floor_bytes

    def model_to_end(
        self, reading: MemoryReading, newest_first: Callable[[], tuple[str, ...]]
    ) -> tuple[str, ExitCause] | None:
        """The key of the model to end, with the cause to record; ``None`` if all is well.

        A model over the ceiling is ended first. If too little memory is free, it is the model that was loaded last.
        """
        if self.ceiling_bytes is not None:
            for key, rss_bytes in reading.rss_bytes.items():
                if rss_bytes > self.ceiling_bytes:
                    reason = f"ended by Benchtop: it held more than the limit of {units.size(self.ceiling_bytes)}"
                    return key, _exit_cause(reason, rss_bytes)
        floor_bytes = self.floor_of(reading)
        if reading.available_bytes >= floor_bytes:
            return None
        for key in newest_first():
            if key in reading.rss_bytes:
                reason = (
                    f"ended by Benchtop with {units.size(reading.available_bytes)} of memory left, "
                    f"before the system ran out (floor {units.size(floor_bytes)})"
                )
                return key, _exit_cause(reason, reading.rss_bytes[key])
        return None


def _exit_cause(reason: str, rss_bytes: int) -> ExitCause:
    return ExitCause(kind=ExitKind.OUT_OF_MEMORY, reason=reason, peak_rss_bytes=rss_bytes)
