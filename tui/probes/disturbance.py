"""Finds what else went on while a sample was measured, by counters that are read before its request and after its end.

To read the counters takes some tenths of a millisecond, and 2 or 3 ms with the pace of the processor. All of that is
outside of the time that is measured.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from tui.probes.pace import pace_ns
from tui.records import Disturbance

OTHER_CORES: Final = 0.25
"""How much of a core all other processes together may use over a sample. A runtime keeps its threads on every core
and waits for the slowest of them, so a quarter of one core already costs it several per cent. A desktop at rest uses
less.
"""
TICKS_S: Final = 0.03
"""Seconds of other load that may be nothing, since both counters go in steps of 10 ms. So a request that takes less
than 0.1 s may have a whole busy core beside it that does not show.
"""
SWAPPED_BYTES: Final = 1024**2
"""Bytes that may be moved between memory and disk in one sample. Swap that is merely in use disturbs nothing, since old
pages may lie there for long.
"""
SLOW: Final = 1.25
"""How many times as long as at its best the fixed piece of work may take, both before and after a sample."""
CPUS: Final = Path("/sys/devices/system/cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCounters:
    """The counters of the machine at one moment."""

    at_s: float
    busy_s: float
    """Seconds of all cores in which anything ran, or the host of a virtual machine took them away."""
    own_s: float | None
    """The part of ``busy_s`` that our own process and the models used; ``None`` if one of them is gone."""
    swapped_bytes: int
    """Bytes moved in and out since the start; if the system does not count that, those that are swapped out now."""
    throttled: int
    """How often the processor has been held back."""
    on_battery: bool
    pace_ns: int | None = None
    """How long a fixed piece of work took; ``None`` if it was not done, as it would have disturbed another model."""


class CounterReader:
    """Reads the counters of this machine."""

    def __init__(self, cpus: Path = CPUS) -> None:
        # The set of these files does not change while a machine runs.
        self._throttle_files = tuple(sorted(cpus.glob("cpu[0-9]*/thermal_throttle/*_throttle_count")))
        self._best_ns: int | None = None

    def read(self, pids: Collection[int], *, with_pace: bool = False) -> MachineCounters:
        """Read the counters now; ``pids`` are the processes of the models that are loaded."""
        battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
        return MachineCounters(
            at_s=time.monotonic(),
            busy_s=_busy_s(),
            own_s=_own_s(pids),
            swapped_bytes=_swapped_bytes(),
            throttled=sum(map(_number_in, self._throttle_files)),
            on_battery=battery is not None and battery.power_plugged is False,
            pace_ns=self._pace_ns() if with_pace else None,
        )

    def slow(self, before: MachineCounters, after: MachineCounters) -> bool:
        """Whether the processor was well below its best pace so far, both before and after a sample."""
        if self._best_ns is None or before.pace_ns is None or after.pace_ns is None:
            return False
        return min(before.pace_ns, after.pace_ns) > SLOW * self._best_ns

    def _pace_ns(self) -> int:
        pace = pace_ns()
        self._best_ns = pace if self._best_ns is None else min(pace, self._best_ns)
        return pace


def disturbances(
    before: MachineCounters,
    after: MachineCounters,
    *,
    gpu_throttled: bool = False,
    slow: bool = False,
    judge_load: bool = True,
) -> tuple[Disturbance, ...]:
    """The events between two readings that may have changed a sample.

    Other load must not be judged if the model runs in a process that is not ours, since it is that load itself.
    """
    happened = {
        Disturbance.OTHER_LOAD: judge_load and others_s(before, after) > _allowed_s(after.at_s - before.at_s),
        Disturbance.SWAP: abs(after.swapped_bytes - before.swapped_bytes) > SWAPPED_BYTES,
        Disturbance.BATTERY: before.on_battery or after.on_battery,
        Disturbance.THROTTLED: gpu_throttled or after.throttled > before.throttled,
        Disturbance.SLOW: slow,
    }
    return tuple(disturbance for disturbance, did in happened.items() if did)


def mean_pace_ns(before: MachineCounters, after: MachineCounters) -> int | None:
    """The mean of the times that the fixed piece of work took before and after a sample, in nanoseconds."""
    if before.pace_ns is None or after.pace_ns is None:
        return None
    return round((before.pace_ns + after.pace_ns) / 2)


def others_s(before: MachineCounters, after: MachineCounters) -> float:
    """Seconds of a core that other processes used, or that the host of a virtual machine took away."""
    if before.own_s is None or after.own_s is None:
        return 0.0
    return (after.busy_s - before.busy_s) - (after.own_s - before.own_s)


def _allowed_s(span_s: float) -> float:
    return OTHER_CORES * span_s + TICKS_S


def _busy_s() -> float:
    times = psutil.cpu_times()
    parts: Sequence[str] = ("user", "nice", "system", "irq", "softirq", "steal", "interrupt", "dpc")
    return sum(float(getattr(times, part, 0.0)) for part in parts)


def _own_s(pids: Collection[int]) -> float | None:
    try:
        here = psutil.Process().cpu_times()
        models = [psutil.Process(pid).cpu_times() for pid in pids]
    except psutil.Error:
        return None
    # The processes that a model's process has started, and whose end it has noted, were its own work as well.
    theirs_s = sum(times.user + times.system + times.children_user + times.children_system for times in models)
    return here.user + here.system + theirs_s


def _swapped_bytes() -> int:
    swap = psutil.swap_memory()
    return int(swap.sin + swap.sout) if sys.platform == "linux" else int(swap.used)


def _number_in(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
