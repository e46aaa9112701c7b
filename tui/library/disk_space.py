"""What folders take on the disk, and what room is left on it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BLOCK_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class DiskUse:
    """What a folder holds at a moment."""

    taken_bytes: int
    """Bytes that its files really take: a file under download is as long as it will be, but full of holes."""
    written_ns: int
    """When one of them was last written to: also what is written over again, and takes no more room, is a move."""


def look_at(folder: Path) -> DiskUse:
    """Every file in the folder and below it; one that goes away meanwhile is not counted."""
    taken, written_ns = 0, 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                found = Path(place, name).lstat()
            except OSError:
                continue
            blocks: int | None = getattr(found, "st_blocks", None)
            taken += found.st_size if blocks is None else min(found.st_size, blocks * _BLOCK_BYTES)
            written_ns = max(written_ns, found.st_mtime_ns)
    return DiskUse(taken, written_ns)


def disk_bytes(folder: Path) -> int:
    """Bytes that the folder's files really take."""
    return look_at(folder).taken_bytes


def free_bytes(folder: Path) -> int | None:
    """Room on the disk that the folder is on, or will be."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free
        except OSError:
            continue
    return None


def first_hole(path: Path) -> int | None:
    """Where the first part of a file begins that was never written; ``None`` where there is none, or nobody can tell.

    Raises:
        OSError: the file cannot be read.
    """
    seek_hole: int | None = getattr(os, "SEEK_HOLE", None)
    size = path.stat().st_size
    if seek_hole is None or not size:
        return None
    with path.open("rb") as file:
        file.read(1)
        at = os.lseek(file.fileno(), 0, seek_hole)
    return at if at < size else None
