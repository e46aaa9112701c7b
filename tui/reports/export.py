"""Writes a report to a file so that no failure costs an older report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tui.paths import temporary_beside, write_atomically
from tui.records import RunRecord
from tui.reports.formats import ReportFormat
from tui.store.history import readings_of

_PATH_ERRORS: Final = (OSError, RuntimeError, ValueError)
"""What a path can raise: a loop of links and a name with a null character are no ``OSError``."""


class ExportError(Exception):
    """A report cannot be written; the message is one sentence for a person."""


def text_of(run: RunRecord, report_format: ReportFormat, history_file: Path | None) -> str:
    """The text of a run in a format, with what memory held meanwhile if the format shows it and the history has it."""
    readings = readings_of(history_file, run.run_id) if report_format.needs_readings else ()
    return report_format.render(run, readings)


def check_writable(path: Path) -> None:
    """Find out before a run, and not after it, whether a report can be written to a file.

    Raises:
        ExportError: it cannot.
    """
    try:
        target = path.resolve()
        obstacle = _obstacle(target)
        if obstacle is None and not _is_device(target):
            _try_folder(target)
    except _PATH_ERRORS as error:
        raise _refusal(path, error) from error
    if obstacle is not None:
        raise ExportError(f"cannot write {path}: {obstacle}")


def write(path: Path, text: str) -> None:
    """Write a report whole or not at all: a file that was there before stays until the new one is safe on the disk.

    Raises:
        ExportError: it cannot be written.
    """
    data = text.encode(errors="backslashreplace")
    try:
        target = path.resolve()
        if _is_device(target):
            target.write_bytes(data)
        else:
            write_atomically(target, data)
    except _PATH_ERRORS as error:
        raise _refusal(path, error) from error


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


def _try_folder(target: Path) -> None:
    trial = temporary_beside(target)
    try:
        trial.open("x").close()
    finally:
        trial.unlink(missing_ok=True)


def _is_device(target: Path) -> bool:
    """Whether it is something like ``/dev/null`` or a pipe, which is written to and never replaced."""
    return target.exists() and not target.is_file()


def _refusal(path: Path, error: Exception) -> ExportError:
    reason = error.strerror if isinstance(error, OSError) else None
    return ExportError(f"cannot write {path}: {reason or error}; choose another path")
