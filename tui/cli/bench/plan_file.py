"""Does the benchmark of a plan file on this machine: ``benchtop bench --plan``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from tui import __version__, paths
from tui.bench.fleet.planning import local_plan
from tui.bench.planning.checks import Names, wrong_with
from tui.bench.planning.presets import with_power
from tui.cli.bench.benchmark import run_benchmark
from tui.cli.bench.own_options import BenchOptions
from tui.cli.bench.planning import gate_of
from tui.cli.fleet import bundles
from tui.cli.shared.options import Refused, one_model, refusals, set_up
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.stdin import file_of
from tui.config.consent import agreed, decide
from tui.config.fleet.plan_file import consent_request, read_plan
from tui.console import Console
from tui.library.fleet.bundle import Bundle
from tui.records import Plan
from tui.records.fleet.plan import FleetPlan
from tui.text.escape import visible


def run_plan_file(ctx: click.Context, options: BenchOptions, console: Console) -> int:
    """Do the plan that the options name, and return the exit code; a model that is not here is a row that failed."""
    name = options["plan_file"] or ""
    if bundles.is_bundle(name):
        with bundles.opened(name) as (bundle, plan):
            return _run(ctx, plan, options, console, bundle)
    return _run(ctx, read_named_plan(name), options, console)


def _run(
    ctx: click.Context, plan: FleetPlan, options: BenchOptions, console: Console, bundle: Bundle | None = None
) -> int:
    settle_plan_consent(plan, console, trust=options["trust_plan"])
    aliases = tuple(model.alias for model in plan.models)
    server_options = ServerOptions(
        options["endpoints"], options["trust_config"], aliases, options["judges"] or (), planned=plan.servers
    )
    setup = set_up(ctx, options["config_folder"], console, options["cache_folder"], server_options)
    if bundle is not None and bundles.take_over(bundle, plan, setup, console):
        setup = set_up(ctx, options["config_folder"], console, options["cache_folder"], server_options)
    judges = [one_model(setup, judge, console) for judge in options["judges"] or ()]
    gate = gate_of(options)
    local = with_power(local_plan(plan, setup.models, console.status), setup.config.power)
    if (problem := wrong_with(local, Names())) is not None:
        raise Refused(f"the plan {plan.id} cannot be done: {problem}")
    if gate is not None:
        gate.check(local)
    _tell_version(plan, console)
    _tell_differences(local, console)
    options["memory_floor"], options["memory_limit"] = plan.memory_floor_bytes, plan.memory_limit_bytes
    if bundle is None:
        return run_benchmark(local, options, setup, console, gate=gate, judges=judges)
    keep = partial(bundles.keep_result, options["plan_file"] or "", console=console)
    return run_benchmark(local, options, setup, console, gate=gate, judges=judges, keep=keep)


def settle_plan_consent(plan: FleetPlan, console: Console, *, trust: bool) -> None:
    """Refuse a plan that names servers or code, unless this machine's user has agreed to it, or does so now."""
    request = consent_request(plan)
    if request is None or agreed(request):
        return
    listed = "; ".join(request.requests)
    if not trust:
        raise Refused(
            f"the plan {plan.id} asks for {listed}. None of it is used before you agree, once, with --trust-plan."
        )
    console.say(f"Agreed for the plan {plan.id}: {listed}.")
    try:
        decide(request, yes=True)
    except OSError as error:
        raise Refused(f"that you agree could not be kept ({error}); make room.") from error


def read_named_plan(name: str) -> FleetPlan:
    """Read the plan in a file or, for ``-``, on stdin; refuse the command if it is none."""
    with file_of(name, "the plan") as file, refusals():
        return read_plan(paths.expanded(Path(file)))


def _tell_version(plan: FleetPlan, console: Console) -> None:
    """Tell that the plan is of another version of Benchtop, and what to do, before anything is measured."""
    if plan.benchtop not in ("", __version__):
        theirs = visible(plan.benchtop)
        console.warn(
            f"The plan is of Benchtop {theirs}, and this is {__version__}: numbers of two versions may not compare, "
            f"and the report names the difference. pip install foundry-benchtop=={theirs} installs the same."
        )


def _tell_differences(plan: Plan, console: Console) -> None:
    for content in plan.contents:
        if content.missing:
            console.warn(f"{content.key} fails in this run: {content.missing}.")
        elif content.differs:
            console.warn(
                f"{content.key} has other bytes here than the plan means; it is measured, and the result says so."
            )
