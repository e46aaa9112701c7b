"""The samples of a run as CSV, for a spreadsheet."""

from __future__ import annotations

from csv import QUOTE_NONNUMERIC, writer
from dataclasses import fields
from io import StringIO

from tui.records import RunRecord
from tui.reports.json.sample_rows import SampleRow, sample_rows
from tui.text.escape import spreadsheet_cell

_Value = str | int | float | bool | None | tuple[str | float, ...]


def csv_text(run: RunRecord) -> str:
    """Write a row a sample, ``run_id`` first: lists are parted by spaces, unknown is empty, no text is a formula."""
    text = StringIO()
    rows = writer(text, quoting=QUOTE_NONNUMERIC, lineterminator="\n")
    columns = [field.name for field in fields(SampleRow)]
    rows.writerow(["run_id", *columns])
    for row in sample_rows(run):
        rows.writerow([_cell(run.run_id), *(_cell(getattr(row, column)) for column in columns)])
    return text.getvalue()


def _cell(value: _Value) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case tuple():
            return spreadsheet_cell(" ".join(str(part) for part in value))
        case _:
            return spreadsheet_cell(str(value))
