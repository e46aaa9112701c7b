"""Does a benchmark, prints its table and writes its reports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.bench.events import RunFinished
from tui.cli.bench.code_grading import run_code
from tui.cli.bench.own_options import BenchOptions
from tui.cli.bench.progress_line import ProgressLine
from tui.cli.bench.remarks import remarks
from tui.cli.bench.resuming import take_over_run
from tui.cli.bench.terminal_table import terminal_table
from tui.cli.shared.gates import GateFiles, write_results
from tui.cli.shared.judging import judge_in_turn
from tui.cli.shared.options import Setup
from tui.cli.shared.reports import Reports
from tui.cli.shared.session import open_session, opener_for
from tui.console import Console, ExitCode
from tui.lazy import lazy_module
from tui.log import log_to_file
from tui.measure.timing.summary import summarize
from tui.records import Model, ModelStatus, Plan, RunRecord, RunStatus
from tui.reports.markdown import results_table
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.cli.bench import gate as gates
    from tui.cli.bench.gate import Gate
    from tui.measure.answers import quality_gate
else:
    quality_gate = lazy_module("tui.measure.answers.quality_gate")
    gates = lazy_module("tui.cli.bench.gate")


def run_benchmark(
    plan: Plan | None,
    options: BenchOptions,
    setup: Setup,
    console: Console,
    *,
    gate: Gate | None,
    judges: Sequence[Model],
    keep: Callable[[RunRecord], None] = lambda _: None,
) -> int:
    """Do the plan or, if there is none, the run that is to be resumed, and return the exit code.

    The table is printed and the reports are written also after an interrupt. The ``judges`` rate the answers once
    all is measured, and a run in which no model failed is then compared with the baseline of the ``gate``. ``keep`` is
    given the run once its reports are written.
    """
    reports = Reports.named()
    resumed = None
    if plan is None:
        resumed = take_over_run(options["resume"] or "", setup.models, console, anyway=options["anyway"])
        plan = resumed.plan
    if options["fail_under"] is not None:
        gates.check_expectations(plan)
    opener = opener_for(setup.models, options["memory_floor"], options["memory_limit"])
    log_to_file()
    run = asyncio.run(_measure(plan, resumed, opener, console, without_disturbed=options["without_disturbed"]))
    run = replace(run, without_disturbed=options["without_disturbed"])
    run = run_code(run, console, agree=options["run_code"])
    _print_table(run, console, with_table=not reports.on_stdout)
    judging = ExitCode.DONE
    if judges and run.status is not RunStatus.STOPPED:
        run, judging = judge_in_turn(run, judges, opener, console, reply_tokens=options["judge_tokens"])
    written = reports.write(run, console)
    keep(run)
    if run.status is RunStatus.STOPPED:
        console.say('Stopped; what was finished is kept, and "benchtop bench --resume" goes on from there.')
        return ExitCode.INTERRUPTED
    failed = [summary.key for summary in summarize(run) if summary.status is ModelStatus.FAILED]
    if failed:
        console.warn(f"Failed: {', '.join(failed)}.")
        return ExitCode.MODEL_FAILED
    outcome = _judge_gates(run, options, gate, console, with_table=not reports.on_stdout)
    return outcome or judging or (ExitCode.DONE if written else ExitCode.USAGE)


def _judge_gates(
    run: RunRecord, options: BenchOptions, gate: Gate | None, console: Console, *, with_table: bool
) -> int:
    """Hold the run against the baseline and the limit of quality, as far as there are any; returns the exit code."""
    limit = options["fail_under"]
    under = () if limit is None else quality_gate.results_under(run, limit)
    files, written = GateFiles(options["junit"], options["github"]), True
    regression = ExitCode.DONE
    if gate is not None:
        regression = gate.judge(run, console, with_table=with_table, further_results=under)
    elif files.is_wanted:
        written = write_results(under, run.run_id, files, console)
    below = ExitCode.DONE if limit is None else gates.judge_quality(under, console, is_failed=bool(regression))
    return regression or below or (ExitCode.DONE if written else ExitCode.USAGE)


async def _measure(
    plan: Plan,
    resumed: RunRecord | None,
    opener: Callable[[], Workspace],
    console: Console,
    *,
    without_disturbed: bool,
) -> RunRecord:
    """Do the plan, or what is missing of the resumed run, and show its progress."""
    progress = ProgressLine(plan, console)
    finished: RunRecord | None = None
    async with (
        open_session(console, opener) as session,
        aclosing(session.play(plan, resumed, without_disturbed=without_disturbed)) as events,
    ):
        progress.know(await session.paces(plan))
        async for event in events:
            progress.show(event)
            if isinstance(event, RunFinished):
                finished = event.run
    if finished is None:
        raise RuntimeError("a run ended without its last event")
    return finished


def _print_table(run: RunRecord, console: Console, *, with_table: bool) -> None:
    if with_table:
        width = console.out_width
        console.data(results_table(run) if width is None else terminal_table(run, width))
        console.end_line()
    for remark in remarks(run):
        console.say(remark)
