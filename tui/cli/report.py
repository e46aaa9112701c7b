"""``benchtop report``: the reports of a run that is over."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.values import deterministic_option
from tui.console import ExitCode, process_console


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--md", "markdown_file", metavar="FILE", type=click.Path(path_type=Path), help="Write it as Markdown.")
@click.option("--csv", "csv_file", metavar="FILE", type=click.Path(path_type=Path), help="Write one row a sample.")
@click.option(
    "--json", "json_file", metavar="FILE", type=click.Path(path_type=Path), help="Write the whole run for other tools."
)
@deterministic_option
def command(
    *,
    run: str,
    markdown_file: Path | None,
    csv_file: Path | None,
    json_file: Path | None,
    deterministic_file: Path | None,
) -> int:
    """Write the reports of any run in the history; without a file, the Markdown goes to stdout.

    RUN is the id of a run or the beginning of one (see benchtop history), or last, or previous.
    """
    from tui.cli.benchmark import Reports
    from tui.cli.runs import named_run
    from tui.store import export

    console = process_console()
    reports = Reports(markdown=markdown_file, csv=csv_file, json=json_file, deterministic=deterministic_file)
    reports.check()
    found = named_run(run)
    if not any((markdown_file, csv_file, json_file, deterministic_file)):
        console.data(export.markdown(found))
        return ExitCode.DONE
    return ExitCode.DONE if reports.write(found, console) else ExitCode.USAGE
