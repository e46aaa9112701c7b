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
    names,
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
    "--judges",
    "judges",
    metavar="A,B",
    type=names,
    shell_complete=completing("all_models"),
    required=True,
    help="Which models judge, one after the other: any of the list.",
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
    judges: tuple[str, ...],
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
    Of several judges, it is told how far they agree. Exit code 1 when a judge gave nothing that could be used.

    \b
    benchtop judge last --judge phi-4-mini
    benchtop judge last --judges phi-4-mini,qwen2.5-7b
    """
    console = process_console()
    setup = set_up(ctx, config_folder, console, cache_folder, ServerOptions(endpoints, trust_config, judges))
    models = [one_model(setup, judge, console) for judge in judges]
    models = [model if context is None else with_context_limit(model, context) for model in models]
    opener = session.opener_for(setup.models, memory_floor, memory_limit)
    _, exit_code = judging.judge_in_turn(
        run_names.named_run(run), models, opener, console, itself=itself, reply_tokens=reply_tokens
    )
    return exit_code
