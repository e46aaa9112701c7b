"""Files as the systems differ in them: in use by others, read-only, sparse, locked, private, and oddly named.

On Windows a file that a virus scanner, an indexer or another Benchtop has open cannot be renamed or removed at that
moment, and network drives of every system behave in the same way.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

IN_USE_S: Final = 1.0
"""How long a file may be in use by another program before that is an error."""
HAS_RIGHTS: Final = os.name == "posix"
"""Whether the rights of a file can keep other users from reading it; Windows has lists of rights by folder instead."""
BINARY: Final[int] = getattr(os, "O_BINARY", 0)
"""The flag that opens a file without another form of its line ends."""
NOT_WAITING: Final[int] = getattr(os, "O_NONBLOCK", 0)
"""The flag that opens a pipe without waiting for its other end."""
_PAUSE_S: Final = 0.05
_BLOCK_BYTES: Final = 512
_NO_LOCKS: Final = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
_STREAM_SIGN: Final = ":"
_NOT_IN_NAMES: Final = '<>"|?*'
_DEVICES: Final = frozenset(
    {
        *("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"),
        *(f"{port}{number}" for port in ("COM", "LPT") for number in "123456789\u00b9\u00b2\u00b3"),
    }
)
"""The names that Windows keeps for devices; it takes a small raised 1, 2 or 3 for the digit."""


def rename(source: Path, target: Path) -> None:
    """Rename a file or folder, in place of a file of that name; one that is in use is tried again for a second.

    Raises:
        OSError: it cannot be renamed; what had the name before still has it.
    """
    _when_free(lambda: source.replace(target))


def remove(file: Path) -> None:
    """Remove a file, if it is there; one that is in use is tried again for a second.

    Raises:
        OSError: it cannot be removed.
    """
    _when_free(lambda: file.unlink(missing_ok=True))


def _when_free(change: Callable[[], object]) -> None:
    end_s = time.monotonic() + IN_USE_S
    while True:
        try:
            change()
        except PermissionError:
            if time.monotonic() >= end_s:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it, also what is read-only; what is in use is tried again for a second.

    Raises:
        OSError: something in it cannot be removed; the rest may be gone.
    """
    end_s = time.monotonic() + IN_USE_S
    while True:
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            # Another program has removed a part of it meanwhile.
            if not folder.exists():
                return
        except OSError:
            if time.monotonic() >= end_s:
                raise
            _make_writable(folder)
            time.sleep(_PAUSE_S)
        else:
            return


def _make_writable(folder: Path) -> None:
    for parent, folders, names in os.walk(folder):
        for path in (Path(parent), *(Path(parent, name) for name in (*folders, *names))):
            with suppress(OSError):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | stat.S_IWUSR)


def taken_bytes(status: os.stat_result) -> int:
    """The bytes that a file takes on the disk, of which one with holes takes fewer than its length.

    Windows does not tell it here, and gives the length; so do file systems without holes, such as exFAT.
    """
    blocks: int | None = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else min(status.st_size, blocks * _BLOCK_BYTES)


def first_hole(path: Path) -> int | None:
    """The offset of the first part of a file that was never written.

    It is ``None`` if there is no such part, or the system or the file system cannot tell: exFAT, SMB and NFS under
    macOS have no holes, and refuse the question.

    Raises:
        OSError: the file cannot be read.
    """
    seek_hole: int | None = getattr(os, "SEEK_HOLE", None)
    size = path.stat().st_size
    if seek_hole is None or not size or not path.is_file():
        return None
    with path.open("rb") as file:
        file.read(1)
        try:
            offset = os.lseek(file.fileno(), 0, seek_hole)
        except OSError:
            return None
    return offset if offset < size else None


def identity_of(status: os.stat_result) -> bytes:
    """What changes with the content of a file, without reading it.

    The system itself keeps the time of the last change, and no program can choose it. Windows keeps none, so that there
    it is only the time that a program may choose, with the size.
    """
    changed_ns = 0 if sys.platform == "win32" else status.st_ctime_ns
    return f"{status.st_size} {status.st_mtime_ns} {changed_ns} {status.st_ino}".encode()


def is_own(status: os.stat_result) -> bool:
    """Whether a file belongs to the user of this process; true on Windows, whose folders are each user's own."""
    return sys.platform == "win32" or status.st_uid == os.getuid()


def wait_for_reader(fd: int) -> None:
    """Have writes to an open pipe wait for its reader, as they do on Windows anyway."""
    if sys.platform != "win32":
        os.set_blocking(fd, True)


def is_executable(path: Path) -> bool:
    """Whether the rights of a file let it be started as a program; Windows goes by the ending of the name instead."""
    return HAS_RIGHTS and bool(path.stat().st_mode & 0o111)


def has_locks(path: Path) -> bool:
    """Whether the file system can lock a file, which some network file systems cannot. Raises OSError."""
    if sys.platform == "win32":
        return True
    with path.open("rb+") as opened:
        try:
            fcntl.lockf(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno not in _NO_LOCKS
    return True


def name_problem(path: Path, system: str = sys.platform) -> str | None:
    """Why a file of this name would not be found again under it; ``None`` if it would.

    Windows writes to a hidden stream of a file if there is a colon in the name, and takes away dots and spaces at its
    end. Some signs it takes in no name.
    """
    if system != "win32":
        return None
    name = path.name
    if _STREAM_SIGN in name:
        return "Windows allows no colon in a name; leave it out"
    if any(sign in _NOT_IN_NAMES or sign < " " for sign in name):
        return f"Windows takes none of {' '.join(_NOT_IN_NAMES)} and no control character in a name; leave them out"
    if name.partition(".")[0].rstrip().upper() in _DEVICES:
        return f"Windows keeps the name {name.partition('.')[0]} for a device; choose another one"
    if name != name.rstrip(". "):
        return "Windows takes away a dot or space at the end of a name; leave it out"
    return None
