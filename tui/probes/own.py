"""Reads a process's own memory, and has the kernel end it first or last. Children import it, so it stays light."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

if sys.platform == "win32":
    import psutil
else:
    import resource

MARK_VARIABLE: Final = "BENCHTOP_CHILD"
"""The variable with the mark by which a child and all that it has started are found."""
_CLEAR_PEAK = "5"
"""The value that makes Linux forget the high-water mark of resident memory, see proc_pid_clear_refs(5)."""
_LIKELIEST_VICTIM = "1000"
_UNLIKELIEST_VICTIM = "-900"
"""Linux grants it to privileged processes only; -1000 would leave the kernel no choice at all."""


def volunteer_for_oom() -> None:
    """Have the kernel end this process first when memory runs out, and not the terminal."""
    _write_proc("oom_score_adj", _LIKELIEST_VICTIM)


def shield_from_oom() -> None:
    """Have the kernel end this process last, if it may ask for that.

    The memory of a model that was ended may take a while to be free again, and this process reports what happened.
    """
    _write_proc("oom_score_adj", _UNLIKELIEST_VICTIM)


def reset_peak_rss() -> None:
    """Begin a new high-water mark if the system can do that; else the mark is that of the whole life of the process."""
    _write_proc("clear_refs", _CLEAR_PEAK)


def peak_rss_bytes() -> int | None:
    """The high-water mark of resident memory since ``reset_peak_rss``, or of the whole life of the process."""
    if sys.platform == "linux":
        return _linux_peak_bytes()
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    # macOS counts in bytes here, the other systems in KiB.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def thread_count() -> int | None:
    """The number of threads of this process, those of native code included; ``None`` where that is not told."""
    if sys.platform == "win32":
        return int(psutil.Process().num_threads())
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return None


def _linux_peak_bytes() -> int | None:
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    kib = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), None)
    return int(kib) * 1024 if kib else None


def _write_proc(name: str, value: str) -> None:
    if sys.platform != "linux":
        return
    try:
        Path("/proc/self", name).write_text(value, encoding="ascii")
    except OSError:
        return
