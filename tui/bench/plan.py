"""The order of a plan's samples, the same for every model of a run."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records import Plan, Prompt, Purpose, SampleKind


@dataclass(frozen=True, slots=True)
class Step:
    """One request that each model of a run will be sent."""

    prompt: Prompt
    kind: SampleKind
    round: int


def steps(plan: Plan) -> tuple[Step, ...]:
    """The cold sample first, then ``warmup`` passes over every prompt, then the rounds; a question is one request."""
    if plan.purpose is Purpose.ASK:
        return tuple(Step(prompt, SampleKind.ROUND, 1) for prompt in plan.prompts)
    cold = (Step(plan.prompts[0], SampleKind.COLD, 1),)
    warmups = tuple(Step(prompt, SampleKind.WARMUP, n + 1) for n in range(plan.warmup) for prompt in plan.prompts)
    rounds = tuple(Step(prompt, SampleKind.ROUND, n + 1) for n in range(plan.rounds) for prompt in plan.prompts)
    return cold + warmups + rounds


def total_samples(plan: Plan) -> int:
    """How many samples a run of this plan finishes when nothing fails."""
    return len(steps(plan)) * len(plan.models)
