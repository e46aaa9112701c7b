"""The hash of a model's folder, by which machines know whether they have the same bytes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MOST_FILES: Final = 100_000


def content_hash(folder: Path) -> str | None:
    """Return the SHA-256 of names, sizes and bytes of all files of a folder; ``None`` if it cannot be read.

    Names are relative to the folder, with ``/`` between their parts, and sorted. Files and folders whose names begin
    with a dot are left out, since programs that look at a folder leave them behind. A link counts as what it leads to.
    """
    digest = hashlib.sha256()
    try:
        for name, file in sorted(_files(folder)):
            with file.open("rb") as opened:
                own = hashlib.file_digest(opened, "sha256")
            digest.update(f"{len(name.encode(errors='surrogateescape'))}:".encode())
            digest.update(name.encode(errors="surrogateescape"))
            digest.update(own.digest())
    except (OSError, ValueError):
        return None
    return digest.hexdigest()


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
