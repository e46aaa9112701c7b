"""Builds the records of sweeps for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.support.builders import model, run_record, sample
from tui.bench.planning import sweep
from tui.records import (
    RunRecord,
    Sample,
    Sweep,
    SweepOf,
    Timeline,
)

PROMPTS = Sweep(SweepOf.PROMPT, (16, 64, 256))
OUTPUTS = Sweep(SweepOf.OUTPUT, (20, 60))


def swept(of: Sweep, samples: Sequence[Sample]) -> RunRecord:
    run = run_record(model("tiny"))
    plan = replace(
        run.plan, prompts=sweep.prompts(of), method=replace(run.plan.method, prompt_set="", sweep=of.of.value)
    )
    return replace(run, plan=plan, samples=tuple(samples))


def rounds(prompt_id: str, times: Timeline, *, flags: tuple[str, ...] = ()) -> list[Sample]:
    return [sample(prompt_id=prompt_id, round_number=number, times=times, flags=flags) for number in (1, 2, 3)]
