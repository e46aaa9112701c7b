"""The fingerprint of all that can run with an adapter: consent is given to this content and to no other.

Code can be read from a file of any name, as pickled weights and libraries without an ending show, so that every file
of the folders counts.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import Final

from tui.system.files import identity_of, is_executable

RUNNABLE_SUFFIXES: Final = frozenset(
    {*all_suffixes(), ".py", ".pyw", ".pyo", ".so", ".pyd", ".dll", ".dylib", ".exe", ".sh", ".bat", ".cmd", ".ps1"}
    | {".zip", ".egg", ".whl", ".pth", ".pickle", ".pkl", ".pt", ".js", ".jar", ".wasm"}
)
"""Files that Python imports, that a system loads or starts, or that run code when they are opened."""
SETTINGS_FILE: Final = "genai_config.json"
"""The settings of a model folder, which may name libraries."""
UNCHECKED: Final = ""
"""The fingerprint of code that is too much to be checked; nobody can agree to it."""
MOST_FILES: Final = 20_000
MOST_BYTES: Final = 512 * 1024**2
MOST_DATA_BYTES: Final = 1024 * 1024
"""Larger files that are no code by their name, such as weights, are not read at each start: see ``identity_of``."""
_OWN_SETTINGS: Final = ("models.json", "prompts.json")
"""The requests name what matters of the first, and the second has only texts to send to models."""
_BYTECODE: Final = re.compile(r"(?P<module>.+)\.[a-z]+-\d+(\.opt-\w+)?\.pyc")
"""A file that Python keeps in ``__pycache__`` for a module beside that folder."""
_CHUNK_BYTES: Final = 1024 * 1024


class _TooMuch(Exception):
    """There are more files than are looked at."""


def fingerprint(folders: Sequence[Path]) -> str:
    """A SHA-256 of the names and contents of all files below these folders; ``UNCHECKED`` if there are too many.

    Links are followed, since an import follows them. The bytecode that Python keeps of a module is left out: it is
    never read. So are the files of Benchtop's own settings in the first folder.
    """
    digest = hashlib.sha256()
    left_bytes = MOST_BYTES
    try:
        for number, folder in enumerate(folders):
            for name, path in _files(folder):
                if number == 0 and name in _OWN_SETTINGS:
                    continue
                content, size_bytes = _content(path, left_bytes)
                left_bytes -= size_bytes
                digest.update(f"{len(os.fsencode(name))}:".encode() + os.fsencode(name) + content)
            digest.update(b"/")
    except _TooMuch:
        return UNCHECKED
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder with its relative path; a folder that is met again only by its path."""
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    looked_at = 0
    while waiting:
        current = waiting.pop()
        try:
            status = current.stat()
            paths = sorted(current.iterdir())
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            yield os.path.relpath(current, folder), current
            continue
        seen.add((status.st_dev, status.st_ino))
        for path in paths:
            looked_at += 1
            if looked_at > MOST_FILES:
                raise _TooMuch
            if path.is_dir():
                waiting.append(path)
            elif not _is_kept_bytecode(path):
                yield os.path.relpath(path, folder), path


def _is_kept_bytecode(path: Path) -> bool:
    """Whether Python keeps this file for a module, from whose source it is imported in place of this."""
    match = _BYTECODE.fullmatch(path.name) if path.parent.name == "__pycache__" else None
    return match is not None and (path.parent.parent / f"{match['module']}.py").is_file()


def _is_code(path: Path) -> bool:
    if path.name == SETTINGS_FILE or RUNNABLE_SUFFIXES & {suffix.lower() for suffix in path.suffixes}:
        return True
    try:
        return is_executable(path)
    except OSError:
        return False


def _content(path: Path, most_bytes: int) -> tuple[bytes, int]:
    """What tells the content of a file from any other, and how many bytes of it were read.

    What is no regular file cannot be imported, and has no content.
    """
    digest = hashlib.sha256()
    size_bytes = 0
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return b"no file", 0
        if status.st_size > MOST_DATA_BYTES and not _is_code(path):
            return identity_of(status), 0
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                size_bytes += len(chunk)
                if size_bytes > most_bytes:
                    raise _TooMuch
                digest.update(chunk)
    except OSError:
        return b"not readable", size_bytes
    return digest.digest(), size_bytes
