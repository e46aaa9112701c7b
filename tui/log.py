"""The log file takes tracebacks and warnings; the person gets one sentence that names it."""

from __future__ import annotations

import logging
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType

from tui import paths

_LARGEST_BYTES = 1_000_000


def log_to_file() -> None:
    """Send warnings of the whole house to the log file, where one is possible; never to the terminal."""
    handler: logging.Handler
    try:
        file = paths.log_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        _make_room()
        handler = logging.FileHandler(file, encoding="utf-8", delay=True)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.raiseExceptions = False


def tell_of_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What the interpreter does with an error that nobody expected."""
    # Imported here: the first frame should not wait for it.
    from tui.console import process_console

    console = process_console()
    if issubclass(kind, KeyboardInterrupt):
        console.say("stopped")
        return
    report = "".join(traceback.format_exception(kind, error, trace))
    try:
        file = paths.log_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        _make_room()
        with file.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {' '.join(sys.argv)}\n{report}\n")
    except OSError as problem:
        console.fail(
            f"something went wrong that should not have ({kind.__name__}: {error}); "
            f"the details cannot be kept ({problem})."
        )
    else:
        console.fail(f"something went wrong that should not have ({kind.__name__}); the details are in {file}.")


def _make_room() -> None:
    """One older log is kept."""
    file = paths.log_file()
    with suppress(OSError):
        if file.stat().st_size > _LARGEST_BYTES:
            file.replace(file.with_suffix(".log.old"))
