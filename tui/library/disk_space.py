"""The disk space that folders take, and the space that is left."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tui.system import files


@dataclass(frozen=True, slots=True)
class DiskUse:
    """The disk use of a folder at one moment."""

    taken_bytes: int
    """The bytes that its files really take: a file in download has its full length already, but is full of holes."""
    length_bytes: int
    """The lengths of its files; on a disk without holes the bytes that a file takes are its length from the start."""
    written_ns: int
    """When a file was last written to, which also shows a download that writes the same parts again."""

    @property
    def has_holes(self) -> bool:
        """Whether parts of the files were not written yet, so that ``taken_bytes`` is what has arrived so far.

        Windows tells of none, and exFAT and some network drives have none: a file in download is whole there at once.
        """
        return self.taken_bytes < self.length_bytes


def disk_use(folder: Path) -> DiskUse:
    """The disk use of every file in the folder and below it; one that goes away meanwhile is not counted."""
    taken_bytes, length_bytes, written_ns = 0, 0, 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                stat = Path(parent, name).lstat()
            except OSError:
                continue
            taken_bytes += files.taken_bytes(stat)
            length_bytes += stat.st_size
            written_ns = max(written_ns, stat.st_mtime_ns)
    return DiskUse(taken_bytes, length_bytes, written_ns)


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
