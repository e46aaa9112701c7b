"""The log file: it takes warnings and tracebacks, while the user gets one sentence that names it."""

from __future__ import annotations

import errno
import logging
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from tui import paths
from tui.lazy import lazy_module
from tui.system.files import rename
from tui.text.secrets import without_secrets

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

    from tui import console as consoles
else:
    consoles = lazy_module("tui.console")

_MOST_CAUSES: Final = 8
_SHORTAGES: Final = {
    errno.EMFILE: "too few files may be open at once; raise the limit (ulimit -n)",
    errno.ENFILE: "too few files may be open at once; close other programs",
    errno.EAGAIN: "the system allows no more processes or threads; end some, or raise the limit",
    errno.ENOMEM: "there is not enough memory left; close other programs, or raise the limit of this one",
    errno.ENOSPC: "the disk is full; free some space",
    errno.EFBIG: "files may not become as large as is needed; raise the limit (ulimit -f)",
}
_LARGEST_BYTES: Final = 1_000_000


def log_to_file() -> None:
    """Send the warnings of the whole package to the log file if it can be written, and never to the terminal."""
    handler: logging.Handler
    try:
        file = paths.log_file()
        _prepare(file)
        handler = _PrivateFile(file, encoding="utf-8", delay=True)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.raiseExceptions = False


class _PrivateFile(logging.FileHandler):
    """A log file that its owner alone can read."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, opener=paths.open_privately)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; one that cannot be written, as on a read-only disk, ends nothing else."""
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)


class _Formatter(logging.Formatter):
    """Writes records without the keys that this process knows."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


def tell_of_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write the traceback of an unexpected error to the log, and tell the user; this is the ``sys.excepthook``."""
    console = consoles.process_console()
    if issubclass(kind, KeyboardInterrupt):
        console.say("stopped")
        return
    shortage = shortage_in(error)
    report = without_secrets("".join(traceback.format_exception(kind, error, trace)))
    try:
        file = paths.log_file()
        _prepare(file)
        with open(file, "a", encoding="utf-8", errors="backslashreplace", opener=paths.open_privately) as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {' '.join(sys.argv)}\n{report}\n")
    except OSError as problem:
        if shortage:
            console.fail(f"{shortage}.")
            return
        console.fail(
            f"something went wrong that should not have ({kind.__name__}: {error}); "
            f"the details cannot be kept ({problem})."
        )
    else:
        if shortage:
            console.fail(f"{shortage}; the details are in {file}.")
            return
        console.fail(f"something went wrong that should not have ({kind.__name__}); the details are in {file}.")


def shortage_in(error: BaseException) -> str:
    """What this machine has too little of, and what to do, if that is what the error comes from; otherwise empty."""
    cause: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if isinstance(cause, MemoryError):
            return "there is not enough memory left; close other programs, or raise the limit of this one"
        if isinstance(cause, OSError) and cause.errno in _SHORTAGES:
            return _SHORTAGES[cause.errno]
        if isinstance(cause, RuntimeError) and "start new thread" in str(cause):
            return _SHORTAGES[errno.EAGAIN]
        cause = cause and (cause.__cause__ or cause.__context__)
    return ""


def note_unraisable(unraisable: UnraisableHookArgs) -> None:
    """Log an error that nobody can catch, such as one in the end of an object, in place of printing it."""
    with suppress(Exception):
        logging.getLogger(__name__).warning("ignored: %r", unraisable.exc_value)


def note_warning(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    """Log a warning of Python in place of printing it."""
    with suppress(Exception):
        logging.getLogger(__name__).warning("%s: %s", category.__name__, message)


def _prepare(file: Path) -> None:
    """Make the folder of a log file, and have the file be private. Raises OSError if that is impossible."""
    file.parent.mkdir(parents=True, exist_ok=True)
    _make_room(file)
    paths.keep_private(file)


def _make_room(file: Path) -> None:
    """Set a large log aside under another name, in place of the one that was set aside before."""
    with suppress(OSError):
        if file.stat().st_size > _LARGEST_BYTES:
            rename(file, file.with_suffix(".log.old"))
