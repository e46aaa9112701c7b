"""``benchtop report``: writes the reports of a run that is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.shared.options import Refused
from tui.cli.shared.values import completing, history_option, report_options, without_disturbed_option
from tui.console import ExitCode, process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.cli.shared import reports, run_names
    from tui.records import ModelSummary
    from tui.reports.json import references as reading_references
else:
    reading_references = lazy_module("tui.reports.json.references")
    reports = lazy_module("tui.cli.shared.reports")
    run_names = lazy_module("tui.cli.shared.run_names")


@click.command()
@click.argument("run", metavar="[RUN]", default="last", shell_complete=completing("runs"))
@report_options
@without_disturbed_option
@click.option(
    "--reference",
    "references",
    metavar="FILE",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Show the results of another machine beside these, in no statistic: a file of --json or "
    "--deterministic-json, or a published result (see benchtop guide reports). May be given several times.",
)
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
        run_names.named_run(run), without_disturbed=without_disturbed, references=_reference_rows(references)
    )
    if not wanted.files:
        console.data(reports.markdown_of(record))
        return ExitCode.DONE
    return ExitCode.DONE if wanted.write(record, console) else ExitCode.USAGE


def _reference_rows(paths: Sequence[Path]) -> tuple[ModelSummary, ...]:
    try:
        return tuple(row for path in paths for row in reading_references.read_references(path))
    except reading_references.NotARun as error:
        raise Refused(str(error)) from error
