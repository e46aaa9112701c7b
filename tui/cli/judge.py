"""``benchtop judge``: lets a model rate the answers of a run that is over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.bench.memory.fit import with_context_limit
from tui.cli.shared.options import one_model, set_up
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.values import (
    cache_option,
    completing,
    config_option,
    endpoint_options,
    guard_options,
    history_option,
    whole_from,
)
from tui.console import process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui.cli.shared import judging, run_names, session
else:
    judging = lazy_module("tui.cli.shared.judging")
    run_names = lazy_module("tui.cli.shared.run_names")
    session = lazy_module("tui.cli.shared.session")


@click.command()
@click.argument("run", metavar="RUN", shell_complete=completing("runs"))
@click.option(
    "--judge",
    metavar="MODEL",
    shell_complete=completing("all_models"),
    required=True,
    help="Which model judges: any of the list.",
)
@click.option("--self", "itself", is_flag=True, help="Let it judge its own answers too.")
@click.option("--context", metavar="N", type=whole_from(1), help="Load it with at most this context, in tokens.")
@click.option(
    "--max-tokens",
    "reply_tokens",
    metavar="N",
    type=whole_from(1),
    help="The limit of each reply, thoughts included; by default 200, and 4,000 for a judge that thinks.",
)
@guard_options
@history_option
@endpoint_options
@cache_option
@config_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    config_folder: Path | None,
    cache_folder: Path | None,
    run: str,
    judge: str,
    itself: bool,
    context: int | None,
    reply_tokens: int | None,
    memory_floor: int | None,
    memory_limit: int | None,
    endpoints: tuple[str, ...],
    trust_config: bool,
) -> int:
    """Let a model score each answer twice (rubric 1-5 and 5-1), and compare each pair of answers in both orders.

    RUN is the id of a run or its beginning, a name, a tag, last or previous. What was judged before is not asked again.
    Exit code 1 when the judge gave nothing that could be used.

    \b
    benchtop judge last --judge phi-4-mini
    """
    console = process_console()
    setup = set_up(ctx, config_folder, console, cache_folder, ServerOptions(endpoints, trust_config, (judge,)))
    model = one_model(setup, judge, console)
    model = model if context is None else with_context_limit(model, context)
    opener = session.opener_for(setup.models, memory_floor, memory_limit)
    _, exit_code = judging.judge_answers(
        run_names.named_run(run), model, opener, console, itself=itself, reply_tokens=reply_tokens
    )
    return exit_code
