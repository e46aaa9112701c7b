"""``benchtop report``: writes the reports of a run that is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.shared.values import completing, history_option, reference_option, report_options, without_disturbed_option
from tui.console import ExitCode, process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui.cli.shared import reports, run_names
else:
    reports = lazy_module("tui.cli.shared.reports")
    run_names = lazy_module("tui.cli.shared.run_names")


@click.command()
@click.argument("run", metavar="[RUN]", default="last", shell_complete=completing("runs"))
@report_options
@without_disturbed_option
@reference_option
@history_option
def command(*, run: str, without_disturbed: bool, references: tuple[Path, ...]) -> int:
    """Write the reports of a run in the history, by default of the latest benchmark.

    Without a file, the Markdown goes to stdout. RUN is the id of a run or the beginning of it (see benchtop history), a
    name, a tag, last or previous.

    \b
    benchtop report last --html report.html --md report.md
    """
    console = process_console()
    wanted = reports.Reports.named()
    record = replace(
        run_names.named_run(run), without_disturbed=without_disturbed, references=reports.reference_rows(references)
    )
    if not wanted.files:
        console.data(reports.markdown_of(record))
        return ExitCode.DONE
    return ExitCode.DONE if wanted.write(record, console) else ExitCode.USAGE
