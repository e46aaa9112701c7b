"""How processes are started apart from the terminal, and how one is ended together with all that it has started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING or sys.platform == "win32":
    import psutil

if sys.platform == "win32":
    from tui.system.job_object import JobObject

NO_WINDOW: Final[int] = subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0
"""The creation flags of a process that gets no console of Benchtop's: neither a window nor its Ctrl-C."""
NAMED_FOR_END: Final = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""The signals that ask a program to end, besides Ctrl-C; each system has some of them."""
_SET_CHILD_SUBREAPER: Final = 36
_SET_SIGNAL_OF_PARENTS_END: Final = 1
_SET_NAME: Final = 15
"""PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG and PR_SET_NAME of prctl(2)."""
_ROUNDS: Final = 10
_DEADLY: Final = ("SIGTERM", "SIGQUIT", "SIGBREAK", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGXCPU")


class ProcessGroup:
    """A process that was started with ``start_new_session``, and what it starts, also after it has ended itself.

    On Linux and macOS it is the group that the process leads. Windows has no such groups: there it is a job object,
    whose processes the system ends also when this process ends in whatever way.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._pid = process.pid
        if sys.platform == "win32":
            self._job = JobObject()
            self._job.add(process.pid)

    def kill(self) -> None:
        """End every process of the group at once. Once all of them have ended, this may be called once and no more."""
        if sys.platform == "win32":
            self._job.end()
        else:
            with contextlib.suppress(OSError):
                os.killpg(self._pid, signal.SIGKILL)


def kill(pid: int) -> None:
    """End a process at once, without asking it. Raises OSError if there is none, or it belongs to somebody else."""
    os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def end_signals() -> tuple[int, ...]:
    """The signals that ask this program to end, Ctrl-C first, as far as this system has them."""
    return (signal.SIGINT, *(int(getattr(signal, name)) for name in NAMED_FOR_END if hasattr(signal, name)))


@contextlib.contextmanager
def interrupted_by_signals() -> Generator[None, None, None]:
    """Let every signal that asks this program to end do what Ctrl-C does, so that what is half done is removed.

    Only for the main thread.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # What is ignored, as under nohup, stays ignored.
    numbers = [number for number in end_signals() if signal.getsignal(number) is not signal.SIG_IGN]
    handlers_before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers_before.items():
            signal.signal(number, handler)


def deadly_signals() -> tuple[int, ...]:
    """The signals that end a program at once unless it handles them, and with which a terminal stays as it was.

    Ctrl-C and the end of the terminal itself are not among them.
    """
    return tuple(int(getattr(signal, name)) for name in _DEADLY if hasattr(signal, name))


def written_bytes(process: psutil.Process) -> int | None:
    """What a process has written so far; ``None`` on macOS, which does not count it."""
    return None if sys.platform == "darwin" else int(process.io_counters().write_bytes)


def own_threads() -> int | None:
    """The number of threads of this process, those of native code included; ``None`` where that is not told."""
    if sys.platform == "win32":
        return int(psutil.Process().num_threads())
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return None


def adopt_orphans() -> None:
    """Have whatever this process starts stay below it, also what goes away from its own parent; Linux alone can."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> None:
    """Have this process be killed once its parent is gone, and keep what leaves its own parent; Linux alone can."""
    _prctl(_SET_SIGNAL_OF_PARENTS_END, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    adopt_orphans()


def call_this(name: str) -> None:
    """Give this process a name in the lists of the system, of 15 characters at most; Linux alone can."""
    _prctl(_SET_NAME, name.encode())


def _prctl(option: int, value: int | bytes) -> None:
    if sys.platform == "linux":
        # Only children that run somebody's code need it.
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def leave_no_core() -> None:
    """Have this process leave no file of its memory however it ends."""
    if sys.platform != "win32":
        # Windows does not have it, and only a process that has crashed needs it.
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_descendants() -> None:
    """End all that this process has started, where the kernel lists it; what begins meanwhile is ended as well."""
    if sys.platform == "win32":
        return
    for _ in range(_ROUNDS):
        below = listed_below(os.getpid())
        if not below:
            return
        for pid in below:
            with contextlib.suppress(OSError):
                kill(pid)
        with contextlib.suppress(OSError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def parent_pid() -> int:
    """The process that has started this one. On Linux and macOS it is another one once that has ended."""
    return os.getppid()


def listed_below(pid: int) -> set[int] | None:
    """All processes that one has started, and what those have started, as the kernel lists them for each thread.

    It is ``None`` where the kernel keeps no such lists. Unlike the table of all processes they cost the same on a busy
    machine.
    """
    if not lists_children():
        return None
    below: set[int] = set()
    unread = {pid}
    while unread:
        parent, children = unread.pop(), set[int]()
        # The process may end, also between two steps of the search for its threads.
        with contextlib.suppress(OSError):
            for file in Path(f"/proc/{parent}/task").glob("*/children"):
                with contextlib.suppress(OSError, ValueError):
                    children.update(int(number) for number in file.read_text(encoding="ascii").split())
        unread |= children - below
        below |= children
    return below


@cache
def lists_children() -> bool:
    """Whether the kernel lists what each process has started, so that a look costs little; only Linux may do so."""
    return any(Path("/proc/self/task").glob("*/children"))
