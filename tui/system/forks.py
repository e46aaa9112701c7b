"""Tells when processes start others, where the kernel of macOS tells it; see kqueue(2), EVFILT_PROC.

Linux gives what a model has started to the process that keeps it, and Windows has it in a job object.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Protocol

if sys.platform == "darwin":
    import select


class Forks(Protocol):
    """The processes that are followed."""

    def follow(self, pid: int) -> None:
        """Follow one more process, until it ends."""

    def wait(self) -> bool:
        """Wait until one of them has started another process; false once all of them have ended."""
        ...


def forks_of_system() -> Forks | None:
    """What tells of forks on this system; ``None`` if nothing does."""
    if sys.platform == "darwin":
        return _KernelForks()
    return None


if sys.platform == "darwin":

    class _KernelForks:
        def __init__(self) -> None:
            self._queue = select.kqueue()
            self._living: set[int] = set()

        def follow(self, pid: int) -> None:
            told = select.KQ_NOTE_FORK | select.KQ_NOTE_EXIT
            if pid not in self._living:
                # It may have ended meanwhile.
                with suppress(OSError):
                    self._queue.control([select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, told)], 0)
                    self._living.add(pid)

        def wait(self) -> bool:
            while self._living:
                events = self._queue.control(None, len(self._living))
                self._living -= {event.ident for event in events if event.fflags & select.KQ_NOTE_EXIT}
                if any(event.fflags & select.KQ_NOTE_FORK for event in events):
                    return True
            return False
