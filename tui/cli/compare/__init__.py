"""``benchtop compare``: what became of the numbers between two runs, or of several against one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from tui.cli.shared.values import history_option, percentage, without_disturbed_option
from tui.console import process_console


@click.command()
@click.argument("before", metavar="A")
@click.argument("others", metavar="B...", nargs=-1, required=True)
@click.option("--fail-over", metavar="SHARE", type=percentage, help="Exit code 3 if one is slower by more, as 5%.")
@click.option(
    "--relative-to",
    metavar="MODEL",
    help="A model that took turns with the others and did not change: what slowed both is left out.",
)
@click.option("--anyway", is_flag=True, help="Compare runs that were not asked the same.")
@click.option("--per-prompt", is_flag=True, help="A row for each prompt as well.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON instead of the table.")
@click.option("--md", "markdown_file", metavar="FILE", type=click.Path(path_type=Path), help="Write it as Markdown.")
@without_disturbed_option
@history_option
def command(
    *,
    before: str,
    others: tuple[str, ...],
    fail_over: float | None,
    relative_to: str | None,
    anyway: bool,
    per_prompt: bool,
    without_disturbed: bool,
    as_json: bool,
    markdown_file: Path | None,
) -> int:
    """Compare the runs B with the earlier run A: TTFT and decode rate of every model, with intervals over launches. A
    sweep is compared length by length, and requests at once number by number.

    Each is the id of a run or its beginning (see benchtop history), a name, a tag, last, previous, or a file that
    --json or --deterministic-json has written.

    \b
    benchtop compare previous last
    benchtop compare baseline.json last --fail-over 5%
    benchtop compare previous last --relative-to practice-small
    """
    from tui.cli.bench.run import Reports
    from tui.cli.compare.output import CompareRequest, compare_runs
    from tui.cli.shared.run_names import named_run

    Reports(markdown=markdown_file).check()
    wish = CompareRequest(
        fail_over=fail_over,
        relative_to=relative_to,
        anyway=anyway,
        per_prompt=per_prompt,
        as_json=as_json,
        markdown=markdown_file,
    )
    found = (named_run(name, or_file=True) for name in (before, *others))
    runs = [replace(run, without_disturbed=without_disturbed) for run in found]
    return compare_runs(runs[0], runs[1:], process_console(), wish)
