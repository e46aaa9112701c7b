"""``benchtop report``: the reports of a run that is over."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

import click

from tui.cli.shared.values import ReportFiles, history_file, history_option, report_options, without_disturbed_option
from tui.console import ExitCode, process_console


@click.command()
@click.argument("run", metavar="RUN")
@report_options
@without_disturbed_option
@history_option
def command(*, run: str, without_disturbed: bool, **given: Unpack[ReportFiles]) -> int:
    """Write the reports of any run in the history; without a file, the Markdown goes to stdout.

    RUN is the id of a run or its beginning (see benchtop history), a name, a tag, last or previous.

    \b
    benchtop report last --html report.html --md report.md
    """
    from tui.cli.bench.run import Reports
    from tui.cli.shared.run_names import named_run
    from tui.reports import export
    from tui.store.history import readings_of

    console = process_console()
    reports = Reports.of(given)
    reports.check()
    found = replace(named_run(run), without_disturbed=without_disturbed)
    if not reports.asked:
        console.data(export.markdown(found, readings_of(history_file(), found.run_id)))
        return ExitCode.DONE
    return ExitCode.DONE if reports.write(found, console) else ExitCode.USAGE
