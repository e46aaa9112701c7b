"""The columns of the results pane, and the order of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.records import ModelSummary
from tui.text.column_types import ResultColumn, ShownIn
from tui.text.result_columns import RESULT_COLUMNS

_FIRST: Final = (
    *("model", "status", "ttft_p50", "decode", "cold", "rss", "e2e_p50", "prefill", "load", "tokens"),
    *("ttft_p95", "e2e_p95"),
)
"""The columns that matter most: a narrow pane shows as many of them as fit, and no part of another."""


def _place(column: ResultColumn) -> int:
    return _FIRST.index(column.id) if column.id in _FIRST else len(_FIRST)


COLUMNS: Final = tuple(sorted((column for column in RESULT_COLUMNS if ShownIn.PANE in column.shown_in), key=_place))


def sorted_rows(rows: Sequence[ModelSummary], column: ResultColumn, *, descending: bool) -> list[ModelSummary]:
    """Return the rows sorted by one column; models without a number in it come last in either direction."""
    quiet = [row for row in rows if row.quiet]
    if quiet:
        return [*sorted_rows([row for row in rows if not row.quiet], column, descending=descending), *quiet]
    number = column.number
    if number is None:
        return sorted(rows, key=column.figure, reverse=descending)
    values = {row.key: value for row in rows if (value := number(row)) is not None}
    numbered = sorted((row for row in rows if row.key in values), key=lambda row: values[row.key], reverse=descending)
    return numbered + [row for row in rows if row.key not in values]
