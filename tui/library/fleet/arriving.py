"""A model's folder that arrives from another machine piece by piece, and is complete only when its hash is right."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from tui import paths
from tui.library.fleet.content import FileEntry, hash_of
from tui.system import files

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MOST_FILES: Final = 1000
_MOST_NAME_CHARACTERS: Final = 200
_MOST_BYTES: Final = 2**50
_FOREIGN_SIGNS: Final = frozenset('\\:*?"<>|')
_PART: Final = ".part"


class NotAcceptable(Exception):
    """What another machine wants to put here cannot be taken; the message says why, without a full stop."""


def arrived_folder(content: str) -> Path:
    """The folder of a model that has arrived, by the hash of its content."""
    return paths.app_data_dir() / "arrived" / content


def check_manifest(content: str, entries: Sequence[FileEntry]) -> None:
    """Check the list of the files of a model, which somebody else has made.

    Raises:
        NotAcceptable: a name leads elsewhere or cannot be kept, or the list is not that of the hash.
    """
    if not _HASH.fullmatch(content) or not all(_HASH.fullmatch(entry.sha256) for entry in entries):
        raise NotAcceptable("its hashes are none")
    if not 0 < len(entries) <= _MOST_FILES:
        raise NotAcceptable(f"it has {len(entries):,} files, and a model has 1 to {_MOST_FILES:,}")
    if any(not 0 <= entry.size_bytes <= _MOST_BYTES for entry in entries):
        raise NotAcceptable("its sizes cannot be")
    for entry in entries:
        _check_name(entry.name)
    folded = [entry.name.casefold() for entry in entries]
    if len(set(folded)) < len(folded):
        raise NotAcceptable("two of its files have the same name")
    if hash_of(entries) != content:
        raise NotAcceptable("its list of files is not the one of its hash")


def _check_name(name: str) -> None:
    """Refuse a name that leads out of the folder, is hidden, or cannot be kept on every system."""
    parts = name.split("/")
    odd = not name or len(name) > _MOST_NAME_CHARACTERS or not name.isprintable() or bool(_FOREIGN_SIGNS & set(name))
    if odd or any(not part or part.startswith(".") or part != part.strip() for part in parts):
        raise NotAcceptable(f"the name {name[:_MOST_NAME_CHARACTERS]!r} of one of its files cannot be kept")
    for part in parts:
        if files.name_problem(Path(part), "win32") is not None:
            raise NotAcceptable(f"the name {name!r} of one of its files cannot be kept")


class ArrivingModel:
    """The files of one model, as far as they have arrived; what has arrived is found again later."""

    def __init__(self, content: str, entries: Sequence[FileEntry]) -> None:
        """Raises NotAcceptable if the list of files is not to be trusted."""
        check_manifest(content, entries)
        self._entries = {entry.name: entry for entry in entries}
        self.whole = arrived_folder(content)
        self._part = self.whole.with_name(content + _PART)

    @property
    def is_complete(self) -> bool:
        """Whether the whole model is here, and was checked."""
        return paths.is_folder(self.whole)

    @property
    def missing_bytes(self) -> int:
        """How much is still to come."""
        arrived = self.arrived()
        return sum(entry.size_bytes - arrived[name] for name, entry in self._entries.items())

    def arrived(self) -> Mapping[str, int]:
        """How many bytes of each file have arrived."""
        if self.is_complete:
            return {name: entry.size_bytes for name, entry in self._entries.items()}
        sizes = {name: _size(self._file(name)) for name in self._entries}
        # A file that is longer than it should be is begun anew.
        return {name: size if size <= self._entries[name].size_bytes else 0 for name, size in sizes.items()}

    def write(self, name: str, offset: int, content: bytes) -> None:
        """Add a piece to a file; one that does not follow what has arrived is left out.

        Raises:
            NotAcceptable: there is no such file, or it would become too long.
            OSError: the piece cannot be written.
        """
        entry = self._entries.get(name)
        if entry is None or offset + len(content) > entry.size_bytes:
            raise NotAcceptable("a piece is of no file of the model")
        if offset != self.arrived()[name]:
            return
        file = self._file(name)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | files.BINARY | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(file, flags | (os.O_TRUNC if offset == 0 else 0), 0o600), "wb") as opened:
            opened.seek(offset)
            opened.write(content)

    def finish(self) -> Path:
        """Check all files, and give the folder of the model.

        Raises:
            NotAcceptable: a file has arrived damaged; it is removed, so that it comes again.
            OSError: the folder cannot be written.
        """
        if self.is_complete:
            return self.whole
        for name, entry in self._entries.items():
            file = self._file(name)
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not entry.size_bytes:
                file.touch(0o600)
            with file.open("rb") as opened:
                sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
            if sha256 != entry.sha256:
                file.unlink()
                raise NotAcceptable(f"{name} has arrived damaged, and is to come again")
        files.rename(self._part, self.whole)
        return self.whole

    def _file(self, name: str) -> Path:
        return self._part.joinpath(*PurePosixPath(name).parts)


def _size(file: Path) -> int:
    """The size of a file; 0 if there is none."""
    return file.stat().st_size if paths.is_file(file) else 0
