"""The ways in which SQLite can use the file of a history, by what the file system under it can do.

A log beside the file (WAL) needs locks and memory that processes share, which network file systems may lack: without
shared memory the file has a rollback journal, without locks a folder beside it serves as the lock. A file that cannot
be written is read from a copy, since SQLite writes beside a file with a log even to read it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import quote

from tui import paths
from tui.engines.process.scratch import scratch_prefix
from tui.system import WINDOWS

_STALE_S: Final = 60.0
"""A lock that is older was left by a process that was killed: it is held for moments only."""
LOG: Final = "-wal"
"""The suffix of the log beside the file."""
INDEX: Final = "-shm"
"""The suffix of the index of the log, which all processes share as memory."""
_COPIED: Final = ("", LOG)


@dataclass(frozen=True, slots=True)
class Access:
    """A way to use a file."""

    journal: str
    shares_memory: bool
    layer: str = ""
    """The layer of SQLite between it and the file system; empty for the usual one."""
    changes: bool = True
    """Whether anything can change the file; without it SQLite writes nothing beside it, not even to read."""

    def connect(self, path: Path, timeout_s: float) -> sqlite3.Connection:
        """Open the file, so that what follows uses it in this way."""
        if self.layer:
            _remove_stale_lock(path)
        suffix = f"?vfs={self.layer}" if self.layer else "" if self.changes else "?immutable=1"
        connection = sqlite3.connect(
            f"{_address_of(path.absolute())}{suffix}", timeout=timeout_s, isolation_level=None, uri=True
        )
        if not self.shares_memory:
            # Whoever holds the file alone needs no shared memory, even if it has a log from another machine.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        return connection

    def begin(self, connection: sqlite3.Connection) -> None:
        """Set the journal, and leave the file to others between transactions."""
        if not self.changes:
            return
        connection.execute(f"PRAGMA journal_mode = {self.journal}")
        connection.execute("PRAGMA locking_mode = NORMAL")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _address_of(path: PurePath) -> str:
    """The address of a file as SQLite takes it: it knows no server in it, so that a network drive is in its path."""
    plain = path.as_posix()
    return f"file://{'' if plain.startswith('/') else '/'}{quote(os.fsencode(plain), safe='/:')}"


USUAL: Final = Access("WAL", shares_memory=True)
WITHOUT_SHARED_MEMORY: Final = Access("DELETE", shares_memory=False)
WITHOUT_LOCKS: Final = Access("DELETE", shares_memory=False, layer="unix-dotfile")
UNCHANGED: Final = Access("", shares_memory=True, changes=False)


def next_access(access: Access, error: Exception, *, has_locks: bool) -> Access | None:
    """Return the way to try after this one has failed; ``None`` if the file system is not the reason."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if not isinstance(error, sqlite3.OperationalError):
        return None
    if not has_locks and not WINDOWS:
        return None if access is WITHOUT_LOCKS else WITHOUT_LOCKS
    failed = code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_CANTOPEN)
    return WITHOUT_SHARED_MEMORY if failed and access is USUAL else None


def is_read_only(path: Path) -> bool:
    """Whether a file is there, and it or its folder cannot be written."""
    if not path.exists():
        return False
    return not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK)


def can_be_read_in_place(path: Path) -> bool:
    """Return whether the file alone holds everything, as it does once the last process has closed it."""
    with suppress(OSError):
        return not path.with_name(path.name + LOG).stat().st_size
    return True


def copied(path: Path) -> Path:
    """Copy a file, with the log beside it, into a new folder in which it can be opened. Raises OSError."""
    copy = paths.make_scratch_folder(scratch_prefix("history")) / path.name
    for suffix in _COPIED:
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copyfile(source, copy.with_name(copy.name + suffix))
    return copy


def empty_log(path: Path) -> None:
    """Empty the log of a file that is empty: the pages in it are of no use without the others."""
    with suppress(OSError):
        os.truncate(path.with_name(path.name + LOG), 0)


def forget_index(path: Path, size: int) -> None:
    """Empty the index of a log, so that SQLite makes it anew from what the log holds now.

    It is memory of every process that uses the file. SQLite would go by it although files were cut, and the system ends
    a process that reaches for a part of it that is gone. The file is not opened, since to close it would end the locks
    of this process.
    """
    with suppress(OSError):
        index = path.with_name(path.name + INDEX)
        os.truncate(index, 0)
        os.truncate(index, size)


def _remove_stale_lock(path: Path) -> None:
    lock = path.with_name(f"{path.name}.lock")
    with suppress(OSError):
        if time.time() - lock.stat().st_mtime > _STALE_S:
            lock.rmdir()
