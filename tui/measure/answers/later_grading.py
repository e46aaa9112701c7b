"""Give the prompts of a run that is over the right answers of a pack, so that its answers are graded after all."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui.measure.answers.scripts.normal import folded
from tui.records import Plan, Prompt, PromptPack


@dataclass(frozen=True, slots=True)
class GradedPlan:
    """The plan of a run with what is right, and which of its prompts the pack tells about."""

    plan: Plan
    matched: tuple[str, ...]
    """The ids of the prompts of the run that the pack has."""
    changed: tuple[str, ...]
    """Those of them that were graded before, and otherwise than the pack does."""


def with_pack(plan: Plan, pack: PromptPack) -> GradedPlan:
    """Take facets and graders of each prompt from the task of the pack that asks the same, whatever their ids.

    Two prompts ask the same if their texts differ in nothing but spaces, case and ways of typing. What came out when
    code was run is kept for tests that stay the same.
    """
    tasks = {folded(task.text): task for task in pack.prompts if task.facets or task.graders}
    pairs = [(prompt, tasks.get(folded(prompt.text))) for prompt in plan.prompts]
    prompts = tuple(prompt if task is None else _graded(prompt, task) for prompt, task in pairs)
    matched = tuple(prompt.id for prompt, task in pairs if task is not None)
    changed = tuple(
        before.id
        for before, after in zip(plan.prompts, prompts, strict=True)
        if (before.facets or before.graders) and before != after
    )
    whole = len(matched) == len(plan.prompts)
    return GradedPlan(replace(plan, prompts=prompts, pack=pack.pack if whole else plan.pack), matched, changed)


def _graded(prompt: Prompt, task: Prompt) -> Prompt:
    graders = tuple(
        next((own for own in prompt.graders if replace(own, results=()) == grader), grader) for grader in task.graders
    )
    return replace(prompt, facets=task.facets, graders=graders)
