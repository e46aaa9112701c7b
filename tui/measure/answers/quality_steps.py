"""Quality over the length of the context and over the load: until where a model answers rightly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tui.measure.answers.pass_rates import Side, is_graded, pass_rate, prompt_passes, rate_differences
from tui.measure.statistics.intervals import LEVEL
from tui.measure.statistics.proportions import fisher
from tui.measure.timing.levels import at_arrivals, at_level
from tui.measure.timing.segments import without_superseded
from tui.records import RunRecord, SampleKind, SampleStatus
from tui.records.grading.steps import QualityAcross, QualityStep, QualitySteps, asked_context

_MOST: Final = 0.5
"""A fact counts as found at a length where more than this share of its answers, and of the facts, is right."""


def quality_steps(run: RunRecord) -> tuple[QualitySteps, ...]:
    """Return the pass rates of each model over the lengths of a context pack, and over the loads of a run.

    A model without a graded answer has none, and neither has a run with a single length or load.
    """
    keys = [model.key for model in run.plan.models]
    every = [*(quality_over_length(run, key) for key in keys), *(quality_over_load(run, key) for key in keys)]
    return tuple(steps for steps in every if steps is not None)


def quality_over_length(run: RunRecord, key: str) -> QualitySteps | None:
    """Return the pass rate of a model at each length of a context pack; ``None`` with fewer than two lengths."""
    asked = {prompt.id: place for prompt in run.plan.prompts if (place := asked_context(prompt.id)) is not None}
    lengths = sorted({length for length, _ in asked.values()})
    if len(lengths) < 2:
        return None
    steps = tuple(_at_length(run, key, length, asked) for length in lengths)
    if all(step.rate is None for step in steps):
        return None
    good = _good_up_to(steps)
    certain = None if good == lengths[-1] else _falls_after(run, key, asked, good)
    return QualitySteps(key=key, across=QualityAcross.LENGTH, steps=steps, good_up_to=good, certain=certain)


def quality_over_load(run: RunRecord, key: str) -> QualitySteps | None:
    """Return the pass rate of a model at each load of a run, with its difference from the lowest.

    ``None`` with fewer than two loads, or if nothing is expected of the answers.
    """
    method = run.plan.method
    loads = sorted(method.arrivals_per_s or method.concurrency)
    if len(loads) < 2 or not any(is_graded(prompt) for prompt in run.plan.prompts):
        return None
    by_load = {load: _at_load(run, load) for load in loads}
    sides = {load: Side(of_load, key) for load, of_load in by_load.items() if prompt_passes(of_load, key)}
    if not sides:
        return None
    lowest = min(sides)
    others = [load for load in sides if load != lowest]
    found = rate_differences([(sides[lowest], sides[load]) for load in others])
    differences = dict(zip(others, found, strict=False)) if len(found) == len(others) else {}
    steps = tuple(
        QualityStep(
            at=load,
            rate=pass_rate(of_load, key),
            failed=_failed(of_load, key, {prompt.id for prompt in run.plan.prompts}),
            difference=differences.get(load),
        )
        for load, of_load in by_load.items()
    )
    by_arrivals = bool(method.arrivals_per_s)
    return QualitySteps(key=key, across=QualityAcross.LOAD, steps=steps, by_arrivals=by_arrivals)


def _at_load(run: RunRecord, load: float) -> RunRecord:
    return at_arrivals(run, load) if run.plan.method.arrivals_per_s else at_level(run, int(load))


def _at_length(run: RunRecord, key: str, length: int, asked: dict[str, tuple[int, int]]) -> QualityStep:
    prompts = tuple(prompt for prompt in run.plan.prompts if asked.get(prompt.id, (0, 0))[0] == length)
    of_length = replace(run, plan=replace(run.plan, prompts=prompts))
    passes = prompt_passes(of_length, key)
    return QualityStep(
        at=length,
        rate=pass_rate(of_length, key),
        failed=_failed(run, key, {prompt.id for prompt in prompts}),
        missed=tuple(sorted(asked[each.prompt_id][1] for each in passes if each.rate < 1)),
    )


def _failed(run: RunRecord, key: str, prompts: set[str]) -> int:
    return sum(
        sample.key == key
        and sample.kind is SampleKind.ROUND
        and sample.status is SampleStatus.FAILED
        and sample.prompt_id in prompts
        for sample in without_superseded(run).samples
    )


def _good_up_to(steps: Sequence[QualityStep]) -> float | None:
    good: float | None = None
    for step in steps:
        if step.rate is None or step.rate.rate <= _MOST:
            break
        good = step.at
    return good


def _falls_after(run: RunRecord, key: str, asked: dict[str, tuple[int, int]], good: float | None) -> bool:
    """Tell whether fewer facts are surely found beyond a length than up to it.

    By Fisher's exact test over the prompts. The length is picked by the same data, so the level is parted among all
    lengths at which the run could have been parted (Bonferroni).
    """
    if good is None:
        return False
    found = [
        (asked[each.prompt_id][0] <= good, each.rate > _MOST)
        for each in prompt_passes(run, key)
        if each.prompt_id in asked
    ]
    before, after = (
        [right for is_before, right in found if is_before],
        [right for is_before, right in found if not is_before],
    )
    if not after:
        return False
    cuts = len({length for length, _ in asked.values()}) - 1
    return fisher(sum(before), len(before), sum(after), len(after)) < (1 - LEVEL) / cuts
