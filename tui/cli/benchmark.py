"""Doing what ``benchtop bench`` was asked: the run, the table and the reports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from tui.bench.events import RunFinished
from tui.cli.gate import Gate
from tui.cli.log import log_to_file
from tui.cli.options import Refused
from tui.cli.progress import Progress
from tui.cli.session import Surroundings, open_session
from tui.console import Console, ExitCode
from tui.measure.summary import summarize
from tui.records import ModelStatus, Plan, RunRecord, RunStatus
from tui.store import baseline, export


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Where the reports of a run are to be written."""

    markdown: Path | None = None
    csv: Path | None = None
    json: Path | None = None
    deterministic: Path | None = None

    def check(self) -> None:
        """Refuse a path that cannot be written, or is named twice, before anything is measured."""
        asked = [path for path in (self.markdown, self.csv, self.json, self.deterministic) if path is not None]
        try:
            for path in asked:
                export.check_writable(path)
        except export.ExportError as error:
            raise Refused(str(error)) from error
        if len({path.resolve() for path in asked}) < len(asked):
            raise Refused("two reports would go to the same file; give each a name of its own.")

    def write(self, run: RunRecord, console: Console) -> bool:
        """Write those that were asked for; says whether all were written."""
        kinds: tuple[tuple[Path | None, Callable[[RunRecord], str]], ...] = (
            (self.markdown, export.markdown),
            (self.csv, export.csv),
            (self.json, export.json_text),
            (self.deterministic, baseline.text_of),
        )
        written = True
        for path, text_of in kinds:
            if path is None:
                continue
            try:
                export.write(path, text_of(run))
                console.say(f"{path} is written.")
            except export.ExportError as error:
                console.fail(str(error))
                written = False
        return written


def benchmark(
    plan: Plan, reports: Reports, surroundings: Surroundings, console: Console, gate: Gate | None = None
) -> int:
    """Run the plan, print the table and write the reports, also after an interrupt; the number is the exit code.

    A run in which no model failed is then held against the gate.
    """
    log_to_file()
    run = asyncio.run(_run(plan, surroundings, console))
    console.data(export.table(run))
    console.end_line()
    written = reports.write(run, console)
    if run.status is RunStatus.STOPPED:
        console.say("Stopped; what was finished is kept.")
        return ExitCode.INTERRUPTED
    failed = [summary.key for summary in summarize(run) if summary.status is ModelStatus.FAILED]
    if failed:
        console.say(f"Failed: {', '.join(failed)}.")
        return ExitCode.MODEL_FAILED
    judged = gate.judge(run, console) if gate is not None else ExitCode.DONE
    return judged or (ExitCode.DONE if written else ExitCode.USAGE)


async def _run(plan: Plan, surroundings: Surroundings, console: Console) -> RunRecord:
    progress = Progress(plan, console)
    finished: RunRecord | None = None
    async with open_session(console, surroundings) as session, aclosing(session.play(plan)) as events:
        async for event in events:
            progress.show(event)
            if isinstance(event, RunFinished):
                finished = event.run
    if finished is None:
        raise RuntimeError("a run ended without its last event")
    return finished
