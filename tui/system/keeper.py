"""Runs a module in a child, and ends whatever that has started once it has ended itself, however it did.

What a process starts goes away from it by a session, a group and an environment of its own, and nothing finds it any
more once that process is gone: a crash leaves no time to look for it. On Linux it comes to the nearest process above
that has asked for it, and this one does nothing else. Elsewhere the module runs without it.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import sys
import time
from pathlib import Path
from typing import Final, NoReturn

from tui.system import processes

MODULE: Final = "tui.system.keeper"
"""The name of this module, which is another one while it runs."""
NAME: Final = "benchtop-keeper"
"""What the system calls the process that waits; it allows 15 characters."""
_LIMIT_S: Final = 5.0
_PAUSE_S: Final = 0.005


def is_keeper(pid: int) -> bool:
    """Whether a process is one that waits for the end of another one to end what that has started."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip() == NAME
    except OSError:
        return False


def keep() -> None:
    """Go on in a child of this process, which itself waits for its end, takes its status and never returns.

    Where there can be no such child, as with a limit to their number, this process goes on itself.
    """
    if sys.platform != "linux":
        return
    waiting = os.getpid()
    processes.adopt_orphans()
    try:
        child = os.fork()
    except OSError:
        return
    if child:
        _wait_for(child)
    processes.end_with_parent()
    if os.getppid() != waiting:
        os._exit(1)


def _wait_for(child: int) -> NoReturn:
    """Hold nothing of the child's, wait for its end, end what it has left, and end as it has ended."""
    assert sys.platform == "linux"
    processes.call_this(NAME)
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    ended = status = 0
    while ended != child:
        ended, status = os.waitpid(-1, 0)
    end_s = time.monotonic() + _LIMIT_S
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < end_s:
            processes.end_descendants()
            os.waitpid(-1, os.WNOHANG)
            time.sleep(_PAUSE_S)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        processes.leave_no_core()
        with contextlib.suppress(OSError):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code % 256)


def main() -> None:
    """Run the module that the command line names."""
    keep()
    module = sys.argv[1]
    sys.argv[:] = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
