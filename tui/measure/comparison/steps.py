"""Runs that step through lengths, or through numbers of requests at once: each step is compared by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui.measure.timing.levels import at_level
from tui.records import Plan, RunRecord, SweepOf, asked_tokens
from tui.records.comparison import ComparedStep, StepDimension

_SWEEPS: Final = {SweepOf.PROMPT: StepDimension.PROMPT, SweepOf.OUTPUT: StepDimension.OUTPUT}


def common_dimension(before: Plan, after: Plan) -> StepDimension | None:
    """What both step through, where they have a step in common."""
    along = _along(before)
    if along is None or along is not _along(after):
        return None
    return along if set(steps(before)) & set(steps(after)) else None


def steps(plan: Plan) -> tuple[ComparedStep, ...]:
    """Each step of a plan, the shortest or the fewest first; of any other plan the one that is all of it."""
    if plan.method.sweep:
        return tuple(
            ComparedStep(prompt_id=each) for each in sorted((prompt.id for prompt in plan.prompts), key=asked_tokens)
        )
    return (
        tuple(ComparedStep(at_once=level) for level in plan.method.concurrency)
        if plan.method.concurrent
        else (ComparedStep(),)
    )


def at_step(run: RunRecord, step: ComparedStep) -> RunRecord:
    """The run as far as this step goes."""
    if step.at_once is not None:
        return at_level(run, step.at_once)
    if step.prompt_id is None:
        return run
    return replace(run, samples=tuple(sample for sample in run.samples if sample.prompt_id == step.prompt_id))


def _along(plan: Plan) -> StepDimension | None:
    if plan.method.sweep:
        return _SWEEPS[SweepOf(plan.method.sweep)]
    return StepDimension.AT_ONCE if plan.method.concurrent else None
