"""Gates on what became of a run: speed, E2E, peak memory, failed requests and changed answers.

A gate on a number with an interval fails where the near end of the interval is beyond the limit. Failures and changed
answers are counted, so they have no interval. A number that the data cannot tell neither passes nor fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from tui.measure.answers.quality_gate import results_over
from tui.measure.comparison import wording
from tui.measure.comparison.compare import further_changes, regressions
from tui.measure.timing.segments import without_superseded
from tui.records import RunRecord, Sample, SampleKind, SampleStatus
from tui.records.comparison import Change, Comparison, Outcome, Quantity
from tui.records.grading.gates import FailOver, GateNumber, GateResult
from tui.text import units
from tui.text.tables import counted

_FAILED: Final = {
    GateNumber.E2E: "Slower",
    GateNumber.MEMORY: "More memory",
    GateNumber.FAILURES: "More requests failed",
    GateNumber.ANSWERS: "Answers have changed",
}
"""What a failed gate means, for each number whose sentence names no limit."""
_SHOWN_REASONS, _SHOWN_CHARACTERS = 3, 160
_GROWING: Final = {GateNumber.E2E: Quantity.E2E, GateNumber.MEMORY: Quantity.MEMORY}
"""Numbers that are worse the larger they are, with what is compared."""


def gate_results(
    before: RunRecord, others: Sequence[RunRecord], comparisons: Sequence[Comparison], fail_over: FailOver
) -> tuple[GateResult, ...]:
    """Return the decision of every gate about each model, in the order of the runs and of the gates."""
    found = [
        result
        for after, comparison in zip(others, comparisons, strict=True)
        for result in _of_run(before, after, comparison, fail_over, f" in {after.run_id}" if len(others) > 1 else "")
    ]
    if fail_over.quality is not None:
        found += results_over(comparisons, fail_over.quality)
    return tuple(found)


def failure_words(results: Sequence[GateResult], fail_over: FailOver) -> Iterator[str]:
    """Write a sentence for each kind of number of which a result has not passed."""
    failed = {
        number: [result for result in results if result.number is number and result.passed is False]
        for number in GateNumber
    }
    if failed[GateNumber.SPEED]:
        names = dict.fromkeys(_slower_name(result) for result in failed[GateNumber.SPEED])
        yield f"Slower by more than {units.share(fail_over.speed)}: {', '.join(names)}."
    if failed[GateNumber.QUALITY]:
        lost = f"{(fail_over.quality or 0) * 100:g} points"
        yield f"Quality lost by more than {lost}: {'; '.join(result.words for result in failed[GateNumber.QUALITY])}."
    for number, words in _FAILED.items():
        if failed[number]:
            yield f"{words}: {'; '.join(result.words for result in failed[number])}."


def _slower_name(result: GateResult) -> str:
    """Write ``tiny (TTFT, rag) in RUN``."""
    name, separator, run_id = result.name.partition(" in ")
    return f"{result.key} ({name}){separator}{run_id}"


def _of_run(
    before: RunRecord, after: RunRecord, comparison: Comparison, fail_over: FailOver, which: str
) -> Iterator[GateResult]:
    if fail_over.speed is not None:
        yield from _speed(comparison, fail_over.speed, which)
    for number, limit in ((GateNumber.E2E, fail_over.e2e), (GateNumber.MEMORY, fail_over.memory)):
        if limit is not None:
            yield from _growth(number, before, after, comparison, limit, which)
    if fail_over.speed is not None or fail_over.failures is not None:
        yield from _failures(after, comparison, fail_over.failures or 0.0, which)
    if fail_over.answers is not None:
        yield from _answers(before, after, comparison, fail_over.answers, which)


def _speed(comparison: Comparison, limit: float, which: str) -> Iterator[GateResult]:
    worse = regressions(comparison, limit)
    for change in comparison.changes:
        told = change.outcome not in (Outcome.CANNOT_TELL, Outcome.IN_DOUBT)
        values = " -> ".join(wording.sides(change))
        why = f" ({change.doubt})" if change.doubt else ""
        name = ", ".join(filter(None, (change.quantity.value, change.step.name)))
        yield GateResult(
            number=GateNumber.SPEED,
            key=change.key,
            name=f"{name}{which}",
            passed=change not in worse if told else None,
            words=f"{change.key}: {name} {values}, {wording.outcome_words(change)}{why}{which}",
            limit=limit,
            value=change.slowdown,
            interval=change.interval,
        )


def _growth(
    number: GateNumber, before: RunRecord, after: RunRecord, comparison: Comparison, limit: float, which: str
) -> Iterator[GateResult]:
    """Compare a number over launches; the models of a run are corrected together."""
    (changes,) = further_changes(before, (after,), _GROWING[number], comparison.relative_to)
    by_key = {change.key: change for change in changes}
    for model in comparison.beside:
        change = by_key.get(model.key)
        interval = None if change is None else change.interval
        yield GateResult(
            number=number,
            key=model.key,
            name=f"{number.value}{which}",
            passed=None if interval is None else interval.low <= limit,
            words=f"{model.key}: {number.value} {_growth_words(change)}{which}",
            limit=limit,
            value=None if change is None else change.slowdown,
            interval=interval,
        )


def _growth_words(change: Change | None) -> str:
    if change is None or change.after is None:
        return "not measured, and a side has too few launches"
    values = " -> ".join(wording.sides(change))
    values += f" ({wording.relative_change(change.before, change.after)})"
    if change.interval is not None:
        return f"{values} {units.share_span(wording.as_it_stands(change.quantity, change.interval))}"
    return f"{values}, not compared: {change.doubt}" if change.doubt else f"{values}, and a side has too few launches"


def _failures(after: RunRecord, comparison: Comparison, limit: float, which: str) -> Iterator[GateResult]:
    for model in comparison.beside:
        shares = [side.failed / side.requests if side.requests else 0.0 for side in (model.before, model.after)]
        grown = shares[1] - shares[0]
        yield GateResult(
            number=GateNumber.FAILURES,
            key=model.key,
            name=f"{GateNumber.FAILURES.value}{which}",
            passed=grown <= limit,
            words=f"{model.key}: {model.before.failed} of {counted(model.before.requests, 'request')} failed before, "
            f"{model.after.failed} of {model.after.requests} after{which}{_reasons(after, model.key)}",
            limit=limit,
            value=grown,
        )


def _reasons(run: RunRecord, key: str) -> str:
    """Write why requests of a model failed, the most frequent reason first, each with its number if there are several;
    empty if none is known.
    """
    failed = (
        sample.error
        for sample in without_superseded(run).samples
        if sample.key == key and sample.status is SampleStatus.FAILED and sample.error
    )
    reasons = Counter(failed).most_common()
    first = [(reason[:_SHOWN_CHARACTERS], count) for reason, count in reasons[:_SHOWN_REASONS]]
    shown = [reason if len(reasons) == 1 else f"{reason} ({units.count(count)})" for reason, count in first]
    more = [counted(len(reasons) - _SHOWN_REASONS, "other reason")] if len(reasons) > _SHOWN_REASONS else []
    return f": {'; '.join([*shown, *more])}" if reasons else ""


def _answers(
    before: RunRecord, after: RunRecord, comparison: Comparison, limit: float, which: str
) -> Iterator[GateResult]:
    """Compare the usual text of each prompt; with a temperature above 0 texts differ by chance, and tell nothing."""
    by_chance = before.plan.method.temperature > 0 or after.plan.method.temperature > 0
    for model in comparison.beside:
        first, second = (_usual_texts(run, model.key) for run in (before, after))
        common = [prompt for prompt in first if prompt in second]
        changed = [prompt for prompt in common if first[prompt] != second[prompt]]
        share = len(changed) / len(common) if common and not by_chance else None
        why = "texts differ by chance above temperature 0" if by_chance else "a side has no texts"
        words = why if share is None else f"{len(changed)} of {counted(len(common), 'prompt')}"
        listed = f" ({', '.join(changed)})" if share else ""
        yield GateResult(
            number=GateNumber.ANSWERS,
            key=model.key,
            name=f"{GateNumber.ANSWERS.value}{which}",
            passed=None if share is None else share <= limit,
            words=f"{model.key}: {GateNumber.ANSWERS.value}: {words}{listed}{which}",
            limit=limit,
            value=share,
        )


def _usual_texts(run: RunRecord, key: str) -> dict[str, str]:
    """Return the most frequent answer to each prompt, of several the first; prompts without a text are left out."""
    texts: dict[str, Counter[str]] = {}
    for sample in without_superseded(run).samples:
        if _is_answer(sample, key):
            texts.setdefault(sample.prompt_id, Counter())[sample.text] += 1
    return {prompt: counts.most_common(1)[0][0] for prompt, counts in texts.items()}


def _is_answer(sample: Sample, key: str) -> bool:
    is_own = sample.key == key and sample.kind is SampleKind.ROUND
    return is_own and sample.status is SampleStatus.OK and bool(sample.text)
