"""A memory limit for a command and its children: a control group where the machine allows one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

_VERSION_1 = Path("/sys/fs/cgroup/memory")
_VERSION_2 = Path("/sys/fs/cgroup")


@contextmanager
def memory_group(limit_bytes: int) -> Generator[Path, None, None]:
    """The folder of a fresh group with this limit; the test is skipped where none can be made."""
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
        folder.rmdir()


def run_in(folder: Path, arguments: Sequence[str], timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    """Run ``benchtop`` with these arguments inside a group."""
    enter = f'echo $$ > {folder / "cgroup.procs"} && exec "$@"'
    command = ["bash", "-c", enter, "bash", sys.executable, "-m", "tui", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
