"""Measures what a machine adds to every time that is taken on it: its clock's step, late wake-ups, other processes."""

from __future__ import annotations

import contextlib
import itertools
import time
from dataclasses import dataclass

import psutil


def clock_step_ns(looks: int = 2000) -> int:
    """The smallest step by which ``perf_counter`` moves on, of so many readings in a row."""
    stamps = [time.perf_counter_ns() for _ in range(looks)]
    steps = [later - earlier for earlier, later in itertools.pairwise(stamps) if later > earlier]
    return min(steps, default=round(time.get_clock_info("perf_counter").resolution * 1e9))


def late_wakeups_ns(sleeps: int = 200, sleep_s: float = 0.001) -> list[int]:
    """The delays in nanoseconds with which short sleeps end, the shortest first; the scheduler adds them."""
    late: list[int] = []
    for _ in range(sleeps):
        due_ns = time.perf_counter_ns() + round(sleep_s * 1e9)
        time.sleep(sleep_s)
        late.append(max(0, time.perf_counter_ns() - due_ns))
    return sorted(late)


def busy_s() -> float:
    """The seconds of all cores so far in which anything ran, or the host of a virtual machine took them away.

    Of the parts that psutil gives, ``guest`` is in ``user`` as well, and on Windows ``interrupt`` and ``dpc`` are in
    ``system``.
    """
    times = psutil.cpu_times()
    parts = ("user", "nice", "system", "irq", "softirq", "steal")
    return sum(float(getattr(times, part, 0.0)) for part in parts)


@dataclass(frozen=True, slots=True)
class CpuUse:
    """The processor time so far of the whole machine, and of this process with all that it has started."""

    at_s: float
    busy_s: float
    own_s: float


def cpu_use() -> CpuUse:
    """Read the processor time; that of a child that has ended without being waited for is not counted as our own."""
    busy = busy_s()
    here = psutil.Process()
    times = here.cpu_times()
    own_s = times.user + times.system + times.children_user + times.children_system
    for child in here.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            running = child.cpu_times()
            own_s += running.user + running.system
    return CpuUse(time.monotonic(), busy, own_s)


def load_of_others(before: CpuUse, after: CpuUse) -> float:
    """The number of cores that other processes kept busy between two readings, on average."""
    elapsed_s = after.at_s - before.at_s
    others_s = (after.busy_s - before.busy_s) - (after.own_s - before.own_s)
    return max(0.0, others_s) / elapsed_s if elapsed_s > 0 else 0.0
