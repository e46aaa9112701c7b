"""Writes a report to a file so that no failure costs an older report."""

from __future__ import annotations

import errno
import logging
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from typing import Final

from tui.paths import refuse_odd_name, temporary_beside, was_read, write_atomically
from tui.records import RunRecord
from tui.reports.formats import ReportFormat
from tui.reports.kept_files import kept_as
from tui.store.history import readings_of
from tui.system.files import NOT_WAITING, remove, wait_for_reader

_PATH_ERRORS: Final = (OSError, RuntimeError, ValueError)
"""What a path can raise: a loop of links and a name with a null character are no ``OSError``."""
_RENDER_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
    MemoryError,
)
"""What an odd number or a gap in a run can raise where its report is made."""
_OPEN_FILES: Final = re.compile(r"/proc/\d+(/task/\d+)?/fd|/dev/fd")
"""The folders whose entries are the open files of a process; ``/dev/stdout`` is a link into one of them."""
_OF_PROCESSES: Final = re.compile(r"/proc(/|$)")
"""The folder of what the kernel shows, where links such as ``/proc/self/exe`` lead to the programs that run."""
_MOST_LINKS: Final = 40


log = logging.getLogger(__name__)


class ExportError(Exception):
    """A report cannot be written; the message is one sentence for a person."""


def text_of(run: RunRecord, report_format: ReportFormat, history_file: Path | None) -> str:
    """Write a run in a format, with what memory held meanwhile if the format shows it and the history has it.

    Raises:
        ExportError: the format cannot show this run; the other formats are not touched by that.
    """
    readings = readings_of(history_file, run.run_id) if report_format.needs_readings else ()
    try:
        return report_format.render(run, readings)
    except _RENDER_ERRORS as error:
        log.exception("the run %s as %s", run.run_id, report_format.title)
        reason = f"{type(error).__name__}: {error}"
        raise ExportError(
            f"this run cannot be written as {report_format.title} ({reason}); use another format"
        ) from error


def check_writable(path: Path, history_file: Path | None = None) -> None:
    """Find out before a run, and not after it, whether a report can be written to a file.

    Raises:
        ExportError: it cannot, or it is a file that Benchtop keeps, such as the history.
    """
    try:
        _refuse_name(path)
        _refuse_kept(path, history_file)
        if _is_stream(path):
            obstacle = None if os.access(path, os.W_OK) else "it cannot be written to; choose another path"
        else:
            target = _target(path)
            refuse_odd_name(target)
            obstacle = _obstacle(target)
            if obstacle is None:
                _try_names(target)
    except _PATH_ERRORS as error:
        raise _refusal(path, error) from error
    if obstacle is not None:
        raise ExportError(f"cannot write {path}: {obstacle}")


def write(path: Path, text: str, history_file: Path | None = None) -> None:
    """Write a report whole or not at all: a file that was there before stays until the new one is safe on the disk.

    What is no file, such as a pipe or the standard output, is written to as it is.

    Raises:
        ExportError: it cannot be written, or it is a file that Benchtop keeps, such as the history.
    """
    data = text.encode(errors="backslashreplace")
    try:
        _refuse_name(path)
        _refuse_kept(path, history_file)
        if _is_stream(path):
            _write_stream(path, data)
        else:
            write_atomically(_target(path), data)
    except _PATH_ERRORS as error:
        raise _refusal(path, error) from error


def append(path: Path, text: str) -> None:
    """Write at the end of a file that another program gave, such as the summary of a step in CI.

    Raises:
        ExportError: it cannot be written, or it is a file that Benchtop keeps, such as the history.
    """
    try:
        _refuse_kept(path, None)
        _write_stream(path, text.encode(errors="backslashreplace"), os.O_CREAT)
    except _PATH_ERRORS as error:
        raise _refusal(path, error) from error


def lead_to_one_file(paths: Sequence[Path]) -> bool:
    """Tell whether two of the paths lead to the same file, over links or in another case."""
    return any(_is_one(first, second) for first, second in combinations(paths, 2))


def _is_one(first: Path, second: Path) -> bool:
    if os.path.realpath(first).casefold() == os.path.realpath(second).casefold():
        return True
    with suppress(OSError, ValueError):
        return first.samefile(second)
    return False


def _refuse_kept(path: Path, history_file: Path | None) -> None:
    what = kept_as(path, history_file)
    if what is not None:
        raise ExportError(f"cannot write {path}: Benchtop keeps {what} in this place; choose another path")
    if was_read(path):
        raise ExportError(f"cannot write {path}: this command reads it, and it would be lost; choose another path")


def _refuse_name(path: Path) -> None:
    """Refuse a name that Windows takes for that of a device, such as ``nul.md``; the bare name means the device."""
    if path.suffix or path.parent != Path():
        refuse_odd_name(path)


def _obstacle(target: Path) -> str | None:
    folder = target.parent
    if not folder.exists():
        return f"the folder {folder} does not exist; create it or choose another path"
    if not folder.is_dir():
        return f"{folder} is not a folder; choose another path"
    if target.is_dir():
        return "it is a folder; add a file name"
    if target.exists() and not os.access(target, os.W_OK):
        return "the file is read-only; change that or choose another path"
    return None


def _target(path: Path) -> Path:
    """The file that a path leads to over links, which is written in place of the link.

    Raises:
        ExportError: it is a link that leads to itself, which ``resolve`` refuses only before Python 3.13.
    """
    target = path.resolve()
    if _OF_PROCESSES.match(os.path.normpath(path.absolute())):
        raise ExportError(f"cannot write {path}: it is no file but a view of a process; choose another path")
    if target.is_symlink():
        raise ExportError(f"cannot write {path}: it is a link that leads to itself; choose another path")
    return target


def _try_names(target: Path) -> None:
    """Make what will be written, and remove it again: the disk may take no file, or no name of this kind or length.

    Raises:
        OSError: the file cannot be made there.
    """
    for trial in (temporary_beside(target), target):
        try:
            trial.open("x").close()
        except FileExistsError:
            continue
        remove(trial)


def _is_stream(path: Path) -> bool:
    """Whether it is a device, a pipe or an open file of a process, which is written to and never replaced."""
    if path.exists() and not path.is_file() and not path.is_dir():
        return True
    for _ in range(_MOST_LINKS):
        folder = os.path.realpath(path.parent)
        if _OPEN_FILES.fullmatch(folder):
            return True
        if not path.is_symlink():
            return False
        path = Path(folder, path.readlink())
    return False


def _write_stream(path: Path, data: bytes, flags: int = 0) -> None:
    """Write to what is open already or has a reader; without a reader a pipe would hold up the program for ever."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | NOT_WAITING | flags, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise ExportError(f"cannot write {path}: nothing reads from it; start its reader first") from error
        raise
    with os.fdopen(fd, "wb") as stream:
        wait_for_reader(fd)
        stream.write(data)


def _refusal(path: Path, error: Exception) -> ExportError:
    reason = error.strerror if isinstance(error, OSError) else None
    return ExportError(f"cannot write {path}: {reason or error}; choose another path")
