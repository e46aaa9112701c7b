"""``benchtop compare``: prints what became of the numbers of a run in one or several others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.shared.gates import GateFiles, gate_file_options
from tui.cli.shared.options import Refused
from tui.cli.shared.values import (
    JsonFilesCommand,
    completing,
    fail_over_of,
    history_option,
    json_option,
    reference_option,
    without_disturbed_option,
)
from tui.console import process_console
from tui.lazy import lazy_module
from tui.records.grading.gates import FailOver

if TYPE_CHECKING:
    from tui.cli.shared import comparison, reports, run_names
else:
    comparison = lazy_module("tui.cli.shared.comparison")
    reports = lazy_module("tui.cli.shared.reports")
    run_names = lazy_module("tui.cli.shared.run_names")


@click.command(cls=JsonFilesCommand)
@click.argument("runs", metavar="[A] [B...]", nargs=-1, shell_complete=completing("runs_and_files"))
@click.option(
    "--fail-over",
    metavar="SHARE",
    type=fail_over_of,
    help="Exit code 3 if a model is slower by more, such as 5%; also quality=, e2e=, memory=, failures=, answers=5%.",
)
@click.option(
    "--relative-to",
    shell_complete=completing("all_models"),
    metavar="MODEL",
    help="A model that took turns with the others and did not change: what slowed both is left out.",
)
@click.option("--no-yardstick", is_flag=True, help="Compare the numbers as measured, also where both have a yardstick.")
@click.option("--anyway", is_flag=True, help="Compare runs that were asked different questions.")
@click.option("--per-prompt", is_flag=True, help="Show a row for each prompt, too.")
@json_option
@gate_file_options
@click.option("--md", "markdown_file", metavar="FILE", type=click.Path(path_type=Path), help="Write it as Markdown.")
@without_disturbed_option
@reference_option
@history_option
def command(
    *,
    runs: tuple[str, ...],
    fail_over: FailOver | None,
    relative_to: str | None,
    no_yardstick: bool,
    anyway: bool,
    per_prompt: bool,
    without_disturbed: bool,
    junit: Path | None,
    github: bool,
    json_file: Path | None,
    markdown_file: Path | None,
    references: tuple[Path, ...],
) -> int:
    """Compare the runs B with the earlier run A: TTFT and decode rate of every model, with intervals over launches.
    A sweep is compared length by length, and requests at once level by level. Where answers are graded, quality is the
    share of prompts that are answered rightly, compared prompt by prompt.

    Without a run, the latest benchmark is compared with the one before it; with A alone, the latest with A. A run is
    named by its id or the beginning of it (see benchtop history), a name, a tag, last, previous, or a file that --json
    or --deterministic-json has written. "benchtop guide compare" explains the verdicts.

    \b
    benchtop compare
    benchtop compare baseline.json last --fail-over 5%
    benchtop compare previous last --fail-over 5%,quality=5%
    benchtop compare previous last --relative-to practice-small
    """
    files = GateFiles(junit=junit, github=github)
    if files.is_wanted and fail_over is None:
        raise Refused("--junit and --github are of gates; add --fail-over 5%.")
    request = comparison.CompareRequest(
        gate_files=files,
        fail_over=fail_over,
        relative_to=relative_to,
        by_yardstick=not no_yardstick,
        anyway=anyway,
        per_prompt=per_prompt,
        json_file=json_file,
        markdown=markdown_file,
    )
    reports.check_files(request.files)
    before, *others = [
        replace(run_names.named_run(name, or_file=True), without_disturbed=without_disturbed)
        for name in _both_sides(runs)
    ]
    before = replace(before, references=reports.reference_rows(references))
    return comparison.compare_runs(before, others, process_console(), request)


def _both_sides(names: Sequence[str]) -> Sequence[str]:
    """Complete the names of runs, so that there is one to compare with and at least one that is compared."""
    match names:
        case [] | ["last"]:
            return ("previous", "last")
        case [before]:
            return (before, "last")
        case _:
            return names
