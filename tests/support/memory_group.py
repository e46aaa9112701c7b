"""Limits the memory of a command and its children by a control group, if the machine allows one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_VERSION_1 = Path("/sys/fs/cgroup/memory")
_VERSION_2 = Path("/sys/fs/cgroup")
_END_LIMIT_S = 60.0


@contextmanager
def memory_group(limit_bytes: int) -> Generator[Path, None, None]:
    """Make a control group with this limit and yield its folder; skip the test if none can be made."""
    first = _VERSION_1.is_dir()
    folder = (_VERSION_1 if first else _VERSION_2) / f"benchtop-test-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / ("memory.limit_in_bytes" if first else "memory.max")).write_text(str(limit_bytes))
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """End the processes that a failed test has left in a group, and remove the group."""
    end_s = time.monotonic() + _END_LIMIT_S
    while folder.exists():
        for pid in (folder / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        # A process counts until it has been waited for.
        with suppress(OSError):
            folder.rmdir()
            return
        if time.monotonic() > end_s:
            raise TimeoutError(f"{folder} cannot be removed")
        time.sleep(0.02)


def entering(folder: Path, command: Sequence[str]) -> list[str]:
    """Return the command line that runs this command inside a group."""
    return ["bash", "-c", f'echo $$ > {folder / "cgroup.procs"} && exec "$@"', "bash", *command]


def run_in(folder: Path, arguments: Sequence[str], timeout_s: float = 300) -> subprocess.CompletedProcess[str]:
    """Run ``benchtop`` with these arguments inside a group."""
    command = entering(folder, [sys.executable, "-m", "tui", *arguments])
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
