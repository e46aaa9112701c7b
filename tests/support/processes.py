"""The processes that a test has started, and what they run."""

from __future__ import annotations

import contextlib

import psutil

WATCHDOG = "tui.engines.process.watchdog"


def command_line(process: psutil.Process) -> str:
    """Return the command line of a process; it is empty if the process has ended."""
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def descendants(pid: int | None = None) -> list[psutil.Process]:
    """Return the living processes below one, or below this one, without the watchdog that ends them all."""
    children = psutil.Process(pid).children(recursive=True)
    return [child for child in children if (line := command_line(child)) and WATCHDOG not in line]


def children_that_run(words: str) -> list[psutil.Process]:
    """Return the living children of this process whose command line has these words."""
    return [child for child in psutil.Process().children() if words in command_line(child)]
