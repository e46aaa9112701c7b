"""The resident memory of this process and its high-water mark. Children import it, so it stays light."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

if sys.platform == "win32":
    import psutil
else:
    import resource

from tui.system import macos

READ_EVERY_S: Final = 0.02
"""The interval of the readings during a request, where the system knows only the peak of the whole life."""
_CLEAR_PEAK: Final = "5"
"""The value that makes Linux forget the high-water mark of resident memory, see proc_pid_clear_refs(5)."""


def life_peak_bytes() -> int | None:
    """The high-water mark of resident memory, on Linux since ``forget_peak``, else of the whole life of the process."""
    if sys.platform == "linux":
        return _in_status("VmHWM:")
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    # macOS counts in bytes here, other systems in KiB.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def resident_bytes() -> int | None:
    """The resident memory of this process now."""
    if sys.platform == "linux":
        return _in_status("VmRSS:")
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().rss)
    return macos.own_resident_bytes()


def resident_file_bytes() -> int | None:
    """The resident pages of files that this process has mapped; ``None`` where only their sum with others is told."""
    return _in_status("RssFile:") if sys.platform == "linux" else None


def forget_peak() -> bool:
    """Have the kernel begin a new high-water mark; whether it can do that, as only Linux can and no sandbox forbids."""
    return write_own("clear_refs", _CLEAR_PEAK)


def write_own(name: str, value: str) -> bool:
    """Write a setting of this process into ``/proc``; whether that was possible."""
    if sys.platform != "linux":
        return False
    try:
        Path("/proc/self", name).write_text(value, encoding="ascii")
    except OSError:
        return False
    return True


class IntervalPeak:
    """The high-water mark of a stretch of time on a system that knows only that of the whole life of a process.

    If the stretch raises the mark of the whole life, the new mark is that of the stretch, exactly. Else it is the
    largest of the readings that a thread takes meanwhile.
    """

    def __init__(
        self,
        life_peak: Callable[[], int | None] = life_peak_bytes,
        resident: Callable[[], int | None] = resident_bytes,
    ) -> None:
        self._life_peak, self._resident = life_peak, resident
        self._before: int | None = None
        self._most: int | None = None
        self._ended: threading.Event | None = None

    @property
    def begun(self) -> bool:
        """Whether there is a stretch of time to tell of."""
        return self._ended is not None

    def begin(self) -> None:
        """Begin a new stretch, and end the one before."""
        self._end()
        self._before, self._most = self._life_peak(), self._resident()
        self._ended = threading.Event()
        threading.Thread(target=self._read, args=(self._ended,), name="peak", daemon=True).start()

    def bytes(self) -> int | None:
        """The peak since ``begin``; the readings end with it."""
        self._end()
        after, now = self._life_peak(), self._resident()
        if after is not None and (self._before is None or after > self._before):
            return after
        return max((value for value in (self._most, now) if value is not None), default=after)

    def _end(self) -> None:
        if self._ended is not None:
            self._ended.set()

    def _read(self, ended: threading.Event) -> None:
        while not ended.wait(READ_EVERY_S):
            now = self._resident()
            if now is not None and not ended.is_set():
                self._most = max(now, self._most or 0)


def _in_status(name: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    kib = next((line.split()[1] for line in lines if line.startswith(name)), None)
    return int(kib) * 1024 if kib else None
