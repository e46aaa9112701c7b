"""``benchtop compare``: what became of the numbers between two runs."""

from __future__ import annotations

import math
import re

import click

from tui.console import process_console


def percentage(value: str) -> float:
    """The kind of option that takes a share in per cent: ``5%``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", value.strip())
    if match is None or not math.isfinite(share := float(match[1]) / 100):
        raise click.BadParameter(f"{value} is not a share such as 5%.")
    return share


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--fail-over", metavar="SHARE", type=percentage, help="Exit code 3 if B is slower by more, as 5%.")
@click.option("--anyway", is_flag=True, help="Compare runs that were not asked the same.")
@click.option("--per-prompt", is_flag=True, help="A row for each prompt as well.")
def command(*, before: str, after: str, fail_over: float | None, anyway: bool, per_prompt: bool) -> int:
    """Compare run B with the earlier run A: TTFT and decode rate of every model, with intervals over launches.

    A and B are ids of runs or their beginnings (see benchtop history), or last, or previous, or files that --json has
    written.
    """
    from tui.cli.comparing import compare_runs
    from tui.cli.runs import named_run

    console = process_console()
    first, second = named_run(before, or_file=True), named_run(after, or_file=True)
    return compare_runs(first, second, console, fail_over=fail_over, anyway=anyway, per_prompt=per_prompt)
