"""``benchtop trend``: shows the numbers of a model over its runs, and where they have changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.shared.values import completing, history_file, history_option, json_option
from tui.console import ExitCode, process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    import msgspec

    from tui.cli.shared import options, reports, tables
    from tui.measure.comparison import trend_words, wording
    from tui.records.comparison import ModelTrends, Trend
    from tui.store import errors
    from tui.store import runs as stored_runs
    from tui.text import escape, times
    from tui.workspace import trends
else:
    msgspec = lazy_module("msgspec")
    options = lazy_module("tui.cli.shared.options")
    reports = lazy_module("tui.cli.shared.reports")
    tables = lazy_module("tui.cli.shared.tables")
    trend_words = lazy_module("tui.measure.comparison.trend_words")
    wording = lazy_module("tui.measure.comparison.wording")
    errors = lazy_module("tui.store.errors")
    stored_runs = lazy_module("tui.store.runs")
    escape = lazy_module("tui.text.escape")
    times = lazy_module("tui.text.times")
    trends = lazy_module("tui.workspace.trends")

SCHEMA = 1


@click.command()
@click.argument("model", shell_complete=completing("all_models"))
@click.option("--since", metavar="DATE", help="Only runs of this day or later, such as 2026-11-01.")
@json_option
@history_option
def command(*, model: str, since: str | None, json_file: Path | None) -> int:
    """Show TTFT and decode rate of a model over its benchmarks in the history, and where they have changed for good.

    Only runs that were asked the same as the newest one are shown. A change is told where it is more than chance
    (permutation test, 5 %), with what changed in the machine, the software and the model around it.

    \b
    benchtop trend practice-small
    benchtop trend practice-small --since 2026-11-01 --json trend.json
    """
    console = process_console()
    if since is not None and not stored_runs.is_date(since):
        raise options.Refused(f"{escape.visible(since)} is no date; write it as 2026-11-01.")
    try:
        found = trends.read_trends(history_file(), model, since)
    except errors.HistoryError as error:
        raise options.Refused(f"{str(error).rstrip('.')}.") from error
    if not found.trends:
        raise options.Refused(
            f'the history has no benchmark of {escape.visible(model)} to show; "benchtop history" lists what there is.'
        )
    if json_file is not None:
        values = {"schema": SCHEMA, **msgspec.to_builtins(found)}
        text = escape.json_document(json.dumps(values, indent=2, allow_nan=False)) + "\n"
        return reports.write_alone(json_file, text, console)
    console.data(_table(found, console.out_width))
    for sentence in trend_words.notes(found):
        console.say(escape.visible(sentence))
    return ExitCode.DONE


def _table(found: ModelTrends, width: int | None) -> str:
    """Set the runs under each other, the oldest first; a change stands at the first run after it."""
    by_run = {point.run_id: point for trend in found.trends for point in trend.points}
    rows = [
        [
            times.local_start_time(point.started_at),
            escape.visible(run_id),
            *(cell for trend in found.trends for cell in _cells(trend, run_id)),
        ]
        for run_id, point in by_run.items()
    ]
    headings = [
        "BEGAN",
        "RUN",
        *(name for trend in found.trends for name in (trend.quantity.value.upper(), "95 %", "")),
    ]
    right = [index for index in range(2, len(headings)) if (index - 2) % 3 == 0]
    return tables.fitted(headings, rows, width, right=right)


def _cells(trend: Trend, run_id: str) -> tuple[str, str, str]:
    index = next((index for index, point in enumerate(trend.points) if point.run_id == run_id), None)
    if index is None:
        return "", "", ""
    point = trend.points[index]
    change = next((change for change in trend.changes if change.index == index), None)
    interval = point.interval
    span = (
        ""
        if interval is None
        else " to ".join(wording.value(trend.quantity, end, unit=False) for end in (interval.low, interval.high))
    )
    mark = "" if change is None else ("slower" if change.slowdown > 0 else "faster")
    return trend_words.value_text(trend.quantity, point), span, mark
