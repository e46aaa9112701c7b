"""The columns of the results pane, and the order of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.records import ModelSummary
from tui.text.result_columns import RESULT_COLUMNS, ResultColumn, ShownIn

COLUMNS: Final = tuple(column for column in RESULT_COLUMNS if ShownIn.PANE in column.shown_in)


def sorted_rows(rows: Sequence[ModelSummary], column: ResultColumn, *, descending: bool) -> list[ModelSummary]:
    """Return the rows sorted by one column; models without a number in it come last in either direction."""
    number = column.number
    if number is None:
        return sorted(rows, key=column.figure, reverse=descending)
    values = {row.key: value for row in rows if (value := number(row)) is not None}
    numbered = sorted((row for row in rows if row.key in values), key=lambda row: values[row.key], reverse=descending)
    return numbered + [row for row in rows if row.key not in values]
