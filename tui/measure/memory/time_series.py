"""This module turns memory readings into the time series of each model and the life spans of its processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from tui.records import MemoryReading, RunRecord

_PAUSE_S: Final = 60.0
"""Two readings at least this many seconds apart belong to different segments of a run."""
_SEAM_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpan:
    """This record is one process of a model, from its first reading to its last."""

    key: str
    start_s: float
    end_s: float
    died: bool
    """A process that ended before it was asked to has died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTimeSeries:
    """This record is memory over time; times are seconds from the first reading."""

    times_s: tuple[float, ...]
    rss_bytes: Mapping[str, tuple[int | None, ...]]
    """Each model has one value for each time, which is ``None`` while it has no process."""
    gpu_used_bytes: Mapping[str, tuple[int | None, ...]]
    available_bytes: tuple[int, ...]
    total_bytes: int
    process_spans: tuple[ProcessSpan, ...]

    @property
    def most_bytes(self) -> int:
        """Return the most memory that one model or GPU used."""
        series = (*self.rss_bytes.values(), *self.gpu_used_bytes.values())
        return max((value for values in series for value in values if value), default=0)


def memory_time_series(run: RunRecord, readings: Sequence[MemoryReading]) -> MemoryTimeSeries | None:
    """Return the time series of readings in order of time, or ``None`` if there are fewer than two."""
    if len(readings) < 2:
        return None
    times = _times_s(readings)
    seen = dict.fromkeys(key for reading in readings for key in reading.rss_bytes)
    rss = {key: tuple(_size(reading.rss_bytes.get(key)) for reading in readings) for key in seen}
    gpus = dict.fromkeys((gpu.index, gpu.name) for reading in readings for gpu in reading.gpus)
    return MemoryTimeSeries(
        times_s=times,
        rss_bytes=rss,
        gpu_used_bytes={f"GPU {index} ({name})": _used(readings, index) for index, name in gpus},
        available_bytes=tuple(max(0, reading.available_bytes) for reading in readings),
        total_bytes=max(0, readings[-1].total_bytes),
        process_spans=tuple(span for key, values in rss.items() for span in _process_spans(run, key, times, values)),
    )


def _times_s(readings: Sequence[MemoryReading]) -> tuple[float, ...]:
    """Return seconds from the first reading without the pauses of a resumed run, in which the clock may start again."""
    times = [0.0]
    for earlier, later in pairwise(readings):
        step_s = later.at_s - earlier.at_s
        times.append(times[-1] + (step_s if 0 <= step_s < _PAUSE_S else _SEAM_S))
    return tuple(times)


def downsampled(
    times_s: Sequence[float], values: Sequence[int | None], count: int, pick: Callable[[Iterable[int]], int] = max
) -> list[int | None]:
    """Return ``count`` values over equal intervals of time, each the ``pick`` of its readings, or ``None`` without any.

    An interval between two readings has the value of the reading before it.
    """
    whole_s = times_s[-1] or 1.0
    stretches: list[list[int | None]] = [[] for _ in range(count)]
    for time_s, value in zip(times_s, values, strict=True):
        stretches[min(count - 1, int(time_s / whole_s * count))].append(value)
    shown: list[int | None] = []
    last: int | None = None
    for stretch in stretches:
        present = [value for value in stretch if value is not None]
        shown.append(pick(present) if present else None if stretch else last)
        last = stretch[-1] if stretch else last
    return shown


def _used(readings: Sequence[MemoryReading], index: int) -> tuple[int | None, ...]:
    return tuple(
        next((_size(gpu.used_bytes) for gpu in reading.gpus if gpu.index == index), None) for reading in readings
    )


def _size(value: int | None) -> int | None:
    """Return a size in bytes; a negative one, which only a damaged record holds, is unknown."""
    return None if value is None or value < 0 else value


def _process_spans(
    run: RunRecord, key: str, times_s: Sequence[float], values: Sequence[int | None]
) -> list[ProcessSpan]:
    """Return the time spans in which a model had a process, matched in order to the starts of the model."""
    present = zip(times_s, values, strict=True)
    stretches = [list(group) for running, group in groupby(present, key=lambda pair: pair[1] is not None) if running]
    verdicts = [load.verdict for load in run.loads if load.key == key]
    # A process that ended before its first reading has no span, so spans and starts are matched from the last one on.
    ends = [False] * len(stretches) + [verdict is not None for verdict in verdicts]
    died = ends[len(ends) - len(stretches) :]
    return [
        ProcessSpan(key=key, start_s=stretch[0][0], end_s=stretch[-1][0], died=ended)
        for stretch, ended in zip(stretches, died, strict=True)
    ]
