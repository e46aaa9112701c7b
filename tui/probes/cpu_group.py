"""What Linux tells of processor time that a process did not get: by the limit of its group, or for want of a free one.

The limit of a control group may be less than a core in a container.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tui.probes.cgroup import ROOT
from tui.system import LINUX

_US_PER_S: Final = 1e6
_NS_PER_S: Final = 1e9


def cpu_limit(proc: Path = Path("/proc/self/cgroup"), root: Path = ROOT) -> float | None:
    """How many cores' worth of time the tightest group above this process may use; ``None`` if nothing is limited."""
    return min((limit for folder in _folders(proc, root) if (limit := _limit(folder)) is not None), default=None)


def throttled_s(proc: Path = Path("/proc/self/cgroup"), root: Path = ROOT) -> float:
    """For how many seconds the groups of this process have had to wait so far, because they had used up their time."""
    return sum(_throttled_s(folder) for folder in _folders(proc, root))


def waited_s(pid: int, proc: Path = Path("/proc")) -> float:
    """For how many seconds the main thread of a process was ready to run and had to wait for a processor; 0 if unknown.

    The file has three numbers: nanoseconds on a processor, nanoseconds ready to run without one, turns
    (https://docs.kernel.org/scheduler/sched-stats.html).
    """
    words = _words(proc / str(pid) / "schedstat") if LINUX else []
    return int(words[1]) / _NS_PER_S if len(words) == 3 else 0.0


def _folders(proc: Path, root: Path) -> Iterator[Path]:
    """The folders of this process's group for the processor and of those above it, the innermost first."""
    if not LINUX:
        return
    try:
        lines = proc.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if "cpu" in controllers.split(","):
            mount = next((mount for name in (controllers, "cpu") if (mount := root / name).is_dir()), root / "cpu")
        elif not controllers:
            mount = root / "unified" if (root / "unified").is_dir() else root
        else:
            continue
        inside = mount / path.strip("/")
        while inside != mount and mount in inside.parents:
            yield inside
            inside = inside.parent
        yield mount


def _limit(folder: Path) -> float | None:
    quota, period = (*_words(folder / "cpu.max"), "", "")[:2]
    if not quota:
        quota, period = (next(iter(_words(folder / f"cpu.cfs_{name}_us")), "") for name in ("quota", "period"))
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() and int(period) else None


def _throttled_s(folder: Path) -> float:
    words = _words(folder / "cpu.stat")
    figures = dict(zip(words[::2], words[1::2], strict=False))
    if "throttled_usec" in figures:
        return int(figures["throttled_usec"]) / _US_PER_S
    return int(figures.get("throttled_time", "0")) / _NS_PER_S


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []
