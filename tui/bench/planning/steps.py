"""The steps of a plan in their order, which is the same for every model, and the steps that remain after a stop."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from tui.records import Mode, Plan, Prompt, Purpose, Sample, SampleKind, SampleStatus

_Round = tuple[str, int, int, float | None]


@dataclass(frozen=True, slots=True)
class SampleStep:
    """One request that is sent to each model of a run."""

    prompt: Prompt
    kind: SampleKind
    round: int
    launch: int = 1
    concurrency: int = 1
    """The number of requests that are in flight together."""
    arrivals_per_s: float | None = None
    """The rate at which requests arrive in its level; ``None`` if each is sent when another one is answered."""
    beside: str = ""
    """The key of the model that a step of the yardstick stands beside."""

    @property
    def crowded(self) -> bool:
        """Whether other requests are in flight together with this one."""
        return self.concurrency > 1 or self.arrivals_per_s is not None

    def __hash__(self) -> int:
        """Hash what tells the steps of a plan apart, without the text of the prompt: there may be a million of them."""
        return hash((self.prompt.id, self.kind, self.round, self.launch, self.concurrency, self.arrivals_per_s))


def steps(plan: Plan) -> tuple[SampleStep, ...]:
    """List all steps of a plan.

    Each launch begins with a cold sample and ``warmup`` passes over every prompt, and then has its share of the rounds.
    The numbers of rounds continue over the launches. A question is one request for each prompt. If several requests are
    in flight together, each of them has all rounds of the level, so every level takes about the same time on a server
    that is fast enough.
    """
    if plan.purpose is Purpose.ASK:
        return tuple(SampleStep(prompt, SampleKind.ROUND, 1) for prompt in plan.prompts)
    return tuple(step for launch in range(1, plan.method.launches + 1) for step in _of_launch(plan, launch))


@dataclass(frozen=True, slots=True)
class RemainingSteps:
    """The steps of a plan that are not done yet."""

    launches: Sequence[Iterable[Mapping[str, SampleStep]]]
    """The steps of each launch in their order, each by the keys of the models that have it. The steps of a plan that
    has not begun are made while one iterates over them, because there may be a million.
    """
    samples: Mapping[str, int]
    """The number of steps of each model, by its key."""
    finished: int = 0
    """The number of finished samples that are not repeated."""


@dataclass(frozen=True, slots=True)
class _WholeLaunch:
    """All steps of one launch of a plan."""

    plan: Plan
    launch: int

    def __iter__(self) -> Iterator[Mapping[str, SampleStep]]:
        keys = [model.key for model in self.plan.models]
        asked = self.plan.purpose is Purpose.ASK
        for step in steps(self.plan) if asked else _of_launch(self.plan, self.launch):
            yield dict.fromkeys(keys, step)


def remaining_steps(plan: Plan, earlier: Sequence[Sample] = ()) -> RemainingSteps:
    """Return the steps of a plan that are not done yet; ``earlier`` are the samples from before an interruption."""
    if not earlier:
        launches = 1 if plan.purpose is Purpose.ASK else plan.method.launches
        of_a_model = total_samples(plan) // max(1, len(plan.models))
        return RemainingSteps(
            [_WholeLaunch(plan, launch) for launch in range(1, launches + 1)],
            {model.key: of_a_model for model in plan.models},
        )
    to_do = agendas(plan, earlier)
    in_order = sorted({step for agenda in to_do.values() for step in agenda}, key=position_in(plan))
    turns = [
        (step.launch, {key: replace(step, kind=agenda[step]) for key, agenda in to_do.items() if step in agenda})
        for step in in_order
    ]
    return RemainingSteps(
        [[turn for _, turn in launch] for _, launch in groupby(turns, key=lambda turn: turn[0])],
        {key: len(agenda) for key, agenda in to_do.items()},
        finished=sum(count_finished(earlier, key, agenda) for key, agenda in to_do.items()),
    )


def launch_steps(plan: Plan, launch: int, rounds: range) -> Iterator[SampleStep]:
    """List the steps of one launch: the cold sample, the warm-ups, and each prompt in each of these rounds."""
    yield SampleStep(plan.prompts[0], SampleKind.COLD, 1, launch)
    for number in range(1, plan.method.warmup + 1):
        yield from (SampleStep(prompt, SampleKind.WARMUP, number, launch) for prompt in plan.prompts)
    for rate in plan.method.arrivals_per_s:
        for number in rounds:
            yield from (SampleStep(prompt, SampleKind.ROUND, number, launch, 1, rate) for prompt in plan.prompts)
    if plan.method.arrivals_per_s:
        return
    for level in plan.method.concurrency:
        for number in range((rounds.start - 1) * level + 1, (rounds.stop - 1) * level + 1):
            yield from (SampleStep(prompt, SampleKind.ROUND, number, launch, level) for prompt in plan.prompts)


def _of_launch(plan: Plan, launch: int) -> Iterator[SampleStep]:
    rounds, launches = plan.method.rounds, plan.method.launches
    before, after = ((rounds * count) // launches for count in (launch - 1, launch))
    return launch_steps(plan, launch, range(before + 1, after + 1))


def agendas(plan: Plan, earlier: Sequence[Sample] = ()) -> dict[str, Mapping[SampleStep, SampleKind]]:
    """List the steps that remain for each model, in their order, with the kind as which the sample of each step counts.

    ``earlier`` are the samples from before an interruption; without any, all steps of the plan remain. With them, the
    rounds that succeeded are left out, and so is a launch with no missing round. A launch with a missing round begins
    as every launch does, with a cold sample and warm-ups. Side by side, a model that has finished a step answers along
    with the others, as a warm-up that is in no average: otherwise the others would have more of the machine.
    """
    if not earlier:
        whole = {step: step.kind for step in steps(plan)}
        return {model.key: whole for model in plan.models}
    of_model = {model.key: list(_missing(plan, earlier, model.key)) for model in plan.models}
    if plan.method.mode is not Mode.SIDE_BY_SIDE:
        return {key: {step: step.kind for step in missing} for key, missing in of_model.items()}
    union = {step for missing in of_model.values() for step in missing}
    ordered = sorted(union, key=position_in(plan))
    return {
        key: {step: step.kind if step in missing else SampleKind.WARMUP for step in ordered}
        for key, missing in of_model.items()
    }


def finished_rounds(samples: Sequence[Sample], key: str) -> set[_Round]:
    """The rounds that a model has finished, each as prompt id, number, requests at once and arrivals a second."""
    return {
        (sample.prompt_id, sample.round, sample.concurrency, sample.arrivals_per_s)
        for sample in samples
        if sample.key == key and sample.kind is SampleKind.ROUND and sample.status is SampleStatus.OK
    }


def count_finished(samples: Sequence[Sample], key: str, agenda: Mapping[SampleStep, SampleKind]) -> int:
    """Count the finished rounds that the agenda of a model does not repeat."""
    to_do = {_round_of(step) for step, kind in agenda.items() if kind is SampleKind.ROUND}
    return len(finished_rounds(samples, key) - to_do)


def rounds_so_far(plan: Plan, samples: Sequence[Sample], key: str) -> int:
    """The number of rounds that a model has begun or will begin: those of the plan, and those that were added."""
    if plan.method.has_levels:
        # The requests of a level have rounds of their own, and no rounds are ever added.
        return plan.method.rounds
    numbers = (sample.round for sample in samples if sample.key == key and sample.kind is SampleKind.ROUND)
    return max(plan.method.rounds, max(numbers, default=0))


def position_in(plan: Plan) -> Callable[[SampleStep], tuple[float, ...]]:
    """The sort key that puts steps into the order of the plan."""
    kinds = (SampleKind.COLD, SampleKind.WARMUP, SampleKind.ROUND)
    places = {prompt.id: place for place, prompt in enumerate(plan.prompts)}

    def position(step: SampleStep) -> tuple[float, ...]:
        rate = step.arrivals_per_s or 0.0
        return step.launch, kinds.index(step.kind), step.concurrency, rate, step.round, places[step.prompt.id]

    return position


def total_samples(plan: Plan) -> int:
    """Count the samples that a run of this plan has if nothing fails."""
    prompts = len(plan.prompts)
    if plan.purpose is Purpose.ASK:
        return prompts * len(plan.models)
    method = plan.method
    beginning = 1 + method.warmup * prompts
    passes = len(method.arrivals_per_s) or sum(method.concurrency)
    of_a_model = method.launches * beginning + method.rounds * prompts * passes
    return of_a_model * len(plan.models)


def _missing(plan: Plan, earlier: Sequence[Sample], key: str) -> Iterator[SampleStep]:
    done = finished_rounds(earlier, key)
    for launch in range(1, plan.method.launches + 1):
        yield from _unless_done(list(_of_launch(plan, launch)), done)
    # Rounds that were added but not finished are missing too.
    added = range(plan.method.rounds + 1, rounds_so_far(plan, earlier, key) + 1)
    yield from _unless_done(list(launch_steps(plan, plan.method.launches + 1, added)), done)


def _unless_done(launch: Sequence[SampleStep], done: Collection[_Round]) -> list[SampleStep]:
    """List the steps of a launch that remain. A level of several requests at once is repeated as a whole."""
    missing = {step for step in launch if step.kind is SampleKind.ROUND and _round_of(step) not in done}
    levels = {_level_of(step) for step in missing if step.crowded}
    rounds = [step for step in launch if step in missing or (step.crowded and _level_of(step) in levels)]
    return [step for step in launch if step.kind is not SampleKind.ROUND] + rounds if rounds else []


def _level_of(step: SampleStep) -> tuple[int, float | None]:
    return step.concurrency, step.arrivals_per_s


def _round_of(step: SampleStep) -> _Round:
    return step.prompt.id, step.round, step.concurrency, step.arrivals_per_s
