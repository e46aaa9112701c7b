"""The table of results for a terminal: it has the columns that fit, and the status stands beside the name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.cli.shared.tables import columns, fitted
from tui.console import wrapped
from tui.measure.timing.quiet_rows import quiet_rows
from tui.measure.timing.summary import summarize
from tui.records import ModelSummary, RunRecord
from tui.reports.markdown import results_table
from tui.reports.sections.findings import PRACTICE
from tui.reports.sections.results import result_columns, result_notes
from tui.text.cells import cells_of
from tui.text.escape import visible
from tui.text.tables import TableColumn, counted, listed

_LEFT_OUT: Final = ("E2E p95", "TTFT p95", "Prefill tok/s", "Tokens", "Load", "E2E p50", "Cold TTFT", "Peak RSS")
"""The titles of columns in the order in which they are left out, until the table fits."""


def terminal_table(run: RunRecord, width: int) -> str:
    """Write the results for a terminal of this width; a run in steps has its own tables, which are Markdown."""
    practice = [PRACTICE] if any(model.practice for model in run.plan.models) else []
    if run.plan.method.sweep or run.plan.method.has_levels:
        return "\n\n".join([results_table(run).rstrip("\n"), *practice]) + "\n"
    summaries = summarize(run)
    table, rows = list(result_columns(run, summaries)), [*summaries, *quiet_rows(run)]
    # The status would otherwise be the first to leave a narrow terminal.
    table.insert(1, table.pop())
    missing: list[str] = []
    for title in _LEFT_OUT:
        if max(map(cells_of, _text(table, rows, None).splitlines())) <= width:
            break
        table = [column for column in table if column.title != title]
        missing.append(title)
    notes = [note.replace("`", "") for note in result_notes(run, summaries)]
    notes += practice
    if missing:
        notes.append(f"{counted(len(missing), 'column')} did not fit: {listed(missing)}. --md FILE has all of them.")
    return "\n".join([_text(table, rows, width), *(wrapped(note, width) for note in notes)]) + "\n"


def _text(table: Sequence[TableColumn[ModelSummary]], summaries: Sequence[ModelSummary], width: int | None) -> str:
    headings = [column.title for column in table]
    rows = [[visible(column.show(summary)) for column in table] for summary in summaries]
    right = [index for index, column in enumerate(table) if column.right]
    if width is None:
        return columns(headings, rows, right=right)
    return fitted(headings, rows, width, right=right, flexible=0)
