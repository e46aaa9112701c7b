"""Reads a process's own memory, and has the kernel end it first or last. Children import it, so it stays light."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.system import own_memory, processes

MARK_VARIABLE: Final = "BENCHTOP_CHILD"
"""The variable with the mark by which a child and all that it has started are found."""
_LIKELIEST_VICTIM = "1000"
_interval: Final = own_memory.IntervalPeak()
_UNLIKELIEST_VICTIM = "-900"
"""Linux grants it to privileged processes only; -1000 would leave the kernel no choice at all."""


def volunteer_for_oom() -> None:
    """Have the kernel end this process first when memory runs out, and not the terminal."""
    own_memory.write_own("oom_score_adj", _LIKELIEST_VICTIM)


def shield_from_oom() -> None:
    """Have the kernel end this process last, if it may ask for that.

    The memory of a model that was ended may take a while to be free again, and this process reports what happened.
    """
    own_memory.write_own("oom_score_adj", _UNLIKELIEST_VICTIM)


class FilePages:
    """Follows the pages of files that this process has mapped, as the weights of a model, and that are in memory.

    They count as resident. When memory is short the system takes back those that were not needed lately, so that a
    peak is lower than it is with room for all of them.
    """

    def __init__(self, resident: Callable[[], int | None] = own_memory.resident_file_bytes) -> None:
        self._resident = resident
        self._most = self._at_start = 0

    def note(self) -> int:
        """Read how many bytes are in memory, which matters if it is the most so far."""
        here = self._resident() or 0
        self._most = max(self._most, here)
        return here

    def begin(self) -> None:
        """Begin a request."""
        self._at_start = self.note()

    def taken_back_bytes(self) -> int:
        """The bytes that were in memory once, and neither at the beginning of the request nor now, at its end."""
        here = max(self.note(), self._at_start)
        return self._most - here


_files: Final = FilePages()


def reset_peak_rss() -> None:
    """Begin a new high-water mark: the kernel's own where it can do that, else one by readings in a thread."""
    _files.begin()
    if not own_memory.forget_peak():
        _interval.begin()


def note_file_pages() -> None:
    """Note how much of the files of a model is in memory once it has loaded."""
    _files.note()


def taken_back_bytes() -> int:
    """The pages of files that the system has taken back, and that ``peak_rss_bytes`` therefore lacks."""
    return _files.taken_back_bytes()


def peak_rss_bytes() -> int | None:
    """The high-water mark of resident memory since ``reset_peak_rss``, and before that of the whole life."""
    return _interval.bytes() if _interval.begun else own_memory.life_peak_bytes()


def thread_count() -> int | None:
    """The number of threads of this process, those of native code included; ``None`` where that is not told."""
    return processes.own_threads()
