"""The whole self-test: every case undisturbed, one while the workbench draws, and the noise of the machine itself."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui import paths
from tui.bench.selftest.cases import CASES, Case, Transport
from tui.bench.selftest.evaluation import CaseOutcome, CaseReading, CaseResult, evaluate
from tui.bench.selftest.measurement import measure, schedule
from tui.bench.selftest.workbench_run import WorkbenchRun, run_workbench
from tui.engines.process.scratch import scratch_prefix
from tui.probes import timing
from tui.system.machine import usable_cores
from tui.system.terminals import HAS_PSEUDO_TERMINALS

EXTRA_REPETITIONS: Final = (4, 6)
"""The numbers of further repetitions of a case whose median is outside its limit. One bad moment of a busy machine
weighs less among more repetitions, while a real error stays.
"""

TRANSPORT_NAMES: Final = {
    Transport.WIRE: "from a child, over the wire",
    Transport.SERVER: "from a server, through the openai client",
}
_SCRATCH: Final = f"{scratch_prefix()}selftest-"
"""The prefix of the temporary folders. It begins like that of the child processes, so that the next start clears the
folders of a self-test that was killed.
"""

Report = Callable[[str, float | None], None]
"""Receives a description of what is playing, and the finished share of it; ``None`` is an unknown share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestOptions:
    """The parts of the self-test to run."""

    cases: tuple[Case, ...] = CASES
    repetitions: int = 3
    """How often each case is played before any further repetitions."""
    workbench: tuple[str, ...] = ()
    """The command that opens the workbench for drawing; if it is empty, the drawn case is skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineNoise:
    """The errors that the machine adds to any time measured on it."""

    clock_step_ns: int
    late_ns: tuple[int, ...]
    """The delays with which short sleeps ended, in rising order."""
    others_cores: float
    """The number of cores that other processes kept busy during the self-test."""
    cores: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestReport:
    """All results of the self-test."""

    results: tuple[CaseResult, ...]
    machine: MachineNoise
    workbench_runs: tuple[WorkbenchRun, ...] = ()
    not_drawn_reason: str = ""
    """The reason why the drawn case was skipped although it was requested; empty otherwise."""

    @property
    def passed(self) -> bool:
        return all(result.outcome is not CaseOutcome.FAILED for result in self.results)


async def selftest(options: SelftestOptions, report: Report) -> SelftestReport:
    """Play every case on both transports and evaluate the measurements, reporting the progress.

    Raises:
        SelftestError: something could not be played at all.
    """
    before = timing.cpu_use()
    step_ns = timing.clock_step_ns()
    late_ns = await asyncio.to_thread(timing.late_wakeups_ns)
    results: list[CaseResult] = []
    for transport in Transport:
        results += await _measure_quiet(transport, options, report)
    workbench_runs: list[WorkbenchRun] = []
    if options.workbench and HAS_PSEUDO_TERMINALS:
        for transport in Transport:
            runs, run_results = await _measure_drawn(transport, options.workbench, report)
            workbench_runs += runs
            results += run_results
    machine = MachineNoise(
        clock_step_ns=step_ns,
        late_ns=tuple(late_ns),
        others_cores=timing.load_of_others(before, timing.cpu_use()),
        cores=usable_cores(),
    )
    not_drawn_reason = "" if HAS_PSEUDO_TERMINALS or not options.workbench else "this system has no pseudo-terminals"
    return SelftestReport(
        results=tuple(results), machine=machine, workbench_runs=tuple(workbench_runs), not_drawn_reason=not_drawn_reason
    )


def _scratch_folder() -> tempfile.TemporaryDirectory[str]:
    # Windows keeps a file that a child which is just ending still has open; the next start clears it.
    return tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=paths.scratch_parent(), ignore_cleanup_errors=True)


async def _measure_quiet(transport: Transport, options: SelftestOptions, report: Report) -> Sequence[CaseResult]:
    """Measure every case, then repeat those outside their limits; the median is over all repetitions of a case."""
    cases, results = options.cases, ()
    readings: list[CaseReading] = []

    def count(done: int, total: int) -> None:
        report(TRANSPORT_NAMES[transport], done / total)

    for times in (options.repetitions, *EXTRA_REPETITIONS):
        with _scratch_folder() as folder:
            readings += await measure(transport, schedule(cases, times), Path(folder), count)
        results = evaluate(readings)
        outside = {result.case.name for result in results if result.outcome is CaseOutcome.FAILED}
        cases = tuple(case for case in cases if case.name in outside)
        if not cases:
            break
    return results


async def _measure_drawn(
    transport: Transport, workbench: Sequence[str], report: Report
) -> tuple[Sequence[WorkbenchRun], Sequence[CaseResult]]:
    """Measure the drawn case, and repeat it up to twice while it is outside its limits."""
    runs: list[WorkbenchRun] = []
    results: Sequence[CaseResult] = ()
    for _ in range(3):
        report(f"{TRANSPORT_NAMES[transport]}, drawn by the workbench", None)
        with _scratch_folder() as folder:
            runs.append(await run_workbench(transport, workbench, Path(folder)))
        results = evaluate(reading for workbench_run in runs for reading in workbench_run.readings)
        if all(result.outcome is not CaseOutcome.FAILED for result in results):
            break
    return runs, results
