"""Finds processes by a mark in the environment they were started with, which everything that they start inherits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from tui.probes.host import process_started_s, process_tree
from tui.probes.own import MARK_VARIABLE
from tui.probes.unreadable import read_or
from tui.system import LINUX

_MOST_BYTES: Final = 2 * 1024 * 1024
"""How much of an environment is read; Linux allows it a quarter of the largest stack."""


def marked_processes(mark: str) -> dict[int, float | None]:
    """The processes whose mark begins with ``mark``, and all that these have started, each with its time of start.

    The time tells a process from a later one with the same number. The process that asks is left out. This looks at
    every process of the user: some milliseconds.
    """
    roots = set(_marked_pids(f"{MARK_VARIABLE}={mark}"))
    members: set[int] = set()
    for root in roots:
        if root not in members:
            members |= {*process_tree(root)}
    return {pid: process_started_s(pid) for pid in members - {os.getpid()}}


def processes_below(pid: int) -> dict[int, float | None]:
    """All that a process has started, and what those have started, each with its time of start."""
    return {member: process_started_s(member) for member in process_tree(pid) if member != pid}


def _marked_pids(entry: str) -> Iterator[int]:
    """The processes with an entry in their environment that begins with this one."""
    if LINUX:
        needle = b"\0" + entry.encode()
        for folder in Path("/proc").iterdir():
            # Another user's process may not be read, and any may have ended meanwhile.
            with suppress(OSError):
                if folder.name.isdecimal() and needle in b"\0" + _environment(folder):
                    yield int(folder.name)
        return
    name, _, value = entry.partition("=")
    for process in psutil.process_iter():
        variables = read_or(None, process.environ)
        if variables is not None and name in variables and variables[name].startswith(value):
            yield process.pid


def _environment(folder: Path) -> bytes:
    with (folder / "environ").open("rb") as opened:
        return opened.read(_MOST_BYTES)
