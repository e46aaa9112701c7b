"""``benchtop bench``: measures models without a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from tui.cli.bench.own_options import BenchCommand, BenchOptions, gate_options, refuse_other_plan, sweep_of
from tui.cli.bench.planning import gate_of, plan_of
from tui.cli.shared.options import memory_options, one_model, set_up
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.setting_options import OTHER_SETTINGS, SERVER_SETTINGS, setting_options
from tui.cli.shared.values import (
    cache_option,
    completing,
    config_option,
    endpoint_options,
    history_option,
    judge_option,
    names,
    report_options,
    without_disturbed_option,
)
from tui.console import process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui.cli.bench import benchmark
else:
    benchmark = lazy_module("tui.cli.bench.benchmark")


@click.command(cls=BenchCommand)
@click.option(
    "--models",
    metavar="A,B",
    type=names,
    shell_complete=completing("models"),
    help="Models to measure; see benchtop models. [BENCH_MODELS]",
)
@click.option(
    "--prompts",
    metavar="SET|FILE",
    shell_complete=completing("prompt_sets"),
    help="A set of prompts.json, or a file with prompts.",
)
@click.option("--prompt", metavar="TEXT", help="One prompt instead of a set. [BENCH_PROMPT]")
@click.option(
    "--sweep",
    metavar="WHAT:N,N",
    type=sweep_of,
    help="Lengths in place of a set: prompt:128,512 or output:32,128; or settings: context:2048,8192, chunk:128,2048.",
)
@click.option(
    "--protocol",
    metavar="NAME",
    shell_complete=completing("protocols"),
    help="quick, workshop, thorough or one of prompts.json; a flag beside it goes first.",
)
@setting_options(OTHER_SETTINGS)
@click.option(
    "--resume",
    shell_complete=completing("runs"),
    metavar="[RUN]",
    is_flag=False,
    flag_value="",
    help="Let the latest benchmark that was interrupted or stopped go on, or this one.",
)
@click.option("--anyway", is_flag=True, help="Resume also when models or machine have changed.")
@judge_option
@without_disturbed_option
@memory_options
@endpoint_options
@setting_options(SERVER_SETTINGS)
@history_option
@report_options
@gate_options
@cache_option
@config_option
@click.pass_context
def command(ctx: click.Context, **options: Unpack[BenchOptions]) -> int:
    """Measure models on a set of prompts, each model in a process of its own.

    Progress goes to stderr, the table to stdout. Ctrl-C stops and keeps what is finished.

    \b
    benchtop bench --models practice-small,practice-large --rounds 5 --md report.md
    benchtop bench --protocol quick
    benchtop bench --resume
    """
    console = process_console()
    resuming = options["resume"] is not None
    if resuming:
        refuse_other_plan(ctx)
    server_options = ServerOptions(options["endpoints"], options["trust_config"], options["models"], options["judge"])
    setup = set_up(ctx, options["config_folder"], console, options["cache_folder"], server_options)
    judge = None if options["judge"] is None else one_model(setup, options["judge"], console)
    gate = gate_of(options)
    plan = None if resuming else plan_of(ctx, setup, options, gate, console)
    return benchmark.run_benchmark(plan, options, setup, console, gate=gate, judge=judge)
