"""This module checks whether a deterministic run was one: every round of a prompt must have the same text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from tui.records import Plan, Sample
from tui.records.statistics import OtherText, Repeatability, Repeatable


def repeatability(plan: Plan, rounds: Sequence[Sample]) -> Repeatability:
    """Return whether the successful rounds of one model repeat its texts, reasoning included, at temperature 0."""
    of_prompts: dict[str, list[Sample]] = {}
    for sample in rounds:
        of_prompts.setdefault(sample.prompt_id, []).append(sample)
    repeated = [of_prompt for of_prompt in of_prompts.values() if len(of_prompt) > 1]
    if plan.method.temperature > 0 or plan.method.no_cache_hits or not repeated:
        return Repeatability(repeatable=Repeatable.UNKNOWN)
    others = tuple(other for of_prompt in repeated if (other := _other_text(of_prompt)) is not None)
    return Repeatability(repeatable=Repeatable.NO if others else Repeatable.YES, prompts=len(repeated), others=others)


def _other_text(of_prompt: Sequence[Sample]) -> OtherText | None:
    first = _text(of_prompt[0])
    others = [sample for sample in of_prompt[1:] if _text(sample) != first]
    if not others:
        return None
    other = others[0]
    return OtherText(
        prompt_id=other.prompt_id,
        launch=other.launch,
        round=other.round,
        character=first_difference(first, _text(other)),
        rounds=len(others),
    )


def first_difference(one: str, other: str) -> int:
    """Return the position, counted from 1, of the first character in which two different texts differ."""
    return next(index for index, (a, b) in enumerate(zip_longest(one, other), start=1) if a != b)


def _text(sample: Sample) -> str:
    return sample.reasoning + sample.text
