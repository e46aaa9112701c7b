"""The hash of a model's folder, by which machines know whether they have the same bytes.

The hashes of large files are kept, so that a folder of some gigabytes is read only once as long as it does not change.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from tui import json_file, paths
from tui.conversion import convert

_MOST_FILES: Final = 100_000
_KEPT_FROM_BYTES: Final = 1024**2
"""The hash of a smaller file is not kept: reading it again takes no time."""
_MOST_KEPT: Final = 10_000
_SETTLED_NS: Final = 2 * 10**9
"""A file that was written to so shortly ago may be written to once more without another time of its last change."""
_MOST_BYTES: Final = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a model's folder: its name relative to the folder, with ``/`` between the parts, size and SHA-256."""

    name: str
    size_bytes: int
    sha256: str


def content_hash(folder: Path) -> str | None:
    """Return the SHA-256 of names and bytes of all files of a folder; ``None`` if it cannot be read."""
    try:
        return hash_of(files_of(folder))
    except (OSError, ValueError):
        return None


def files_of(folder: Path) -> tuple[FileEntry, ...]:
    """List the files of a folder, sorted by name; those that have not changed since the last time are not read.

    Files and folders whose names begin with a dot are left out, since programs that look at a folder leave them behind.
    A link counts as what it leads to.

    Raises:
        OSError: the folder cannot be read.
        ValueError: it has too many files.
    """
    kept = _KeptHashes()
    entries = tuple(FileEntry(name, file.stat().st_size, kept.sha256_of(file)) for name, file in sorted(_files(folder)))
    kept.write()
    return entries


def hash_of(entries: Iterable[FileEntry]) -> str:
    """Return the SHA-256 over the files of a folder: for each the length of its name, its name and its SHA-256."""
    digest = hashlib.sha256()
    for entry in sorted(entries, key=lambda entry: entry.name):
        name = entry.name.encode(errors="surrogateescape")
        digest.update(f"{len(name)}:".encode())
        digest.update(name)
        digest.update(bytes.fromhex(entry.sha256))
    return digest.hexdigest()


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A hash, and what the file was like when it was read."""

    size: int
    mtime_ns: int
    inode: int
    sha256: str


class _KeptHashes:
    """The hashes of large files of earlier times, by their paths; what cannot be read or written is done without."""

    def __init__(self) -> None:
        self._file = paths.app_data_dir() / "hashes.json"
        self._new: dict[str, _Kept] = {}
        try:
            self._kept = convert(json_file.load(self._file, _MOST_BYTES), dict[str, _Kept])
        except (OSError, ValueError):
            self._kept = {}

    def sha256_of(self, file: Path) -> str:
        """Return the hash of a file; it is read unless it is as it was. Raises OSError."""
        now = file.stat()
        key = str(paths.real(file))
        kept = self._kept.get(key)
        if kept is not None and (kept.size, kept.mtime_ns, kept.inode) == (now.st_size, now.st_mtime_ns, now.st_ino):
            return kept.sha256
        with file.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        settled = time.time_ns() - now.st_mtime_ns > _SETTLED_NS
        if now.st_size >= _KEPT_FROM_BYTES and settled and file.stat().st_mtime_ns == now.st_mtime_ns:
            self._new[key] = _Kept(now.st_size, now.st_mtime_ns, now.st_ino, sha256)
        return sha256

    def write(self) -> None:
        """Keep the new hashes, the newest last."""
        if not self._new or not paths.can_keep_files():
            return
        kept = {key: value for key, value in self._kept.items() if key not in self._new} | self._new
        newest = dict(list(kept.items())[-_MOST_KEPT:])
        with suppress(OSError, UnicodeEncodeError):
            paths.write_atomically(self._file, msgspec.json.encode(newest), make_folder=True, sync=False)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield each regular file with its relative name. Raises OSError, and ValueError if there are too many."""
    count = 0

    def refuse(error: OSError) -> None:
        raise error

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            file = Path(parent, name)
            if name.startswith(".") or not stat.S_ISREG(file.stat().st_mode):
                continue
            count += 1
            if count > _MOST_FILES:
                raise ValueError(f"{folder} has too many files")
            yield file.relative_to(folder).as_posix(), file
