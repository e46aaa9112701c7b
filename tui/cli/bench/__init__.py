"""``benchtop bench``: measure models without a screen."""

from __future__ import annotations

from typing import Unpack

import click

from tui.cli import config_option
from tui.cli.bench.planning import NO_PLAN, BenchOptions, plan_of, sweep_of
from tui.cli.bench.resuming import refuse_other_plan, taken_over
from tui.cli.shared.gate import gate, gate_options
from tui.cli.shared.options import Servers, memory_options, one_model, set_up
from tui.cli.shared.settings import OTHER_SETTINGS, SERVER_SETTINGS, setting_options
from tui.cli.shared.values import (
    cache_option,
    endpoint_options,
    history_option,
    judge_option,
    names,
    report_options,
    without_disturbed_option,
)
from tui.console import process_console


@click.command()
@click.option("--models", metavar="A,B", type=names, help="Models to measure; see benchtop models. [BENCH_MODELS]")
@click.option("--prompts", metavar="SET|FILE", help="A set of prompts.json, or a file with prompts.")
@click.option("--prompt", metavar="TEXT", help="One prompt instead of a set. [BENCH_PROMPT]")
@click.option(
    "--sweep", metavar="WHAT:N,N", type=sweep_of, help="Lengths in place of a set: prompt:128,512 or output:32,128."
)
@click.option(
    "--protocol", metavar="NAME", help="quick, workshop, thorough or one of prompts.json; a flag beside it goes first."
)
@setting_options(OTHER_SETTINGS)
@click.option(
    "--resume",
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
def command(ctx: click.Context, **given: Unpack[BenchOptions]) -> int:
    """Measure models on a set of prompts, each model in a process of its own.

    Progress goes to stderr, the table to stdout. Ctrl-C stops and keeps what is finished.

    \b
    benchtop bench --models practice-small,practice-large --rounds 5 --md report.md
    benchtop bench --protocol quick
    benchtop bench --resume
    """
    console = process_console()
    resume = given["resume"]
    if resume is not None:
        refuse_other_plan(ctx)
    servers = Servers(given["endpoints"], given["trust_config"], given["models"], given["judge"])
    setup = set_up(ctx, given["config_folder"], console, given["cache_folder"], servers)
    judge = None if given["judge"] is None else one_model(setup, given["judge"], console)
    held = gate(given["baseline"], given["fail_over"], given["relative_to"])
    plan = NO_PLAN if resume is not None else plan_of(ctx, setup, given, held, console)
    # Imported here, so that neither help nor a wrong option waits for it.
    from tui.bench.memory.guard import Guard
    from tui.cli.bench.run import Reports, benchmark
    from tui.cli.shared.session import CommandServices

    reports = Reports.of(given)
    reports.check()
    guard = Guard(given["memory_floor"], given["memory_limit"])
    run = None if resume is None else taken_over(resume, setup.models, anyway=given["anyway"])
    return benchmark(
        plan if run is None else run.plan,
        reports,
        CommandServices(guard, setup.models),
        console,
        gate=held,
        resuming=run,
        without_disturbed=given["without_disturbed"],
        judge=judge,
    )
