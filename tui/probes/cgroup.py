"""The memory that the control group of this process may hold, which in a container is less than the machine has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.system import LINUX

ROOT: Final = Path("/sys/fs/cgroup")
_UNLIMITED_BYTES: Final = 1 << 60
"""Version 1 writes a number near 2**63 if there is no limit."""


@dataclass(frozen=True, slots=True)
class GroupMemory:
    """The tightest limit above this process, and how much of what it allows is not in use."""

    limit_bytes: int
    available_bytes: int


@dataclass(frozen=True, slots=True)
class _Files:
    """The names of the files in which one version of control groups keeps its figures."""

    limit: str
    usage: str
    reclaimable: tuple[str, str]
    """The lines of memory.stat that count the file pages that the kernel can take back: those that were read once, and
    those that were read several times, as the files of a model that was loaded twice.
    """
    kills: str
    """The file that counts the processes it has ended for memory."""


_VERSION_1 = _Files(
    "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file"), "memory.oom_control"
)
_VERSION_2 = _Files("memory.max", "memory.current", ("inactive_file", "active_file"), "memory.events")
_ACTIVE_SHARE: Final = 0.95
"""Of the pages that were read several times so much counts as free, since the kernel keeps those of running programs.
"""


def group_memory(proc: Path = Path("/proc/self/cgroup"), root: Path = ROOT) -> GroupMemory | None:
    """The tightest limit of this process's group and those above it; ``None`` if nothing is limited."""
    limits = [memory for folder, files in _groups(proc, root) if (memory := _read(folder, files)) is not None]
    return min(limits, key=lambda memory: memory.available_bytes, default=None)


def group_oom_kills(proc: Path = Path("/proc/self/cgroup"), root: Path = ROOT) -> int | None:
    """How often the kernel has ended a process of this group for memory; ``None`` if it does not count that."""
    for folder, files in _groups(proc, root):
        kills = _field(folder / files.kills, "oom_kill")
        if kills is not None:
            return kills
    return None


def _groups(proc: Path, root: Path) -> Iterator[tuple[Path, _Files]]:
    """The folders of this process's group and of those above it, the innermost first."""
    if not LINUX:
        return
    try:
        lines = proc.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if "memory" in controllers.split(","):
            mount, files = root / "memory", _VERSION_1
        elif not controllers:
            mount, files = (root / "unified" if (root / "unified").is_dir() else root), _VERSION_2
        else:
            continue
        # In a container the path may be that of the host, while the mount shows only the container's part of it.
        inside = mount / path.strip("/")
        while inside != mount and mount in inside.parents:
            yield inside, files
            inside = inside.parent
        yield mount, files


def _read(folder: Path, files: _Files) -> GroupMemory | None:
    limit, usage = _number(folder / files.limit), _number(folder / files.usage)
    if limit is None or usage is None or limit >= _UNLIMITED_BYTES:
        return None
    read_once, read_often = (_field(folder / "memory.stat", name) or 0 for name in files.reclaimable)
    reclaimable = read_once + round(read_often * _ACTIVE_SHARE)
    return GroupMemory(limit, max(0, limit - max(0, usage - reclaimable)))


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _field(path: Path, name: str) -> int | None:
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name} ")), None)
