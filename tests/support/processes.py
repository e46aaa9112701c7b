"""The processes that a test has started, and what they run."""

from __future__ import annotations

import contextlib
import importlib.util
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final, Protocol

import psutil

WATCHDOG = "tui.engines.process.watchdog"
FORKING = "tests.support.warm"
OWN_GROUP: Final = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0
"""The creation flags of a process that ``interrupt`` is to reach on Windows."""


def extension_library() -> Path:
    """Return the file of a native library that was made for this machine."""
    spec = importlib.util.find_spec("msgspec._core")
    assert spec is not None
    return Path(str(spec.origin))


class Signalled(Protocol):
    """A process that takes signals."""

    def send_signal(self, sig: int) -> None: ...


def interrupt(process: Signalled) -> None:
    """Ask a process to end as Ctrl-C does; Windows sends Ctrl-Break to one process alone, and no Ctrl-C."""
    process.send_signal(signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGINT)


def command_line(process: psutil.Process) -> str:
    """Return the command line of a process; it is empty if the process has ended."""
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def descendants(pid: int | None = None) -> list[psutil.Process]:
    """Return the living processes below one, or below this one.

    The watchdog, which ends them all, the process that waits for the end of a child, and the one that other tests of
    this worker have forked are not among them.
    """
    process = psutil.Process(pid)
    forking = {child for child in process.children() if FORKING in command_line(child)}
    children = [child for child in process.children(recursive=True) if child not in forking]
    lines = {child.pid: command_line(child) for child in children}
    parents = {child: _parent_of(child) for child in children}
    # What waits for a child has forked it, so both have one command line.
    waiting = {parent for child, parent in parents.items() if lines[child.pid] == lines.get(parent)}
    return [
        child
        for child in children
        if lines[child.pid] and WATCHDOG not in lines[child.pid] and child.pid not in waiting
    ]


def _parent_of(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return process.ppid()
    return 0


def children_that_run(words: str) -> list[psutil.Process]:
    """Return the living children of this process whose command line has these words."""
    return [child for child in psutil.Process().children() if words in command_line(child)]
