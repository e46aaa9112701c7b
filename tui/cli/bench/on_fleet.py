"""Does a benchmark on the machines of a fleet: ``benchtop bench --fleet``."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import click

from tui import paths
from tui.bench.fleet.coordination import Assignment, Checked, FleetRun, check_machines, why_not
from tui.bench.fleet.mirror import earlier_run
from tui.bench.fleet.network.client import FleetClient, connected
from tui.bench.fleet.network.fleet_file import Fleet, FleetError
from tui.bench.fleet.planning import portable_plan
from tui.bench.fleet.pushing import Cargo, cargo_of
from tui.cli.bench import fleet_tables
from tui.cli.bench.fleet_report import FleetReports, not_measured
from tui.cli.bench.own_options import BenchOptions
from tui.cli.bench.plan_file import read_named_plan
from tui.cli.bench.planning import plan_of
from tui.cli.fleet import bundles
from tui.cli.fleet.bringing import Bringer, Bringing, bringings
from tui.cli.fleet.desk import own_fleet
from tui.cli.shared.options import Refused, refusals, set_up
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.session import stopped_by_signals
from tui.cli.shared.values import history_file
from tui.config.fleet.plan_file import read_plan
from tui.config.fleet.plan_text import plan_text
from tui.console import Console, ExitCode
from tui.log import log_to_file
from tui.records import RunRecord, RunStatus
from tui.records.fleet.network import MachineHere
from tui.records.fleet.plan import FleetPlan
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.system.files import rename


@dataclass(frozen=True, slots=True)
class _Order:
    """The plan with its text, and what is asked of the fleet."""

    plan: FleetPlan
    text: str
    names: tuple[str, ...]
    """The machines that are to do it; empty for all."""
    resume: bool
    anyway: bool
    fetch: bool = False
    cargo: Mapping[str, Cargo] = field(default_factory=dict[str, Cargo])
    """The models that are copied from this machine to those that lack them."""
    bundle: str = ""
    """The bundle that the plan is from, which gets the results."""


def run_on_fleet(ctx: click.Context, options: BenchOptions, console: Console) -> int:
    """Check all machines, measure on those that can, and return the exit code."""
    reports = FleetReports.named(options)
    fleet = own_fleet()
    order = _order(ctx, options, console)
    log_to_file()
    try:
        return asyncio.run(_run(fleet, order, reports, console))
    except FleetError as error:
        raise Refused(f"{error}; benchtop fleet create opens the fleet.") from error
    except HistoryError as error:
        raise Refused(f"{error}.") from error


def _order(ctx: click.Context, options: BenchOptions, console: Console) -> _Order:
    resume, cargo = options["resume"], dict[str, Cargo]()
    bundle = options["plan_file"] or ""
    bundle = bundle if bundle and bundles.is_bundle(bundle) else ""
    if resume is not None:
        plan = _stored_plan(resume)
    elif bundle:
        plan, cargo = _unpacked(ctx, bundle, options, console)
    elif options["plan_file"] is not None:
        plan = read_named_plan(options["plan_file"])
    else:
        server_options = ServerOptions(options["endpoints"], options["trust_config"], options["models"])
        setup = set_up(ctx, options["config_folder"], console, options["cache_folder"], server_options)
        local = plan_of(ctx, setup, options, None, console)
        plan = portable_plan(local, options["memory_floor"], options["memory_limit"], console.status)
    text = plan_text(plan)
    # The id is made from the text, so the plan is read from it like any other.
    file = _plans_folder() / "plan.json"
    paths.write_atomically(file, text.encode("utf-8", "surrogatepass"), make_folder=True)
    with refusals():
        plan = read_plan(file)
    rename(file, _plans_folder() / f"plan-{plan.id}.json")
    names = tuple(name for part in (options["fleet"] or "").split(",") if (name := part.strip()))
    if options["push"] and not cargo:
        cargo = cargo_of(plan, set_up(ctx, options["config_folder"], console, options["cache_folder"]).models)
    return _Order(plan, text, names, resume is not None, options["anyway"], options["fetch"], cargo, bundle)


def _unpacked(
    ctx: click.Context, name: str, options: BenchOptions, console: Console
) -> tuple[FleetPlan, dict[str, Cargo]]:
    """Read the plan of a bundle, and have its models ready for the machines that lack them."""
    with bundles.opened(name) as (bundle, plan):
        setup = set_up(ctx, options["config_folder"], console, options["cache_folder"])
        if bundles.take_over(bundle, plan, setup, console):
            setup = set_up(ctx, options["config_folder"], console, options["cache_folder"])
    return plan, cargo_of(plan, setup.models)


def _stored_plan(plan_id: str) -> FleetPlan:
    """Read the plan that was done last or, with an id or its beginning, that one."""
    files = sorted(_plans_folder().glob("plan-*.json"), key=lambda file: file.stat().st_mtime)
    matching = [file for file in files if file.stem.removeprefix("plan-").startswith(plan_id)]
    if not matching:
        raise Refused(
            f"no plan {plan_id} was done on this fleet."
            if plan_id
            else "no plan was done on this fleet, so none goes on."
        )
    with refusals():
        return read_plan(matching[-1])


def _plans_folder() -> Path:
    return paths.fleet_dir()


async def _run(fleet: Fleet, order: _Order, reports: FleetReports, console: Console) -> int:
    stop = asyncio.Event()
    with stopped_by_signals(stop, _leave), closing(History(history_file())) as history:
        async with connected(fleet) as client:
            known = sorted({*client.machines, *(name for name, one in fleet.machines.items() if not one.revoked)})
            names = _chosen(order.names, known)
            checks = await _check(client, names, order, console, stop)
            show = console.warn if reports.on_stdout else console.data
            brought = bringings(checks, order.cargo, fetch=order.fetch)
            _show_checks(checks, client, brought, show, console)
            if brought and not stop.is_set():
                await Bringer(client, order.text, console, stop).bring(brought)
                checks = await _checked_again(client, checks, brought, order, console, stop)
                _show_checks(checks, client, (), show, console)
            if stop.is_set():
                return ExitCode.INTERRUPTED
            assignments, finished = _assignments(history, order, checks, client.machines)
            for name in finished:
                console.say(f"{name} has done this plan already.")
            if not assignments:
                console.warn("There is nothing to start." if finished else "No machine can start.")
            run = FleetRun(client, history, order.plan, order.text, anyway=order.anyway)
            if assignments:
                await _follow(run, assignments, console, stop)
        runs = finished | {one.name: one.run for one in run.machines.values() if one.run is not None}
        if order.bundle:
            for measured in runs.values():
                bundles.keep_result(order.bundle, measured, console)
        return _finish(run, runs, checks, reports, console, stopped=stop.is_set())


def _show_checks(
    checks: Sequence[Checked],
    client: FleetClient,
    brought: Sequence[Bringing],
    show: Callable[[str], None],
    console: Console,
) -> None:
    sizes = {one.name: one.size_bytes for one in brought}
    show(fleet_tables.checks_table(checks, client.machines, console.out_width, sizes))
    for sentence in (*fleet_tables.to_bring(brought), *fleet_tables.remarks(checks, brought)):
        console.warn(sentence)


async def _checked_again(
    client: FleetClient,
    checks: Sequence[Checked],
    brought: Sequence[Bringing],
    order: _Order,
    console: Console,
    stop: asyncio.Event,
) -> list[Checked]:
    """Ask the machines again that have got models; the answers of the others stay."""
    await client.until_free({one.name for one in brought})
    fresh = {one.name: one for one in await _check(client, [one.name for one in brought], order, console, stop)}
    return [fresh.get(one.name, one) for one in checks]


def _chosen(names: Sequence[str], known: Sequence[str]) -> list[str]:
    unknown = [name for name in names if name not in known]
    if unknown:
        listed = ", ".join(known) or "none yet"
        raise Refused(f"no machine of the fleet has the name {unknown[0]} (there are: {listed}).")
    if not known:
        raise Refused("no machine has joined the fleet yet; benchtop fleet join lets one join.")
    return list(names or known)


async def _check(
    client: FleetClient, names: Sequence[str], order: _Order, console: Console, stop: asyncio.Event
) -> list[Checked]:
    """Ask the machines that are here; the others have the reason why they were not asked."""
    problems = {name: why_not(client.machines.get(name), anyway=order.anyway) for name in names}
    checks = {name: Checked(name=name, problem=problem) for name, problem in problems.items() if problem}
    asked = [name for name in names if name not in checks]
    console.status(f"asking {len(asked)} machines what they have")
    async with aclosing(check_machines(client, asked, order.text, stop)) as answers:
        async for answer in answers:
            checks[answer.name] = answer
            console.status(f"{len(checks)} of {len(names)} machines have answered")
    return [checks[name] for name in names]


def _assignments(
    history: History, order: _Order, checks: Sequence[Checked], machines: Mapping[str, MachineHere]
) -> tuple[list[Assignment], dict[str, RunRecord]]:
    """Give what each machine is to do, and the runs of those that have done the plan already."""
    assignments: list[Assignment] = []
    finished: dict[str, RunRecord] = {}
    for checked in checks:
        before = earlier_run(history, order.plan.id, checked.name) if order.resume else None
        if before is not None and before.status is RunStatus.DONE:
            finished[checked.name] = history.run(before.run_id)
        elif checked.check is not None and any(not model.problem for model in checked.check.models):
            group = machines[checked.name].group if checked.name in machines else ""
            resume = before.run_id if before is not None else ""
            assignments.append(Assignment(name=checked.name, group=group, resume=resume))
    return assignments, finished


async def _follow(run: FleetRun, assignments: Sequence[Assignment], console: Console, stop: asyncio.Event) -> None:
    lines = fleet_tables.ProgressLines(console)

    async def stop_run() -> None:
        await stop.wait()
        console.say("Stopping all machines; what is finished is kept.")
        run.stop()

    stopping = asyncio.create_task(stop_run())
    try:
        async with aclosing(run.run(assignments)) as states:
            async for machines in states:
                lines.show(machines)
    finally:
        stopping.cancel()


def _finish(
    run: FleetRun,
    runs: Mapping[str, RunRecord],
    checks: Sequence[Checked],
    reports: FleetReports,
    console: Console,
    *,
    stopped: bool,
) -> int:
    """Show how each machine ended, write the report on all of them, and return the exit code."""
    show = console.warn if reports.on_stdout else console.data
    if run.machines:
        show(fleet_tables.outcome_table(run.machines, checks, console.out_width))
    failures = [not_measured(one.name, one.problem) for one in checks if one.problem]
    failures += [
        not_measured(one.name, f"{one.state.value}: {one.reason}") for one in run.machines.values() if one.reason
    ]
    written = reports.write({name: one for name, one in runs.items() if one.samples or one.loads}, failures, console)
    if run.trouble:
        console.warn(f"{run.trouble}. The history lacks a part of this run.")
    if stopped:
        console.say('Stopped; "benchtop bench --fleet --resume" goes on from there on each machine.')
        return ExitCode.INTERRUPTED
    unfinished = [one.name for one in run.machines.values() if not one.is_done]
    if unfinished:
        console.say(f'Not done: {", ".join(unfinished)}; "benchtop bench --fleet --resume" goes on there.')
    failed = any(fleet_tables.failed_models(one) for one in runs.values())
    if unfinished or failed or len(runs) < len(checks):
        return ExitCode.MODEL_FAILED
    return ExitCode.DONE if written else ExitCode.USAGE


def _leave() -> NoReturn:
    os._exit(ExitCode.INTERRUPTED)
