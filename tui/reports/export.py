"""What a person takes away from a run, in one format or another, written so that no failure costs an older report."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from csv import QUOTE_NONNUMERIC, writer
from dataclasses import fields
from io import StringIO
from pathlib import Path

from tui.paths import temporary_beside, write_atomically
from tui.records import MemoryReading, RunRecord
from tui.reports.json.arrivals import arrivals
from tui.reports.json.rows import SampleRow, document_members, sample_rows
from tui.reports.markdown.report import markdown_report, results_table
from tui.text import escape

__all__ = ["ExportError", "arrivals", "check_writable", "csv", "html", "json_text", "markdown", "table", "write"]

_NUMBER_LIST = re.compile(r"\[\n\s+([-+.\deE,\s]+?)\n\s+\]")

_REFUSALS = (OSError, RuntimeError, ValueError)
"""What a path can raise: a loop of links and a name with a null sign are no ``OSError``."""

_Cell = str | int | float | bool | None | tuple[str | float, ...]
_Json = str | int | float | bool | None | Sequence["_Json"] | dict[str, "_Json"]


class ExportError(Exception):
    """A report cannot be written; the message is one sentence for a person."""


def markdown(run: RunRecord, readings: Sequence[MemoryReading] = ()) -> str:
    """The report for people; with what memory held meanwhile it shows its course."""
    return markdown_report(run, readings)


def html(run: RunRecord, readings: Sequence[MemoryReading] = ()) -> str:
    """The report as one page with charts, which needs nothing but itself."""
    # Imported here: nobody else waits for the charts.
    from tui.reports.html.page import html_page

    return html_page(run, readings)


table = results_table


def csv(run: RunRecord) -> str:
    """One row a sample, ``run_id`` first: lists are parted by spaces, unknown is empty, no text is a formula."""
    lines = StringIO()
    rows = writer(lines, quoting=QUOTE_NONNUMERIC, lineterminator="\n")
    columns = [field.name for field in fields(SampleRow)]
    rows.writerow(["run_id", *columns])
    for row in sample_rows(run):
        rows.writerow([_cell(run.run_id), *(_cell(getattr(row, column)) for column in columns)])
    return lines.getvalue()


def json_text(run: RunRecord) -> str:
    """The whole run as JSON, schema 1: the interface that other tools read."""
    values = _without_surrogates(document_members(run))
    indented = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    # A list of numbers on one line: a thousand arrivals are one thing to a reader.
    compact = _NUMBER_LIST.sub(lambda numbers: f"[{' '.join(numbers.group(1).split())}]", indented)
    return escape.json_document(compact) + "\n"


def check_writable(path: Path) -> None:
    """Raise ``ExportError`` if a report cannot be written there: to be asked before a run, not after it."""
    try:
        target = path.resolve()
        obstacle = _obstacle(target)
        if obstacle is None and not _is_device(target):
            _try_folder(target)
    except _REFUSALS as error:
        raise _refusal(path, error) from error
    if obstacle is not None:
        raise ExportError(f"cannot write {path}: {obstacle}")


def write(path: Path, text: str) -> None:
    """Write a report whole or not at all: a file that was there before stays until the new one is safe on the disk."""
    data = text.encode(errors="backslashreplace")
    try:
        target = path.resolve()
        if _is_device(target):
            target.write_bytes(data)
        else:
            write_atomically(target, data)
    except _REFUSALS as error:
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


def _cell(value: _Cell) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case tuple():
            return escape.spreadsheet_cell(" ".join(str(part) for part in value))
        case _:
            return escape.spreadsheet_cell(str(value))


def _without_surrogates(value: _Json) -> _Json:
    match value:
        case str():
            return escape.without_surrogates(value)
        case dict():
            return {key: _without_surrogates(part) for key, part in value.items()}
        case list() | tuple():
            return [_without_surrogates(part) for part in value]
        case _:
            return value
