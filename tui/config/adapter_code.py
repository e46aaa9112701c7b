"""The fingerprint of all code that can run with an adapter: consent is given to this content and to no other."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import Final

from tui.system.files import is_executable

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
_CHUNK_BYTES: Final = 1024 * 1024


class _TooMuch(Exception):
    """There are more files than are looked at."""


def fingerprint(folders: Sequence[Path]) -> str:
    """A SHA-256 of the names and contents of all files below these folders that can run; ``UNCHECKED`` if too many.

    Links are followed, since an import follows them. Bytecode in ``__pycache__`` is left out: it is never read.
    """
    digest = hashlib.sha256()
    left_bytes = MOST_BYTES
    try:
        for folder in folders:
            for name, path in _runnable_files(folder):
                content, size_bytes = _content_hash(path, left_bytes)
                left_bytes -= size_bytes
                digest.update(f"{len(os.fsencode(name))}:".encode() + os.fsencode(name) + content)
            digest.update(b"/")
    except _TooMuch:
        return UNCHECKED
    return digest.hexdigest()


def _runnable_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder that can run, with its relative path; a folder that is met again only by its path."""
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
            elif _can_run(path):
                yield os.path.relpath(path, folder), path


def _can_run(path: Path) -> bool:
    if path.parent.name == "__pycache__" and path.suffix == ".pyc":
        return False
    if path.name == SETTINGS_FILE or RUNNABLE_SUFFIXES & {suffix.lower() for suffix in path.suffixes}:
        return True
    try:
        return is_executable(path)
    except OSError:
        return False


def _content_hash(path: Path, most_bytes: int) -> tuple[bytes, int]:
    """The hash of a file and its size; what is no regular file cannot be imported, and has no content."""
    digest = hashlib.sha256()
    size_bytes = 0
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return b"no file", 0
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                size_bytes += len(chunk)
                if size_bytes > most_bytes:
                    raise _TooMuch
                digest.update(chunk)
    except OSError:
        return b"not readable", size_bytes
    return digest.digest(), size_bytes
