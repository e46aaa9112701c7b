"""``benchtop merge``: one report from the results of many machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.shared.values import JsonFilesCommand, above_zero, completing, json_option, not_negative, size_in_bytes
from tui.console import process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui.cli.merge import output
else:
    output = lazy_module("tui.cli.merge.output")

_REPORT = click.Path(path_type=Path)


def label_of(value: str) -> tuple[str, str]:
    """Convert a label such as ``3fa9=desk``."""
    machine, equals, name = value.partition("=")
    if not machine.strip() or not equals or not name.strip():
        raise click.BadParameter(f"{value} is not a label such as 3fa9=desk.")
    return machine.strip(), name.strip()


@click.command(cls=JsonFilesCommand)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--anyway", is_flag=True, help="Merge runs of unlike plans; the report says what differs.")
@click.option(
    "--label",
    "labels",
    metavar="MACHINE=NAME",
    type=label_of,
    multiple=True,
    help="Name a machine, by the beginning of its id or its present name; may be given more than once.",
)
@click.option(
    "--relative-to",
    metavar="MODEL",
    shell_complete=completing("all_models"),
    help="Give ratios to this model, measured on each machine. [default: the first that all have]",
)
@click.option("--max-ttft", metavar="MS", type=not_negative, help="On how many machines is TTFT at most this?")
@click.option("--max-memory", metavar="SIZE", type=size_in_bytes, help="On how many is the peak at most this?")
@click.option("--min-decode", metavar="TOK_S", type=above_zero, help="On how many is the decode rate at least this?")
@click.option("--md", "markdown_file", metavar="FILE", type=_REPORT, help="Write the report as Markdown.")
@click.option(
    "--html", "html_file", metavar="FILE", type=_REPORT, help="Write the report as a page with no other files."
)
@json_option
def command(
    *,
    files: tuple[Path, ...],
    anyway: bool,
    labels: tuple[tuple[str, str], ...],
    relative_to: str | None,
    max_ttft: float | None,
    max_memory: int | None,
    min_decode: float | None,
    markdown_file: Path | None,
    html_file: Path | None,
    json_file: Path | None,
) -> int:
    """Merge the results of many machines into one report: models by machines, and what differs between them.

    FILES are what benchtop bench --json has written on each machine, in any order, or what merge --json=FILE has made.
    Without another file the report goes to stdout as Markdown. With limits, exit code 1 means that no model keeps to
    them on every machine.

    \b
    benchtop merge laptop.json desk.json --max-ttft 500 --max-memory 3gb
    benchtop merge *.json --html fleet.html --label 3fa9=edge-2
    """
    request = output.MergeRequest(
        files=files,
        anyway=anyway,
        labels=labels,
        reference=relative_to,
        ttft_ms=max_ttft,
        memory_bytes=max_memory,
        decode_tok_s=min_decode,
        markdown=markdown_file,
        html=html_file,
        json=json_file,
    )
    return output.merge_files(request, process_console())
