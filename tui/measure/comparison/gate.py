"""What a gate on a comparison decides about each number: one table of results, whatever the number is of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui.measure.answers.quality_gate import results_over
from tui.measure.comparison import wording
from tui.measure.comparison.compare import regressions
from tui.records.comparison import Change, Comparison, Outcome
from tui.records.grading.gates import FailOver, GateNumber, GateResult
from tui.text import units


def gate_results(comparisons: Sequence[Comparison], fail_over: FailOver) -> tuple[GateResult, ...]:
    """Decide about every number that a gate is set on; requests that fail more often are part of the gate on speed."""
    found: list[GateResult] = []
    if fail_over.speed is not None:
        found += _of_speed(comparisons, fail_over.speed)
        found += _of_failures(comparisons)
    if fail_over.quality is not None:
        found += results_over(comparisons, fail_over.quality)
    return tuple(found)


def failure_words(results: Sequence[GateResult], fail_over: FailOver) -> Iterable[str]:
    """Write a sentence for each kind of number of which a result has not passed."""
    failed = {
        number: [result for result in results if result.number is number and result.passed is False]
        for number in GateNumber
    }
    if failed[GateNumber.SPEED]:
        names = dict.fromkeys(result.name for result in failed[GateNumber.SPEED])
        yield f"Slower by more than {units.share(fail_over.speed)}: {', '.join(names)}."
    if failed[GateNumber.FAILURES]:
        yield f"More requests failed: {', '.join(result.words for result in failed[GateNumber.FAILURES])}."
    if failed[GateNumber.QUALITY]:
        lost = f"{(fail_over.quality or 0) * 100:g} points"
        yield f"Quality lost by more than {lost}: {'; '.join(result.words for result in failed[GateNumber.QUALITY])}."


def _of_speed(comparisons: Sequence[Comparison], limit: float) -> Iterable[GateResult]:
    for comparison in comparisons:
        slower = regressions(comparison, limit)
        which = f" in {comparison.after_id}" if len(comparisons) > 1 else ""
        for change in comparison.changes:
            untold = change.outcome in (Outcome.CANNOT_TELL, Outcome.IN_DOUBT)
            yield GateResult(
                number=GateNumber.SPEED,
                key=change.key,
                name=f"{change.key} ({', '.join(_parts(change))}){which}",
                passed=False if change in slower else None if untold else True,
                words=f"{change.key}: {', '.join(_parts(change))} {wording.outcome_words(change)}{which}",
            )


def _parts(change: Change) -> list[str]:
    return [part for part in (change.quantity.value, change.step.name) if part]


def _of_failures(comparisons: Sequence[Comparison]) -> Iterable[GateResult]:
    for comparison in comparisons:
        words = wording.failures(comparison)
        failing = [model.key for model in comparison.beside if model.fails_more]
        for key, sentence in zip(failing, words, strict=True):
            yield GateResult(
                number=GateNumber.FAILURES, key=key, name=GateNumber.FAILURES.value, passed=False, words=sentence
            )
