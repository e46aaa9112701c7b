"""``benchtop bench``: measures models without a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from tui.cli.bench.own_options import BenchCommand, BenchOptions, gate_options, name_this_machine, refuse_other_plan
from tui.cli.bench.planning import gate_of, plan_of
from tui.cli.bench.what_options import what_options
from tui.cli.shared.extras import need_extra
from tui.cli.shared.options import Refused, memory_options, one_model, set_up
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.setting_options import SERVER_SETTINGS, setting_options
from tui.cli.shared.values import (
    cache_option,
    completing,
    config_option,
    endpoint_options,
    history_option,
    judge_option,
    judge_tokens_option,
    report_options,
    without_disturbed_option,
)
from tui.console import process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui.cli.bench import benchmark, on_fleet, plan_file
else:
    benchmark = lazy_module("tui.cli.bench.benchmark")
    on_fleet = lazy_module("tui.cli.bench.on_fleet")
    plan_file = lazy_module("tui.cli.bench.plan_file")


@click.command(cls=BenchCommand)
@what_options
@click.option(
    "--resume",
    shell_complete=completing("runs"),
    metavar="[RUN]",
    is_flag=False,
    flag_value="",
    help="Let the latest benchmark that was interrupted or stopped go on, or this one.",
)
@click.option(
    "--plan",
    "plan_file",
    metavar="FILE|-",
    help="Do what a file of benchtop plan says; this machine's models are used.",
)
@click.option("--trust-plan", is_flag=True, help="Agree for good to the servers and the code that the plan names.")
@click.option(
    "--fleet",
    metavar="[A,B]",
    is_flag=False,
    flag_value="",
    help="Measure on all machines of the fleet, or on these; see benchtop fleet.",
)
@click.option("--fetch", is_flag=True, help="With --fleet: machines download the models that they lack.")
@click.option("--push", is_flag=True, help="With --fleet: models that machines lack are copied from this one.")
@click.option("--label", metavar="NAME", help="Name this machine in reports on many machines, from now on.")
@click.option("--anyway", is_flag=True, help="Resume also when models or machine have changed.")
@judge_option
@judge_tokens_option
@click.option(
    "--run-code",
    is_flag=True,
    help="Agree that code in answers is run against the tests of its prompt, in a child process with limits.",
)
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
    benchtop bench --models practice-small --pack arithmetic --rounds 1
    benchtop bench --protocol quick
    benchtop bench --resume
    """
    console = process_console()
    resuming = options["resume"] is not None
    if resuming or options["plan_file"] is not None:
        refuse_other_plan(ctx, "--resume" if resuming else "--plan")
    elif options["trust_plan"]:
        raise Refused("--trust-plan goes with --plan only.")
    elif options["anyway"] and options["fleet"] is None:
        raise Refused("--anyway goes with --resume and --fleet only.")
    if (options["fetch"] or options["push"]) and options["fleet"] is None:
        raise Refused(f"--{'fetch' if options['fetch'] else 'push'} goes with --fleet only.")
    if options["label"] is not None:
        name_this_machine(options["label"])
    if options["fleet"] is not None:
        need_extra()
        return on_fleet.run_on_fleet(ctx, options, console)
    if options["anyway"] and not resuming:
        raise Refused("--anyway goes with --resume and --fleet only.")
    if options["plan_file"] is not None:
        return plan_file.run_plan_file(ctx, options, console)
    judges = options["judges"] or ()
    server_options = ServerOptions(options["endpoints"], options["trust_config"], options["models"], judges)
    setup = set_up(ctx, options["config_folder"], console, options["cache_folder"], server_options)
    judging = [one_model(setup, judge, console) for judge in judges]
    gate = gate_of(options)
    plan = None if resuming else plan_of(ctx, setup, options, gate, console)
    return benchmark.run_benchmark(plan, options, setup, console, gate=gate, judges=judging)
