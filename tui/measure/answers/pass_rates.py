"""The pass rate of each model with its uncertainty, and whether two of them can be told apart over the same prompts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tui.measure.answers.quality import verdict
from tui.measure.statistics.intervals import LEVEL
from tui.measure.statistics.multiple_comparisons import corrected_levels
from tui.measure.statistics.proportions import (
    independent_answers,
    paired_interval,
    paired_probability,
    pass_at_least_once,
    pass_every_time,
    wilson,
)
from tui.measure.timing.summary import all_rounds_of
from tui.records import Prompt, RunRecord
from tui.records.grading.rates import Better, PassRate, PromptPasses, RateDifference

FEWEST_PROMPTS: Final = 2
"""With one prompt nothing is known of others."""
_MOST_REPEATS: Final = 5


@dataclass(frozen=True, slots=True)
class Side:
    """One model of one run: a side of a comparison."""

    run: RunRecord
    key: str


def is_graded(prompt: Prompt) -> bool:
    """Tell whether anything is expected of the answers to a prompt."""
    return bool(prompt.facets or prompt.graders)


def prompt_passes(run: RunRecord, key: str) -> tuple[PromptPasses, ...]:
    """Count the right answers of a model, prompt by prompt, over its warm rounds.

    An empty answer is a wrong one; an answer that no grader can tell about is left out, as are failed requests.
    """
    texts: dict[str, list[str]] = {}
    for sample in all_rounds_of(run, key):
        texts.setdefault(sample.prompt_id, []).append(sample.text)
    counted = (_passes(prompt, texts.get(prompt.id, ())) for prompt in run.plan.prompts if is_graded(prompt))
    return tuple(passes for passes in counted if passes is not None)


def pass_rate(run: RunRecord, key: str, level: float = LEVEL) -> PassRate | None:
    """Compute the pass rate of a model over the prompts of a run; ``None`` if no answer of it was graded."""
    passes = prompt_passes(run, key)
    if not passes:
        return None
    rates = [each.rate for each in passes]
    rate, answers = sum(rates) / len(rates), sum(each.answers for each in passes)
    drawn = run.plan.method.temperature > 0
    total = effective_answers(passes, drawn=drawn, level=level)
    repeats = min(_MOST_REPEATS, min(each.answers for each in passes))
    repeated = drawn and repeats > 1
    return PassRate(
        key=key,
        prompts=len(passes),
        answers=answers,
        passed=sum(each.passed for each in passes),
        rate=rate,
        interval=wilson(rate * total, total, level),
        score=sum(each.score for each in passes) / len(passes),
        repeats=repeats,
        at_least_once=_mean(pass_at_least_once(each.answers, each.passed, repeats) for each in passes)
        if repeated
        else None,
        every_time=_mean(pass_every_time(each.answers, each.passed, repeats) for each in passes) if repeated else None,
    )


def pass_rates(run: RunRecord) -> tuple[PassRate, ...]:
    """Compute the pass rates of all models of a run that have one, in the order of the plan."""
    found = (pass_rate(run, model.key) for model in run.plan.models)
    return tuple(rate for rate in found if rate is not None)


def effective_answers(passes: Sequence[PromptPasses], *, drawn: bool, level: float = LEVEL) -> float:
    """Return how many independent answers the pass rate rests on: at temperature 0 (not ``drawn``) one a prompt."""
    answers = sum(each.answers for each in passes)
    if not drawn:
        return len(passes)
    if len(passes) == 1:
        # Nothing is known of other prompts, so the interval is that of this one.
        return answers
    return independent_answers([each.rate for each in passes], answers, level)


def share_differences(
    pairs: Sequence[tuple[str, str]], shares: Mapping[str, Mapping[str, float]], family: int | None = None
) -> tuple[RateDifference, ...]:
    """Compare shares of 1, such as scores, of pairs of models over the prompts that both have, corrected together."""
    known = [
        (pair, [(first[prompt], second[prompt]) for prompt in first if prompt in second])
        for pair in pairs
        for first, second in [(shares[pair[0]], shares[pair[1]])]
    ]
    return _corrected([(pair, values) for pair, values in known if values], family)


def rate_differences(pairs: Sequence[tuple[Side, Side]], family: int | None = None) -> tuple[RateDifference, ...]:
    """Compare the pass rates of pairs, each over the prompts that both were asked, all corrected together.

    A pair without such prompts is left out. ``family`` is how many comparisons were possible, if these were picked
    from more of them. A verdict needs both the test and the interval.
    """
    matched = [(pair, _matched(*pair)) for pair in pairs]
    return _corrected([((pair[0].key, pair[1].key), rates) for pair, rates in matched if rates], family)


def _corrected(
    known: Sequence[tuple[tuple[str, str], Sequence[tuple[float, float]]]], family: int | None
) -> tuple[RateDifference, ...]:
    differences = [[after - before for before, after in rates] for _, rates in known]
    chances = [paired_probability(of_pair) for of_pair in differences]
    others = max(0, (family or 0) - len(chances))
    levels = corrected_levels([*chances, *[1.0] * others])[: len(chances)]
    return tuple(
        _difference(pair, rates, chance, level)
        for (pair, rates), chance, level in zip(known, chances, levels, strict=True)
    )


def model_differences(run: RunRecord) -> tuple[RateDifference, ...]:
    """Compare each model of a run with the one of the highest pass rate, which is the one ``before``."""
    rates = sorted(pass_rates(run), key=lambda rate: -rate.rate)
    pairs = [(Side(run, rates[0].key), Side(run, other.key)) for other in rates[1:]]
    # The best is picked by the same data, so the family is every pair of models.
    return rate_differences(pairs, family=len(rates) * (len(rates) - 1) // 2)


def run_differences(before: RunRecord, others: Sequence[RunRecord]) -> list[tuple[RateDifference, ...]]:
    """Compare each model's pass rate in a run with that in each of the others, all corrected together."""
    sides = [
        (index, (Side(before, model.key), Side(after, model.key)))
        for index, after in enumerate(others)
        for model in before.plan.models
        if any(other.key == model.key for other in after.plan.models)
    ]
    known = [(index, pair) for index, pair in sides if _matched(*pair)]
    differences = rate_differences([pair for _, pair in known])
    return [
        tuple(found for (index, _), found in zip(known, differences, strict=True) if index == number)
        for number in range(len(others))
    ]


def _difference(
    pair: tuple[str, str], rates: Sequence[tuple[float, float]], probability: float, level: float
) -> RateDifference:
    differences = [after - before for before, after in rates]
    interval = paired_interval(differences, level)
    outcome = Better.TOO_CLOSE
    if len(rates) < FEWEST_PROMPTS:
        outcome = Better.TOO_FEW
    elif probability < 1 - level and (interval.low > 0 or interval.high < 0):
        outcome = Better.BETTER if interval.low > 0 else Better.WORSE
    return RateDifference(
        before_key=pair[0],
        after_key=pair[1],
        prompts=len(rates),
        before=_mean(before for before, _ in rates),
        after=_mean(after for _, after in rates),
        difference=_mean(differences),
        interval=interval,
        probability=probability,
        only_before=sum(difference < 0 for difference in differences),
        only_after=sum(difference > 0 for difference in differences),
        outcome=outcome,
    )


def _matched(before: Side, after: Side) -> list[tuple[float, float]]:
    """Return both pass rates of each prompt that both sides were asked in the same words and graded by the same."""
    asked = {prompt.id: _question(prompt) for prompt in before.run.plan.prompts}
    same = {prompt.id for prompt in after.run.plan.prompts if asked.get(prompt.id) == _question(prompt)}
    first, second = (_rates(side) for side in (before, after))
    return [(first[one], second[one]) for one in first if one in second and one in same]


def _rates(side: Side) -> Mapping[str, float]:
    return {passes.prompt_id: passes.rate for passes in prompt_passes(side.run, side.key)}


def _question(prompt: Prompt) -> tuple[object, ...]:
    return (prompt.text, prompt.system, prompt.facets, prompt.graders)


def _passes(prompt: Prompt, texts: Sequence[str]) -> PromptPasses | None:
    scores: list[float] = []
    passed = 0
    for text in texts:
        if not text.strip():
            scores.append(0.0)
            continue
        grade = verdict(prompt, text)
        if grade is not None:
            scores.append(grade.score or 0.0)
            passed += bool(grade.passed)
    if not scores:
        return None
    return PromptPasses(prompt_id=prompt.id, answers=len(scores), passed=passed, score=_mean(scores))


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)
