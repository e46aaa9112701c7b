"""Choose a model to end before the machine thrashes or the kernel chooses a process to end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tui.records import ExitCause, ExitKind, MemoryReading
from tui.text import units

FLOOR_BYTES: Final = 512 * 1024**2
FLOOR_SHARE: Final = 0.10
_GROWTH_S: Final = 5.0
"""The time over which the growth of models is compared."""
_GROWN_BYTES: Final = 128 * 1024**2
"""Who has grown by less did not use up the memory."""
_RETURN_S: Final = 2.0
"""On a busy machine it takes so long at most until the memory of a process that was ended is free."""
_LONGEST_RETURN_S: Final = 10.0
"""A process that holds its memory for so long does not end, and another model has to."""


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
        self,
        reading: MemoryReading,
        newest_first: Callable[[], tuple[str, ...]],
        *,
        returning: bool = False,
        grown: str | None = None,
    ) -> tuple[str, ExitCause] | None:
        """The key of the model to end, with the cause to record; ``None`` if all is well.

        A model over the ceiling is ended first. If too little memory is free, it is the one that has ``grown`` most
        (see ``Growth``) if that explains it, else the model that was loaded last; but none while the memory of another
        one that was ended is ``returning``.
        """
        if self.ceiling_bytes is not None:
            for key, rss_bytes in reading.rss_bytes.items():
                if rss_bytes > self.ceiling_bytes:
                    reason = f"ended by Benchtop: it held more than the limit of {units.size(self.ceiling_bytes)}"
                    return key, _exit_cause(reason, rss_bytes)
        floor_bytes = self.floor_of(reading)
        if returning or reading.available_bytes >= floor_bytes:
            return None
        for key in (*filter(None, (grown,)), *newest_first()):
            if key in reading.rss_bytes:
                reason = (
                    f"ended by Benchtop with {units.size(reading.available_bytes)} of memory left, "
                    f"before the system ran out (floor {units.size(floor_bytes)})"
                )
                return key, _exit_cause(reason, reading.rss_bytes[key])
        return None


class Growth:
    """How much each model has grown lately, so that the one that takes the memory is ended and not a bystander."""

    def __init__(self) -> None:
        self._readings: deque[tuple[float, Mapping[str, int]]] = deque()

    def most_grown(self, reading: MemoryReading) -> str | None:
        """Note a reading, and name the model that has grown most in the last seconds; ``None`` if none has by much.

        A model that was not there before has grown by all that it holds.
        """
        readings = self._readings
        readings.append((reading.at_s, reading.rss_bytes))
        while reading.at_s - readings[0][0] > _GROWTH_S:
            readings.popleft()
        before = readings[0][1]
        grown = {key: held - before.get(key, 0) for key, held in reading.rss_bytes.items()}
        key = max(grown, key=grown.__getitem__, default=None)
        return key if key is not None and grown[key] >= _GROWN_BYTES else None


class MemoryReturn:
    """The time in which the memory of a model that the guard has ended comes back.

    The system frees it bit by bit after the process is gone from every list, and until then too little is free still:
    without a wait the guard would end one model after the other where one was enough.
    """

    def __init__(self) -> None:
        self._key = ""
        self._end_s = self._limit_s = 0.0

    def begin(self, key: str, reading: MemoryReading) -> None:
        """Note that a model is ended because of this reading."""
        if key != self._key or reading.at_s >= self._limit_s:
            self._limit_s = reading.at_s + _LONGEST_RETURN_S
        self._key, self._end_s = key, reading.at_s + _RETURN_S

    def goes_on(self, reading: MemoryReading, floor_bytes: int) -> bool:
        """Whether the memory may still be on its way at this reading, as long as less than the floor is free."""
        if reading.available_bytes >= floor_bytes:
            self._end_s = 0.0
        elif reading.at_s < self._end_s and reading.rss_bytes.get(self._key):
            self._end_s = min(reading.at_s + _RETURN_S, self._limit_s)
        return reading.at_s < self._end_s


def _exit_cause(reason: str, rss_bytes: int) -> ExitCause:
    return ExitCause(kind=ExitKind.OUT_OF_MEMORY, reason=reason, peak_rss_bytes=rss_bytes)
