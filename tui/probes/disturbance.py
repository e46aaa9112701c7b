"""Finds what else went on while a sample was measured, by counters that are read before its request and after its end.

To read the counters takes some tenths of a millisecond, and 2 or 3 ms with the pace of the processor. All of that is
outside of the time that is measured. What counts as a disturbance is decided in ``measure.disturbance``.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

import psutil

from tui.measure.disturbance import MachineCounters
from tui.probes import host, timing
from tui.probes.cpu_group import throttled_s, waited_s
from tui.probes.pace import pace_ns
from tui.probes.stalls import StallWatch
from tui.probes.unreadable import UNREADABLE, read_or
from tui.system import LINUX, WINDOWS

CPUS: Final = Path("/sys/devices/system/cpu")
SHARED_FOR_S: Final = 0.2
"""How long a reading may serve requests that run at the same time."""


class CounterReader:
    """Reads the counters of this machine."""

    def __init__(self, cpus: Path = CPUS) -> None:
        # The set of these files does not change while a machine runs.
        self._throttle_files = tuple(sorted(cpus.glob("cpu[0-9]*/thermal_throttle/*_throttle_count")))
        self.stall_watch = StallWatch()
        self._shared: MachineCounters | None = None
        self.best_pace_ns: int | None = None
        """The shortest time that the fixed piece of work has taken so far."""

    def read(self, pids: Collection[int], servers: Collection[int] = (), *, with_pace: bool = False) -> MachineCounters:
        """Read the counters now.

        ``pids`` are the processes of the models that are loaded, and ``servers`` those of them that belong to servers.
        """
        busy_s = read_or(None, timing.busy_s)
        here_s = None if busy_s is None else read_or(None, _here_s)
        used_s = None if here_s is None else _used_s(pids)
        return MachineCounters(
            at_s=time.monotonic(),
            busy_s=busy_s or 0.0,
            own_s=None if here_s is None or used_s is None else here_s + sum(used_s.values()),
            servers_s=sum((used_s or {}).get(pid, 0.0) for pid in set(servers)),
            swapped_bytes=read_or(None, _swapped_bytes),
            throttled=sum(map(_number_in, self._throttle_files)),
            on_battery=host.on_battery() is True,
            limited_s=throttled_s(),
            waited_s=sum(map(waited_s, pids)),
            stalls=self.stall_watch.stalls,
            pace_ns=self._pace_ns() if with_pace else None,
        )

    def read_shared(self, pids: Collection[int], servers: Collection[int] = ()) -> MachineCounters:
        """Return counters that are at most ``SHARED_FOR_S`` old.

        Many requests in flight begin and end all the time. If each read the counters for itself, that work would come
        between the answers and the next requests, and lower the load that is measured.
        """
        if self._shared is None or time.monotonic() - self._shared.at_s > SHARED_FOR_S:
            self._shared = self.read(pids, servers)
        return self._shared

    def _pace_ns(self) -> int:
        pace = pace_ns()
        self.best_pace_ns = pace if self.best_pace_ns is None else min(pace, self.best_pace_ns)
        return pace


def _used_s(pids: Collection[int]) -> dict[int, float] | None:
    """The processor time of each process so far; ``None`` if one of them is gone or may not be read."""
    try:
        return {pid: _process_s(pid) for pid in pids}
    except UNREADABLE:
        return None


def _process_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    # The processes that a model's process has started, and whose end it has noted, were its own work as well.
    return float(times.user + times.system + times.children_user + times.children_system)


def _here_s() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


def _swapped_bytes() -> int | None:
    if WINDOWS:
        # It writes changed pages ahead of need, so the used part of its page file moves while nothing is short.
        return None
    swap = psutil.swap_memory()
    return int(swap.sin + swap.sout) if LINUX else int(swap.used)


def _number_in(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
