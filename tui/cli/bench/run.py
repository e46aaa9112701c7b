"""Doing what ``benchtop bench`` was asked: the run, the table and the reports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from tui.bench.events import RunFinished
from tui.cli.bench.progress import ProgressLine
from tui.cli.bench.remarks import remarks
from tui.cli.judge.output import judge_answers
from tui.cli.shared.gate import Gate
from tui.cli.shared.options import Refused
from tui.cli.shared.session import CommandServices, open_session
from tui.cli.shared.values import ReportFiles, history_file
from tui.console import Console, ExitCode
from tui.log import log_to_file
from tui.measure.timing.summary import summarize
from tui.records import Model, ModelStatus, Plan, RunRecord, RunStatus
from tui.reports import export
from tui.reports.json import baseline
from tui.store.history import readings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Where the reports of a run are to be written."""

    markdown: Path | None = None
    html: Path | None = None
    csv: Path | None = None
    json: Path | None = None
    arrivals: Path | None = None
    deterministic: Path | None = None

    @staticmethod
    def of(given: ReportFiles) -> Reports:
        """Those that the options name."""
        return Reports(
            markdown=given["markdown_file"],
            html=given["html_file"],
            csv=given["csv_file"],
            json=given["json_file"],
            arrivals=given["arrivals_file"],
            deterministic=given["deterministic_file"],
        )

    @property
    def asked(self) -> tuple[Path, ...]:
        """Every file that is to be written."""
        files = (self.markdown, self.html, self.csv, self.json, self.arrivals, self.deterministic)
        return tuple(file for file in files if file is not None)

    def check(self) -> None:
        """Refuse a path that cannot be written, or is named twice, before anything is measured."""
        try:
            for path in self.asked:
                export.check_writable(path)
        except export.ExportError as error:
            raise Refused(str(error)) from error
        if len({path.resolve() for path in self.asked}) < len(self.asked):
            raise Refused("two reports would go to the same file; give each a name of its own.")

    def write(self, run: RunRecord, console: Console) -> bool:
        """Write those that were asked for; says whether all were written."""
        readings = readings_of(history_file(), run.run_id) if self.markdown or self.html else ()
        kinds: tuple[tuple[Path | None, Callable[[], str]], ...] = (
            (self.markdown, lambda: export.markdown(run, readings)),
            (self.html, lambda: export.html(run, readings)),
            (self.csv, lambda: export.csv(run)),
            (self.json, lambda: export.json_text(run)),
            (self.arrivals, lambda: export.arrivals(run)),
            (self.deterministic, lambda: baseline.text_of(run)),
        )
        written = True
        for path, text_of in kinds:
            if path is None:
                continue
            try:
                export.write(path, text_of())
                console.say(f"{path} is written.")
            except export.ExportError as error:
                console.fail(str(error))
                written = False
        return written


def benchmark(
    plan: Plan,
    reports: Reports,
    surroundings: CommandServices,
    console: Console,
    *,
    gate: Gate | None = None,
    resuming: RunRecord | None = None,
    without_disturbed: bool = False,
    judge: Model | None = None,
) -> int:
    """Run the plan, print the table and write the reports, also after an interrupt; the number is the exit code.

    ``resuming`` is a run of this plan that goes on. A ``judge`` rates the answers once all is measured. A run in which
    no model failed is then held against the gate.
    """
    log_to_file()
    run = asyncio.run(_run(plan, surroundings, console, resuming))
    run = replace(run, without_disturbed=without_disturbed)
    console.data(export.table(run))
    console.end_line()
    for remark in remarks(run):
        console.say(remark)
    judging = ExitCode.DONE
    if judge is not None and run.status is not RunStatus.STOPPED:
        run, judging = judge_answers(run, judge, surroundings, console)
    written = reports.write(run, console)
    if run.status is RunStatus.STOPPED:
        console.say('Stopped; what was finished is kept, and "benchtop bench --resume" goes on from there.')
        return ExitCode.INTERRUPTED
    failed = [summary.key for summary in summarize(run) if summary.status is ModelStatus.FAILED]
    if failed:
        console.say(f"Failed: {', '.join(failed)}.")
        return ExitCode.MODEL_FAILED
    held = gate.judge(run, console) if gate is not None else ExitCode.DONE
    return held or judging or (ExitCode.DONE if written else ExitCode.USAGE)


async def _run(
    plan: Plan, surroundings: CommandServices, console: Console, resuming: RunRecord | None = None
) -> RunRecord:
    progress = ProgressLine(plan, console)
    finished: RunRecord | None = None
    async with open_session(console, surroundings) as session, aclosing(session.play(plan, resuming)) as events:
        async for event in events:
            progress.show(event)
            if isinstance(event, RunFinished):
                finished = event.run
    if finished is None:
        raise RuntimeError("a run ended without its last event")
    return finished
