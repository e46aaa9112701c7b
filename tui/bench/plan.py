"""The order of a plan's samples, the same for every model of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tui.records import Plan, Prompt, Purpose, SampleKind


@dataclass(frozen=True, slots=True)
class Step:
    """One request that each model of a run will be sent."""

    prompt: Prompt
    kind: SampleKind
    round: int
    launch: int = 1


def steps(plan: Plan) -> tuple[Step, ...]:
    """Each launch begins with a cold sample and ``warmup`` passes over every prompt, then has its share of the rounds.

    Rounds are numbered on over the launches. A question is one request.
    """
    if plan.purpose is Purpose.ASK:
        return tuple(Step(prompt, SampleKind.ROUND, 1) for prompt in plan.prompts)
    return tuple(step for launch in range(1, plan.launches + 1) for step in _of_launch(plan, launch))


def _of_launch(plan: Plan, launch: int) -> Iterator[Step]:
    yield Step(plan.prompts[0], SampleKind.COLD, 1, launch)
    for number in range(1, plan.warmup + 1):
        yield from (Step(prompt, SampleKind.WARMUP, number, launch) for prompt in plan.prompts)
    before, after = ((plan.rounds * count) // plan.launches for count in (launch - 1, launch))
    for number in range(before + 1, after + 1):
        yield from (Step(prompt, SampleKind.ROUND, number, launch) for prompt in plan.prompts)


def total_samples(plan: Plan) -> int:
    """How many samples a run of this plan finishes when nothing fails."""
    return len(steps(plan)) * len(plan.models)
