"""A small process that ends the children of this one should it be killed.

A child ends by itself when its stdin closes, unless native code in it holds the lock of the interpreter, and what it
has started has no such pipe. Only another process can end them then, and no system call does it on every system.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tui.engines.process.environment import child_environment
from tui.lazy import lazy_module
from tui.system import keeper, processes

if TYPE_CHECKING:
    from tui.engines.process import scratch
    from tui.probes import host, marked
else:
    # The process that watches imports psutil only once it is needed.
    host, marked = lazy_module("tui.probes.host"), lazy_module("tui.probes.marked")
    scratch = lazy_module("tui.engines.process.scratch")

GRACE_S: Final = 2.5
"""How long children may take to end by themselves once their parent is gone; they remove their files then."""
_LOOK_S: Final = 0.1
_ATTEMPTS: Final = 20
_FAREWELL: Final = b"."
_END_S: Final = 1.0

SESSION: Final = f"{os.getpid()}-{os.urandom(6).hex()}"
"""The beginning of the mark of every child of this process."""


class Watchdog:
    """Runs one watching process for all children of this process, as long as there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children = 0
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Count one more child; the first one starts the process, without which there is only less protection."""
        with self._lock:
            self._children += 1
            if self._process is not None and self._process.poll() is None:
                return
            with suppress(OSError):
                self._process = subprocess.Popen(
                    (sys.executable, "-P", "-m", "tui.engines.process.watchdog", SESSION),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=child_environment(),
                    start_new_session=True,
                    creationflags=processes.NO_WINDOW,
                )

    def end(self) -> None:
        """Count one child less; after the last one the process is told to leave, and waited for."""
        with self._lock:
            self._children -= 1
            process = self._process if not self._children else None
            if process is None or process.stdin is None:
                return
            self._process = None
        with suppress(OSError):
            process.stdin.write(_FAREWELL)
            process.stdin.flush()
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end_processes(started_s: Mapping[int, float | None]) -> None:
    """End processes at once, each if it is still the one that began at this time."""
    for pid, began_s in started_s.items():
        with suppress(OSError):
            if began_s is not None and host.process_started_s(pid) == began_s:
                processes.kill(pid)


def watch(session: str) -> None:
    """Wait until the parent is gone, give its children a moment, end what is left of them, and remove their files.

    A child that was ended with its parent removes nothing, and under Windows none can remove the log of its runtime.
    """
    if os.read(0, 1) != _FAREWELL:
        _end_marked(session)
        scratch.sweep_scratch()


def _end_marked(session: str) -> None:
    """Give the processes with the mark of a session a moment, and end those that are left."""
    first = marked.marked_processes(session)
    end_s = time.monotonic() + GRACE_S
    while time.monotonic() < end_s and marked.marked_processes(session):
        time.sleep(_LOOK_S)
    end_processes(_not_keeping(first))
    for attempt in range(_ATTEMPTS):
        left = marked.marked_processes(session)
        if not left:
            return
        end_processes(left if attempt > _ATTEMPTS // 2 else _not_keeping(left))
        time.sleep(_LOOK_S)


def _not_keeping(started_s: Mapping[int, float | None]) -> dict[int, float | None]:
    """Those of some processes that do not themselves end what another one has left, and then themselves."""
    return {pid: began_s for pid, began_s in started_s.items() if not keeper.is_keeper(pid)}


if __name__ == "__main__":
    watch(sys.argv[1])
