"""The whole self-test: quiet, while the workbench draws, and what the machine itself adds."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.bench.selftest.cases import CASES, Case, Transport
from tui.bench.selftest.evaluation import CaseOutcome, CaseReading, CaseResult, evaluate
from tui.bench.selftest.measurement import measure, schedule
from tui.bench.selftest.terminal import AVAILABLE
from tui.bench.selftest.workbench_run import WorkbenchRun, run_workbench
from tui.engines.foundry.engine import SCRATCH_PREFIX
from tui.probes import host, timing

EXTRA_REPETITIONS: Final = (4, 6)
"""Repetitions that a case is given on top when its median is still outside its limit: one bad moment of a busy machine
weighs less among more, and an error that is really there stays.
"""

TRANSPORT_NAMES: Final = {
    Transport.WIRE: "from a child, over the wire",
    Transport.SERVER: "from a server, through the openai client",
}
_SCRATCH: Final = f"{SCRATCH_PREFIX}{os.getpid()}-selftest-"
"""As of children: what is left of a self-test that was killed is cleared at the next start."""

Tell = Callable[[str, float | None], None]
"""Hears what is being played, and which share of it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestOptions:
    """What of the self-test to do."""

    cases: tuple[Case, ...] = CASES
    repetitions: int = 3
    """How often each is played at first."""
    workbench: tuple[str, ...] = ()
    """The command that opens the workbench to draw; without one nothing is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineNoise:
    """What the machine adds to any time that is taken on it."""

    clock_step_ns: int
    late_ns: tuple[int, ...]
    """How late short sleeps ended, shortest first."""
    others_cores: float
    """Cores that other processes kept busy during the self-test."""
    cores: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestReport:
    """Everything that the self-test has found."""

    results: tuple[CaseResult, ...]
    machine: MachineNoise
    workbench_runs: tuple[WorkbenchRun, ...] = ()
    not_drawn_reason: str = ""
    """Why nothing was drawn, where that was wished for."""

    @property
    def passed(self) -> bool:
        return all(verdict.outcome is not CaseOutcome.FAILED for verdict in self.results)


async def selftest(wishes: SelftestOptions, tell: Tell) -> SelftestReport:
    """Play every case both ways, and judge; ``tell`` hears how far it is.

    Raises:
        SelftestError: something could not be played at all.
    """
    before = timing.cpu_use()
    step_ns = timing.clock_step_ns()
    late_ns = await asyncio.to_thread(timing.late_wakeups_ns)
    verdicts: list[CaseResult] = []
    for way in Transport:
        verdicts += await _quiet(way, wishes, tell)
    drawn: list[WorkbenchRun] = []
    if wishes.workbench and AVAILABLE:
        for way in Transport:
            seen, judged = await _drawn(way, wishes.workbench, tell)
            drawn += seen
            verdicts += judged
    machine = MachineNoise(
        clock_step_ns=step_ns,
        late_ns=tuple(late_ns),
        others_cores=timing.load_of_others(before, timing.cpu_use()),
        cores=host.usable_cores(),
    )
    undrawn = "" if AVAILABLE or not wishes.workbench else "this system has no pseudo-terminals"
    return SelftestReport(
        results=tuple(verdicts), machine=machine, workbench_runs=tuple(drawn), not_drawn_reason=undrawn
    )


async def _quiet(way: Transport, wishes: SelftestOptions, tell: Tell) -> Sequence[CaseResult]:
    """Every case a few times, and those outside their limits again: the median is over all of it."""
    cases, verdicts = wishes.cases, ()
    readings: list[CaseReading] = []

    def count(done: int, total: int) -> None:
        tell(TRANSPORT_NAMES[way], done / total)

    for times in (wishes.repetitions, *EXTRA_REPETITIONS):
        with tempfile.TemporaryDirectory(prefix=_SCRATCH) as folder:
            readings += await measure(way, schedule(cases, times), Path(folder), count)
        verdicts = evaluate(readings)
        outside = {verdict.case.name for verdict in verdicts if verdict.outcome is CaseOutcome.FAILED}
        cases = tuple(case for case in cases if case.name in outside)
        if not cases:
            break
    return verdicts


async def _drawn(
    way: Transport, workbench: Sequence[str], tell: Tell
) -> tuple[Sequence[WorkbenchRun], Sequence[CaseResult]]:
    """Once, and twice more while it is outside its limits."""
    seen: list[WorkbenchRun] = []
    verdicts: Sequence[CaseResult] = ()
    for _ in range(3):
        tell(f"{TRANSPORT_NAMES[way]}, drawn by the workbench", None)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH) as folder:
            seen.append(await run_workbench(way, workbench, Path(folder)))
        verdicts = evaluate(reading for each in seen for reading in each.readings)
        if all(verdict.outcome is not CaseOutcome.FAILED for verdict in verdicts):
            break
    return seen, verdicts
