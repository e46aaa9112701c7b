"""Whether a deterministic run was one: the same text in every round of a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from tui.records import Plan, Sample
from tui.records.statistics import OtherText, Repeatability, Repeatable


def repeatability(plan: Plan, rounds: Sequence[Sample]) -> Repeatability:
    """What the successful rounds of one model say of its texts, reasoning included, at temperature 0."""
    of_prompts: dict[str, list[Sample]] = {}
    for sample in rounds:
        of_prompts.setdefault(sample.prompt_id, []).append(sample)
    repeated = [of_prompt for of_prompt in of_prompts.values() if len(of_prompt) > 1]
    if plan.method.temperature > 0 or not repeated:
        return Repeatability(repeatable=Repeatable.UNKNOWN)
    others = tuple(other for of_prompt in repeated if (other := _other_text(of_prompt)) is not None)
    return Repeatability(repeatable=Repeatable.NO if others else Repeatable.YES, prompts=len(repeated), others=others)


def _other_text(of_prompt: Sequence[Sample]) -> OtherText | None:
    first = _text(of_prompt[0])
    others = [sample for sample in of_prompt[1:] if _text(sample) != first]
    if not others:
        return None
    found = others[0]
    return OtherText(
        prompt_id=found.prompt_id,
        launch=found.launch,
        round=found.round,
        character=first_difference(first, _text(found)),
        rounds=len(others),
    )


def first_difference(one: str, other: str) -> int:
    """The first character, counted from 1, in which two different texts are not the same."""
    return next(index for index, (a, b) in enumerate(zip_longest(one, other), start=1) if a != b)


def _text(sample: Sample) -> str:
    return sample.reasoning + sample.text
