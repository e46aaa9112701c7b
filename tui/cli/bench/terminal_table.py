"""The table of results for a terminal: it has the columns that fit, and the status stands beside the name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tui.cli.shared.tables import columns, fitted
from tui.console import wrapped
from tui.measure.answers.quality_words import percent_span
from tui.measure.timing.quiet_rows import quiet_rows
from tui.measure.timing.summary import summarize
from tui.records import ModelSummary, RunRecord
from tui.records.grading.rates import PassRate
from tui.reports.markdown import results_table
from tui.reports.sections.findings import PRACTICE
from tui.reports.sections.quality.rates import FACTS_FOUND, WHOLLY_RIGHT, rates_of
from tui.reports.sections.results import result_columns, result_notes
from tui.text import units
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
    table[2:2] = _quality_columns(run)
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


def _quality_columns(run: RunRecord) -> list[TableColumn[ModelSummary]]:
    """Make the columns of quality, if answers were checked; they stand before those of speed, as in a report."""
    rates = {rate.key: rate for rate in rates_of(run)}

    def column(title: str, show: Callable[[PassRate], str]) -> TableColumn[ModelSummary]:
        return TableColumn(title, lambda row: show(rates[row.key]) if row.key in rates else units.UNKNOWN)

    if not rates:
        return []
    return [
        column(WHOLLY_RIGHT, lambda rate: f"{units.percent(rate.rate)} {percent_span(rate.interval)}"),
        column(FACTS_FOUND, lambda rate: units.percent(rate.score)),
    ]


def _text(table: Sequence[TableColumn[ModelSummary]], summaries: Sequence[ModelSummary], width: int | None) -> str:
    headings = [column.title for column in table]
    rows = [[visible(column.show(summary)) for column in table] for summary in summaries]
    right = [index for index, column in enumerate(table) if column.right]
    if width is None:
        return columns(headings, rows, right=right)
    return fitted(headings, rows, width, right=right, flexible=0)
