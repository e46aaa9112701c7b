"""The order of a plan's samples, the same for every model of a run, and what of it is still to be done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tui.records import Mode, Plan, Prompt, Purpose, Sample, SampleKind, SampleStatus


@dataclass(frozen=True, slots=True)
class SampleStep:
    """One request that each model of a run will be sent."""

    prompt: Prompt
    kind: SampleKind
    round: int
    launch: int = 1
    concurrency: int = 1
    """Requests that are in flight together."""


def steps(plan: Plan) -> tuple[SampleStep, ...]:
    """Each launch begins with a cold sample and ``warmup`` passes over every prompt, then has its share of the rounds.

    Rounds are numbered on over the launches. A question is one request. Where several requests are in flight together
    each of them has all the rounds of a level, so that every level lasts about as long on a server that keeps up.
    """
    if plan.purpose is Purpose.ASK:
        return tuple(SampleStep(prompt, SampleKind.ROUND, 1) for prompt in plan.prompts)
    return tuple(step for launch in range(1, plan.method.launches + 1) for step in _of_launch(plan, launch))


def launch_steps(plan: Plan, launch: int, rounds: range) -> Iterator[SampleStep]:
    """A launch with these rounds: what it begins with, and then each prompt in each of them."""
    yield SampleStep(plan.prompts[0], SampleKind.COLD, 1, launch)
    for number in range(1, plan.method.warmup + 1):
        yield from (SampleStep(prompt, SampleKind.WARMUP, number, launch) for prompt in plan.prompts)
    for level in plan.method.concurrency:
        for number in range((rounds.start - 1) * level + 1, (rounds.stop - 1) * level + 1):
            yield from (SampleStep(prompt, SampleKind.ROUND, number, launch, level) for prompt in plan.prompts)


def _of_launch(plan: Plan, launch: int) -> Iterator[SampleStep]:
    rounds, launches = plan.method.rounds, plan.method.launches
    before, after = ((rounds * count) // launches for count in (launch - 1, launch))
    return launch_steps(plan, launch, range(before + 1, after + 1))


def agendas(plan: Plan, kept: Sequence[Sample] = ()) -> dict[str, Mapping[SampleStep, SampleKind]]:
    """For each model the steps that are to be done, in their order, and as what each sample counts.

    Without samples that ``kept`` from before an interruption it is every step as it stands. Else the rounds that
    succeeded are left out, and so is a launch of which nothing is missing; one that has something to do begins as any
    does, cold and with its warm-ups. Side by side a model that has a step behind it answers along with the others, as
    a warm-up that is in no average: alone they would be measured with the machine to themselves.
    """
    if not kept:
        return {model.key: {step: step.kind for step in steps(plan)} for model in plan.models}
    of_model = {model.key: list(_missing(plan, kept, model.key)) for model in plan.models}
    if plan.method.mode is not Mode.SIDE_BY_SIDE:
        return {key: {step: step.kind for step in missing} for key, missing in of_model.items()}
    union = {step for missing in of_model.values() for step in missing}
    ordered = sorted(union, key=lambda step: position_of(plan, step))
    return {
        key: {step: step.kind if step in missing else SampleKind.WARMUP for step in ordered}
        for key, missing in of_model.items()
    }


def finished_rounds(samples: Sequence[Sample], key: str) -> set[tuple[str, int, int]]:
    """Prompt, round and level of what a model has behind it."""
    return {
        (sample.prompt_id, sample.round, sample.concurrency)
        for sample in samples
        if sample.key == key and sample.kind is SampleKind.ROUND and sample.status is SampleStatus.OK
    }


def count_finished(samples: Sequence[Sample], key: str, agenda: Mapping[SampleStep, SampleKind]) -> int:
    """How many rounds a model need not do again."""
    to_do = {_place(step) for step, kind in agenda.items() if kind is SampleKind.ROUND}
    return len(finished_rounds(samples, key) - to_do)


def rounds_so_far(plan: Plan, samples: Sequence[Sample], key: str) -> int:
    """The rounds that a model has been given: those of the plan, or more where they were added."""
    if plan.method.concurrent:
        # Each request at once has rounds of its own there, and none are ever added.
        return plan.method.rounds
    numbers = (sample.round for sample in samples if sample.key == key and sample.kind is SampleKind.ROUND)
    return max(plan.method.rounds, max(numbers, default=0))


def position_of(plan: Plan, step: SampleStep) -> tuple[int, int, int, int, int]:
    """What sorts steps into the order of the plan."""
    kinds = (SampleKind.COLD, SampleKind.WARMUP, SampleKind.ROUND)
    return step.launch, kinds.index(step.kind), step.concurrency, step.round, plan.prompts.index(step.prompt)


def total_samples(plan: Plan) -> int:
    """How many samples a run of this plan finishes when nothing fails."""
    prompts = len(plan.prompts)
    if plan.purpose is Purpose.ASK:
        return prompts * len(plan.models)
    method = plan.method
    beginning = 1 + method.warmup * prompts
    of_a_model = method.launches * beginning + method.rounds * prompts * sum(method.concurrency)
    return of_a_model * len(plan.models)


def _missing(plan: Plan, kept: Sequence[Sample], key: str) -> Iterator[SampleStep]:
    done = finished_rounds(kept, key)
    for launch in range(1, plan.method.launches + 1):
        yield from _unless_done(list(_of_launch(plan, launch)), done)
    # Rounds that were added and not finished.
    added = range(plan.method.rounds + 1, rounds_so_far(plan, kept, key) + 1)
    yield from _unless_done(list(launch_steps(plan, plan.method.launches + 1, added)), done)


def _unless_done(launch: Sequence[SampleStep], done: Collection[tuple[str, int, int]]) -> list[SampleStep]:
    """What of a launch is to be done. Several requests at once are a load of their own: that is done whole or not."""
    missing = {step for step in launch if step.kind is SampleKind.ROUND and _place(step) not in done}
    levels = {step.concurrency for step in missing if step.concurrency > 1}
    rounds = [step for step in launch if step in missing or step.concurrency in levels]
    return [step for step in launch if step.kind is not SampleKind.ROUND] + rounds if rounds else []


def _place(step: SampleStep) -> tuple[str, int, int]:
    return step.prompt.id, step.round, step.concurrency
