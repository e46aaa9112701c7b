"""Reads a process's own memory, and has the kernel end it first or last. Children import it, so it stays light."""

from __future__ import annotations

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


def reset_peak_rss() -> None:
    """Begin a new high-water mark: the kernel's own where it can do that, else one by readings in a thread."""
    if not own_memory.forget_peak():
        _interval.begin()


def peak_rss_bytes() -> int | None:
    """The high-water mark of resident memory since ``reset_peak_rss``, and before that of the whole life."""
    return _interval.bytes() if _interval.begun else own_memory.life_peak_bytes()


def thread_count() -> int | None:
    """The number of threads of this process, those of native code included; ``None`` where that is not told."""
    return processes.own_threads()
