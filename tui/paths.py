"""The places of history, logs, settings and app data; ``BENCHTOP_HOME`` names one folder that then holds them all."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.lazy import lazy_module
from tui.system import files, streams

if TYPE_CHECKING:
    import tempfile
else:
    # It takes a while to import, and the first frame needs none of it.
    tempfile = lazy_module("tempfile")

HOME_VARIABLE: Final = "BENCHTOP_HOME"
_APP = "benchtop"
_OPEN_FILES: Final = re.compile(r"/proc/\d+/fd|/dev/fd")
_read: Final[set[str]] = set()
"""The real paths of the files that were read for this command."""
_SHARED_MEMORY: Final = Path("/dev/shm")
"""The folder of Linux whose files are memory."""
_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700


def history_file() -> Path:
    """The SQLite file that holds every run."""
    return app_data_dir() / "history.sqlite3"


def log_file() -> Path:
    """The file for tracebacks and warnings, of which a person only gets a sentence."""
    return (_home() or _platform_folder("log")) / "benchtop.log"


def user_config_dir() -> Path:
    """The folder of the user's own ``models.json`` and ``prompts.json``."""
    home = _home()
    return home / "config" if home else _platform_folder("config")


def app_data_dir() -> Path:
    """The folder of what is kept between runs; nothing in it is made for the user to edit."""
    home = _home()
    return home / "data" if home else _platform_folder("data")


def model_cache_dir() -> Path:
    """The folder that models are downloaded to, unless another cache is named."""
    return app_data_dir() / "cache" / "models"


def runtime_dir() -> Path:
    """The folder that the runtime keeps for good: the libraries of execution providers, and the note of them."""
    return app_data_dir() / "runtime"


def downloads_dir() -> Path:
    """The folder with a small file for each download that is not finished."""
    return app_data_dir() / "downloads"


def consent_file() -> Path:
    """The file with what the user has agreed to of the things that folders ask for."""
    return app_data_dir() / "agreed.json"


def endpoints_file() -> Path:
    """The file with the models that servers had when they last answered."""
    return app_data_dir() / "endpoints.json"


def registrations_file() -> Path:
    """The file with the model folders that the user has registered under a name."""
    return app_data_dir() / "registered.json"


def settings_file() -> Path:
    """The file with what the user has chosen in the app for every start to come."""
    return app_data_dir() / "settings.json"


def fleet_dir() -> Path:
    """The folder with the keys of the fleet that this machine is the desk of, and of those that it has joined."""
    return app_data_dir() / "fleet"


def write_atomically(file: Path, content: bytes, *, make_folder: bool = False, sync: bool = True) -> None:
    """Write a file whole or not at all: a reader finds the old content or the new one, even after a crash.

    The new content is written beside the file, brought to the disk, given the rights of the old file, and renamed.
    What Benchtop keeps for itself can be read by its owner alone. Without ``sync`` nobody waits for the disk, and after
    a power cut the file may be empty or the old one.

    Raises:
        OSError: the file cannot be written; what was there before is still there.
    """
    refuse_odd_name(file)
    private = is_private(file)
    if make_folder:
        file.parent.mkdir(parents=True, exist_ok=True)
    if private:
        keep_private(file)
    temporary = temporary_beside(file)
    try:
        with open(temporary, "xb", opener=open_privately if private else None) as opened:
            opened.write(content)
            if sync:
                opened.flush()
                os.fsync(opened.fileno())
        if not private and file.exists():
            temporary.chmod(file.stat().st_mode & 0o777)
        files.rename(temporary, file)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def refuse_odd_name(file: Path) -> None:
    """Raise OSError if this system would keep a new file under another name than this one."""
    problem = files.name_problem(file)
    if problem is not None:
        raise OSError(errno.EINVAL, problem, str(file))


def make_scratch_folder(prefix: str) -> Path:
    """Make a private folder for files that nobody needs afterwards; the caller removes it.

    It is made where the system keeps such files. Where nothing can be written there, as in a container whose only
    writable folder is that of Benchtop's data, it is made in that.

    Raises:
        OSError: there is no folder that can be written.
    """
    return Path(tempfile.mkdtemp(prefix=prefix, dir=scratch_parent()))


def scratch_parent() -> Path:
    """The folder of scratch folders. Raises OSError if there is none that can be written."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        fallback = app_data_dir() / "temporary"
        try:
            fallback.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            # A container that has nothing else to write to has this one; the folders in it are small.
            if not os.access(_SHARED_MEMORY, os.W_OK):
                raise OSError(error.errno, "no folder for temporary files can be written; set TMPDIR to one") from error
            fallback = _SHARED_MEMORY
        # Other libraries, and the children, are to use it as well.
        os.environ["TMPDIR"] = tempfile.tempdir = str(fallback)
        return fallback


def is_private(file: Path) -> bool:
    """Return whether a file lies in a folder of Benchtop's own private files: prompts, answers, settings, the log."""
    if not can_keep_files():
        return False
    return file.absolute() == log_file() or file.absolute().parent in _own_folders()


def keep_private(file: Path) -> None:
    """Have a private file, and what lies beside it, be readable by its owner alone; its folder is made if need be.

    Of a folder that holds more than what is Benchtop's own, as that of the log may, only the file is changed.

    Raises:
        OSError: there is no such folder, and it cannot be made.
    """
    folder = file.parent
    folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    if not files.HAS_RIGHTS:
        return
    whole = folder.absolute() in _own_folders()
    if whole:
        _restrict(folder, _PRIVATE_FOLDER)
    for beside in folder.iterdir() if whole else (file,):
        if beside.is_file() and not beside.is_symlink():
            _restrict(beside, _PRIVATE_FILE)


def _own_folders() -> tuple[Path, ...]:
    return app_data_dir(), downloads_dir(), user_config_dir(), fleet_dir()


def _restrict(path: Path, most: int) -> None:
    """Take away rights beyond ``most``; what belongs to somebody else stays as it is."""
    with suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & ~most:
            path.chmod(mode & most)


def open_privately(path: str, flags: int) -> int:
    """Open a file that its owner alone can read if it is made; an opener for ``open``."""
    return os.open(path, flags, _PRIVATE_FILE)


def read_limited(file: Path, most_bytes: int, *, in_part: bool = False) -> bytes:
    """The content of a file that need not be ours: devices and pipes, which may have no end, are never read.

    A pipe that a shell has opened for this process, as in ``<(command)``, counts as a file. With ``in_part`` the first
    bytes of a longer file are given.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no file, or it is longer than ``most_bytes``.
    """
    opened_by_shell = bool(_OPEN_FILES.fullmatch(str(Path(os.path.realpath(file)).parent)))
    fd = os.open(file, os.O_RDONLY | files.BINARY | (0 if opened_by_shell else files.NOT_WAITING))
    with os.fdopen(fd, "rb") as opened:
        mode = os.fstat(fd).st_mode
        if not (stat.S_ISREG(mode) or (opened_by_shell and stat.S_ISFIFO(mode))):
            raise ValueError(f"{file} is no file")
        content = opened.read(most_bytes + 1) or b""
    _read.add(os.path.realpath(file))
    if len(content) > most_bytes and not in_part:
        raise ValueError(f"{file} is too large to be what it should be")
    return content[:most_bytes]


def read_text(file: Path, most_bytes: int) -> str:
    """The text of a file that anybody may have written: UTF-8, or UTF-16 with a byte order mark; see ``read_limited``.

    Raises:
        OSError: the file cannot be read.
        UnicodeDecodeError: it is no such text.
        ValueError: it is no file, or it is longer than ``most_bytes``.
    """
    return streams.decoded(read_limited(file, most_bytes))


def was_read(file: Path) -> bool:
    """Whether this process has read a file, so that writing over it would lose what the user gave to a command."""
    target = os.path.realpath(file)
    return target in _read or any(_is_in_other_case(target, other) for other in _read)


def _is_in_other_case(target: str, other: str) -> bool:
    """Whether two paths that differ in case alone lead to one file, as on the disks of Windows and macOS."""
    with suppress(OSError, ValueError):
        return target.casefold() == other.casefold() and Path(target).samefile(other)
    return False


def temporary_beside(file: Path) -> Path:
    """A new name in the same folder, since a rename is only atomic within one file system."""
    return file.with_name(f".benchtop-{os.urandom(6).hex()}.tmp")


def real(path: Path) -> Path:
    """The path without links; unlike ``Path.resolve`` before Python 3.13 it takes a loop of links as it is."""
    return Path(os.path.realpath(path))


def expanded(path: Path) -> Path:
    """A path with ``~`` as the home folder; if there is no such home it stays as it is written, as in a shell."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def exists(path: Path) -> bool:
    """Whether something has this name, even if it may not be looked at; false for what can be no name."""
    try:
        path.stat()
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def is_file(path: Path) -> bool:
    """Whether the path is a file that may be looked at."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether the path is a folder that may be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def can_keep_files() -> bool:
    """Whether there is a place to keep anything: a home folder, or one that ``BENCHTOP_HOME`` names."""
    try:
        return _home() is not None or expanded(Path("~")).is_absolute()
    except FileNotFoundError:
        # The current folder is gone, at which a relative one would begin.
        return False


def _home() -> Path | None:
    home = os.environ.get(HOME_VARIABLE, "").strip()
    return expanded(Path(home)).absolute() if home else None


def _platform_folder(kind: str) -> Path:
    # A start with BENCHTOP_HOME needs none of it, and the first frame should not wait for it.
    from platformdirs import PlatformDirs

    folders = PlatformDirs(_APP, appauthor=False)
    match kind:
        case "log":
            return folders.user_log_path
        case "config":
            return folders.user_config_path
        case _:
            return folders.user_data_path
