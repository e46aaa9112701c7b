"""Readings of memory -> what each model held over the time of a run, and when its process came and went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from tui.records import MemoryReading, RunRecord

_PAUSE_S: Final = 60.0
"""No two readings of one stretch of a run are so far apart."""
_SEAM_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpan:
    """One process of a model, from its first reading to its last."""

    key: str
    start_s: float
    end_s: float
    died: bool
    """It ended before it should have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTimeSeries:
    """Memory over time; times are seconds from the first reading."""

    times_s: tuple[float, ...]
    rss_bytes: Mapping[str, tuple[int | None, ...]]
    """One value a time for each model; ``None`` while it has no process."""
    gpu_used_bytes: Mapping[str, tuple[int | None, ...]]
    available_bytes: tuple[int, ...]
    total_bytes: int
    process_spans: tuple[ProcessSpan, ...]

    @property
    def most_bytes(self) -> int:
        """The most that one model or GPU held."""
        held = (*self.rss_bytes.values(), *self.gpu_used_bytes.values())
        return max((value for values in held for value in values if value), default=0)


def memory_time_series(run: RunRecord, readings: Sequence[MemoryReading]) -> MemoryTimeSeries | None:
    """The readings of a run, which are in order; ``None`` of fewer than two, which are no course."""
    if len(readings) < 2:
        return None
    times = _times_s(readings)
    seen = dict.fromkeys(key for reading in readings for key in reading.rss_bytes)
    rss = {key: tuple(reading.rss_bytes.get(key) for reading in readings) for key in seen}
    gpus = dict.fromkeys((gpu.index, gpu.name) for reading in readings for gpu in reading.gpus)
    return MemoryTimeSeries(
        times_s=times,
        rss_bytes=rss,
        gpu_used_bytes={f"GPU {index} ({name})": _used(readings, index) for index, name in gpus},
        available_bytes=tuple(reading.available_bytes for reading in readings),
        total_bytes=readings[-1].total_bytes,
        process_spans=tuple(stay for key, values in rss.items() for stay in _stays(run, key, times, values)),
    )


def _times_s(readings: Sequence[MemoryReading]) -> tuple[float, ...]:
    """Seconds from the first, without the pauses of a run that was resumed: after one a machine may count anew."""
    times = [0.0]
    for earlier, later in pairwise(readings):
        step_s = later.at_s - earlier.at_s
        times.append(times[-1] + (step_s if 0 <= step_s < _PAUSE_S else _SEAM_S))
    return tuple(times)


def downsampled(
    times_s: Sequence[float], values: Sequence[int | None], count: int, pick: Callable[[Iterable[int]], int] = max
) -> list[int | None]:
    """``count`` values over equal stretches of time, each the ``pick`` of its own; ``None`` where nothing was held.

    A stretch between two readings has the value of the one before it.
    """
    whole_s = times_s[-1] or 1.0
    stretches: list[list[int | None]] = [[] for _ in range(count)]
    for time_s, value in zip(times_s, values, strict=True):
        stretches[min(count - 1, int(time_s / whole_s * count))].append(value)
    shown: list[int | None] = []
    last: int | None = None
    for stretch in stretches:
        known = [value for value in stretch if value is not None]
        shown.append(pick(known) if known else None if stretch else last)
        last = stretch[-1] if stretch else last
    return shown


def _used(readings: Sequence[MemoryReading], index: int) -> tuple[int | None, ...]:
    return tuple(next((gpu.used_bytes for gpu in reading.gpus if gpu.index == index), None) for reading in readings)


def _stays(run: RunRecord, key: str, times_s: Sequence[float], values: Sequence[int | None]) -> list[ProcessSpan]:
    """The stretches in which a model had a process, each matched to one of its starts in their order."""
    present = zip(times_s, values, strict=True)
    stretches = [list(group) for held, group in groupby(present, key=lambda each: each[1] is not None) if held]
    verdicts = [load.verdict for load in run.loads if load.key == key]
    # A process that was gone before the first reading of it has no stretch, so they are matched from the last one on.
    ends = [False] * len(stretches) + [verdict is not None for verdict in verdicts]
    died = ends[len(ends) - len(stretches) :]
    return [
        ProcessSpan(key=key, start_s=stretch[0][0], end_s=stretch[-1][0], died=ended)
        for stretch, ended in zip(stretches, died, strict=True)
    ]
