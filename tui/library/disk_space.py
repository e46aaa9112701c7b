"""The disk space that folders take, and the space that is left."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BLOCK_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class DiskUse:
    """The disk use of a folder at one moment."""

    taken_bytes: int
    """The bytes that its files really take: a file in download has its full length already, but is full of holes."""
    written_ns: int
    """When a file was last written to, which also shows a download that writes the same parts again."""


def disk_use(folder: Path) -> DiskUse:
    """The disk use of every file in the folder and below it; one that goes away meanwhile is not counted."""
    taken_bytes, written_ns = 0, 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                stat = Path(parent, name).lstat()
            except OSError:
                continue
            blocks: int | None = getattr(stat, "st_blocks", None)
            taken_bytes += stat.st_size if blocks is None else min(stat.st_size, blocks * _BLOCK_BYTES)
            written_ns = max(written_ns, stat.st_mtime_ns)
    return DiskUse(taken_bytes, written_ns)


def disk_bytes(folder: Path) -> int:
    """The bytes that the files of the folder really take."""
    return disk_use(folder).taken_bytes


def free_bytes(folder: Path) -> int | None:
    """The free bytes of the disk that the folder is on or will be on; ``None`` if they cannot be found out."""
    for existing in (folder, *folder.parents):
        try:
            return shutil.disk_usage(existing).free
        except OSError:
            continue
    return None


def first_hole(path: Path) -> int | None:
    """The offset of the first part of a file that was never written.

    It is ``None`` if there is no such part, or the system cannot tell.

    Raises:
        OSError: the file cannot be read.
    """
    seek_hole: int | None = getattr(os, "SEEK_HOLE", None)
    size = path.stat().st_size
    if seek_hole is None or not size or not path.is_file():
        return None
    with path.open("rb") as file:
        file.read(1)
        offset = os.lseek(file.fileno(), 0, seek_hole)
    return offset if offset < size else None
