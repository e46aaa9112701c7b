"""``benchtop route``: names the measured model that a task should go to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.shared.values import above_zero, endpoint_options, history_option, json_option, names, size_in_bytes
from tui.console import process_console
from tui.lazy import lazy_module
from tui.records.decision import Needs

if TYPE_CHECKING:
    from tui.cli.route import output
else:
    output = lazy_module("tui.cli.route.output")


@click.command()
@click.option("--capability", "capabilities", metavar="TAG,TAG", type=names, help="Tags that the model must have.")
@click.option("--max-memory", metavar="SIZE", type=size_in_bytes, help="The most memory that it may take, such as 3gb.")
@click.option("--min-rate", metavar="R", type=above_zero, help="The lowest decode rate, in tokens per second.")
@click.option("--max-ttft", metavar="MS", type=above_zero, help="The longest time to first token, in milliseconds.")
@click.option("--every-machine", is_flag=True, help="Take the numbers of the worst machine of each model.")
@endpoint_options
@json_option
@history_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    capabilities: tuple[str, ...] | None,
    max_memory: int | None,
    min_rate: float | None,
    max_ttft: float | None,
    every_machine: bool,
    endpoints: tuple[str, ...],
    trust_config: bool,
    json_file: Path | None,
) -> int:
    """Name the model that a task should go to, among those that were measured.

    The latest benchmark of each model counts, sweeps aside. A model whose value is unknown, or that cannot be run now,
    does not meet a need; of the others the fastest is taken. The model goes to stdout, the reasons to stderr. Exit code
    1 if no model meets the needs.

    \b
    benchtop route --capability summarize --max-memory 3gb --min-rate 20
    """
    needs = Needs(
        capabilities=capabilities or (), max_memory_bytes=max_memory, min_tok_s=min_rate, max_ttft_ms=max_ttft
    )
    return output.route_task(
        ctx, needs, process_console(), json_file, endpoints, every_machine=every_machine, trust=trust_config
    )
