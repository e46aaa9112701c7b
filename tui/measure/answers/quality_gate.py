"""Gates on quality: a pass rate that is surely below a limit, or that has surely fallen by more than a limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.answers.pass_rates import effective_answers, pass_rate, pass_rates, prompt_passes
from tui.measure.answers.quality_words import difference_words, points_lost, rate_words
from tui.measure.statistics.multiple_comparisons import corrected_levels
from tui.measure.statistics.proportions import score_probability
from tui.records import RunRecord
from tui.records.comparison import Comparison
from tui.records.grading.gates import GateNumber, GateResult
from tui.records.grading.rates import Better
from tui.text import units

NAME: Final = "quality"


def results_under(run: RunRecord, limit: float) -> tuple[GateResult, ...]:
    """Tell of each model whether its pass rate is surely below the limit: the far end of its interval is.

    All models are corrected together. A model without a graded answer cannot be told.
    """
    rates = {rate.key: rate for rate in pass_rates(run)}
    drawn = run.plan.method.temperature > 0
    totals = {key: effective_answers(prompt_passes(run, key), drawn=drawn) for key in rates}
    chances = [score_probability(rate.rate, totals[key], limit) for key, rate in rates.items()]
    levels = dict(zip(rates, corrected_levels(chances), strict=True))
    found: list[GateResult] = []
    for model in run.plan.models:
        rate = pass_rate(run, model.key, levels[model.key]) if model.key in rates else None
        if rate is None:
            found.append(_result(model.key, None, "no answer of it was graded"))
            continue
        under = rate.interval.high < limit
        verdict = "surely below" if under else "not below" if rate.rate >= limit else "not surely below"
        found.append(_result(model.key, not under, f"{rate_words(rate)} is {verdict} {units.percent(limit)}"))
    return tuple(found)


def results_over(comparisons: Sequence[Comparison], limit: float) -> tuple[GateResult, ...]:
    """Tell of each model whether its pass rate has surely fallen by more than the limit, in points of 1."""
    found: list[GateResult] = []
    for comparison in comparisons:
        which = f" in {comparison.after_id}" if len(comparisons) > 1 else ""
        for difference in comparison.quality:
            lost = points_lost(difference)
            passed = None if difference.outcome is Better.TOO_FEW else lost is None or lost <= limit
            found.append(_result(difference.after_key, passed, f"{difference_words(difference)}{which}"))
    return tuple(found)


def _result(key: str, passed: bool | None, words: str) -> GateResult:
    return GateResult(number=GateNumber.QUALITY, key=key, name=NAME, passed=passed, words=f"{key}: {words}")
