"""Two runs of the same thing, or the models of one run: what differs, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tui.measure.answers.pass_rates import run_differences
from tui.measure.comparison.comparability import (
    changed_answers,
    environment_differences,
    find_differences,
    pace_differences,
    server_differences,
)
from tui.measure.comparison.launch_order import launch_correlation
from tui.measure.comparison.pairs import Pair, together
from tui.measure.comparison.steps import at_step, common_dimension, steps
from tui.measure.comparison.yardstick import Yardstick, without_yardstick, yardstick_of
from tui.measure.doubt import are_comparable, doubt_about, flags_of_all
from tui.measure.statistics.intervals import Measured, headline, is_measured
from tui.measure.timing import metrics
from tui.measure.timing.levels import launch_totals
from tui.measure.timing.segments import without_superseded
from tui.measure.timing.summary import all_rounds_of, e2e_ms, measured, median_over_prompts, rounds_of, ttft_ms
from tui.records import Order, RunRecord, RunStatus, SampleKind, SampleStatus, Timeline
from tui.records.comparison import (
    Change,
    ComparedStep,
    Comparison,
    Doubt,
    LaunchCorrelation,
    OtherFigures,
    Outcome,
    Quantity,
    RequestCounts,
    StepDimension,
)

_OF_TIMELINE: Final[Mapping[Quantity, Callable[[Timeline], float | None]]] = {
    Quantity.TTFT: ttft_ms,
    Quantity.PREFILL: metrics.prefill_tok_s,
    Quantity.DECODE: metrics.decode_tok_s,
    Quantity.E2E: e2e_ms,
}
HEADLINES: Final = (Quantity.TTFT, Quantity.DECODE)
FURTHER: Final = (Quantity.E2E, Quantity.MEMORY)
"""Numbers with a verdict beside the headlines. Each is a family of its own, so that it takes no power from those."""
_COMPARED: Final[Mapping[StepDimension | None, Sequence[Quantity]]] = {
    None: HEADLINES,
    StepDimension.PROMPT: (Quantity.TTFT, Quantity.PREFILL),
    StepDimension.OUTPUT: (Quantity.DECODE,),
    StepDimension.AT_ONCE: (Quantity.TTFT, Quantity.DECODE, Quantity.TOTAL),
}
"""What a step may change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What of two runs is held against each other: a step of both, or both as they are."""

    step: ComparedStep
    before: RunRecord
    after: RunRecord


def compare(
    before: RunRecord, after: RunRecord, relative_to: str | None = None, *, by_yardstick: bool = True
) -> Comparison:
    """What became of each model's numbers, over the prompts that both runs have."""
    (found,) = compare_all(before, (after,), relative_to, by_yardstick=by_yardstick)
    return found


def compare_all(
    before: RunRecord, others: Sequence[RunRecord], relative_to: str | None = None, *, by_yardstick: bool = True
) -> tuple[Comparison, ...]:
    """Each of the others against the first run.

    An interval and its verdict are over launches, and corrected after Holm for the number of comparisons over all of
    these runs: headlines as one family, single prompts as another. Runs that step through lengths or numbers of
    requests at once have no headline: each step that both have is one of the family.

    ``relative_to`` is a model that took turns with the others in all of the runs, and did not change: every round is
    set against that model's own of the same round, and given as at its typical pace in the first run. What slowed both
    for a while, such as a neighbour on a shared machine, is in neither number then. Its own change is not told.
    Without it, a model that has a yardstick beside it in both runs is compared relative to that, if ``by_yardstick``.
    """
    by_yardstick = by_yardstick and relative_to is None
    headlines = [_pairs_of(before, after, relative_to, by_yardstick=by_yardstick) for after in others]
    singles = [[single for pair in pairs for single in _by_prompt(pair)] for pairs in headlines]
    families = [further_changes(before, others, number, relative_to, by_yardstick=by_yardstick) for number in FURTHER]
    further = (tuple(_of_whole_runs(before, *row)) for row in zip(others, *families, strict=True))
    found = zip(others, together(headlines), together(singles), further, run_differences(before, others), strict=True)
    return tuple(
        replace(_comparison(before, after, changes, by_prompt, relative_to), further=further, quality=quality)
        for after, changes, by_prompt, further, quality in found
    )


def further_changes(
    before: RunRecord,
    others: Sequence[RunRecord],
    quantity: Quantity,
    relative_to: str | None = None,
    *,
    by_yardstick: bool = True,
) -> list[tuple[Change, ...]]:
    """Return what became of one further number of each model in each of the others, corrected for all of them."""
    return together([_further_pairs(before, after, quantity, relative_to, by_yardstick) for after in others])


def reference_problem(key: str, run: RunRecord) -> str | None:
    """Why others of this run cannot be compared relative to this model; ``None`` where they can."""
    if run.plan.method.has_levels:
        return "several requests were in flight at once"
    if run.plan.method.order is not Order.INTERLEAVED:
        return "its models did not take turns (--order interleaved)"
    return None if rounds_of(run, key) else "it has no measured round of that model"


def reference_models(runs: Sequence[RunRecord]) -> tuple[str, ...]:
    """The models that the others of these runs can be compared relative to."""
    keys = [model.key for model in runs[0].plan.models]
    return tuple(key for key in keys if len(keys) > 1 and all(reference_problem(key, run) is None for run in runs))


def regressions(comparison: Comparison, over: float) -> tuple[Change, ...]:
    """Headlines, or steps, that are surely slower by more than this share, since their interval's near bound passes it.

    A model that is no longer measured is one as well.
    """
    return tuple(
        change
        for change in comparison.changes
        if change.outcome is Outcome.GONE
        or (change.outcome is Outcome.SLOWER and change.interval is not None and change.interval.low > over)
    )


def _of_whole_runs(before: RunRecord, after: RunRecord, *families: tuple[Change, ...]) -> Iterable[Change]:
    """Yield the further changes, in the order of the models; runs that vary a quantity in steps have no E2E."""
    stepped = common_dimension(before.plan, after.plan) is not None
    changes = [change for family in families for change in family]
    for model in before.plan.models:
        own = (change for change in changes if change.key == model.key)
        yield from (change for change in own if not stepped or change.quantity is not Quantity.E2E)


def _further_pairs(
    before: RunRecord, after: RunRecord, quantity: Quantity, relative_to: str | None, by_yardstick: bool
) -> list[Pair]:
    part, tried = _Part(step=ComparedStep(), before=before, after=after), _tried(after)
    keys = [model.key for model in before.plan.models if model.key != relative_to and model.key in tried]
    if quantity is Quantity.MEMORY:
        # Neither another model nor the machine's pace changes how much memory a model takes.
        pairs = [_pair(key, quantity, part, None) for key in keys]
    else:
        beside = {key: yardstick_of(before, after, key) if by_yardstick else None for key in keys}
        pairs = [_pair(key, quantity, part, relative_to, beside[key]) for key in keys]
    return [pair for pair in pairs if pair.before]


def _comparison(
    before: RunRecord,
    after: RunRecord,
    changes: tuple[Change, ...],
    by_prompt: tuple[Change, ...],
    relative_to: str | None,
) -> Comparison:
    keys, others = [model.key for model in before.plan.models], _tried(after)
    along, common = common_dimension(before.plan, after.plan), [key for key in keys if key in others]
    told = {change.step for change in changes}
    return Comparison(
        before_id=before.run_id,
        after_id=after.run_id,
        changes=changes,
        by_prompt=by_prompt,
        beside=tuple(_beside(before, after, key) for key in keys if any(change.key == key for change in changes)),
        unlike=find_differences(before, after),
        environment=(
            *environment_differences(before.environment, after.environment),
            *server_differences(before, after),
            *pace_differences(before, after),
        ),
        only_before=tuple(key for key in keys if key not in others),
        only_after=tuple(key for key in others if key not in keys),
        along=along,
        steps_only_before=_steps_left(before, common, told) if along else (),
        steps_only_after=_steps_left(after, common, told) if along else (),
        relative_to=relative_to,
        by_yardstick=tuple(key for key in common if _is_by_yardstick(changes, key)),
        without_yardstick=without_yardstick(before, after, common),
        launch_correlation=None if relative_to is not None else _correlation(before, after, changes),
        answers=changed_answers(before, after),
    )


def _is_by_yardstick(changes: Iterable[Change], key: str) -> bool:
    return any(change.measured_before is not None for change in changes if change.key == key)


def _correlation(before: RunRecord, after: RunRecord, changes: Sequence[Change]) -> LaunchCorrelation | None:
    """Return how alike successive launches of the models are that no yardstick stands beside."""
    keys = dict.fromkeys(change.key for change in changes if not _is_by_yardstick(changes, change.key))
    return launch_correlation(
        [[measured_values(run, key, quantity) for key in keys for quantity in HEADLINES] for run in (before, after)]
    )


def _steps_left(run: RunRecord, keys: Sequence[str], told: Collection[ComparedStep]) -> tuple[str, ...]:
    """The steps that only this run has measured."""
    left = (step for step in steps(run.plan) if step not in told)
    return tuple(step.name for step in left if any(rounds_of(at_step(run, step), key) for key in keys))


def _beside(before: RunRecord, after: RunRecord, key: str) -> OtherFigures:
    parts, stepped = _parts(before, after), common_dimension(before.plan, after.plan) is not None
    sides = (
        [sample for part in parts for sample in rounds_of(part.before, key)],
        [sample for part in parts for sample in rounds_of(part.after, key)],
    )
    common = {sample.prompt_id for sample in sides[0]} & {sample.prompt_id for sample in sides[1]}
    first, second = ([sample for sample in side if sample.prompt_id in common] or side for side in sides)
    return OtherFigures(
        key=key,
        e2e_before_ms=None if stepped else median_over_prompts(first, e2e_ms),
        e2e_after_ms=None if stepped else median_over_prompts(second, e2e_ms),
        peak_rss_before_bytes=max((each.peak_rss_bytes for each in first if each.peak_rss_bytes), default=None),
        peak_rss_after_bytes=max((each.peak_rss_bytes for each in second if each.peak_rss_bytes), default=None),
        before=_counts(before, key),
        after=_counts(after, key),
    )


def _counts(run: RunRecord, key: str) -> RequestCounts:
    rounds = [
        sample for sample in without_superseded(run).samples if sample.key == key and sample.kind is SampleKind.ROUND
    ]
    done = [sample for sample in rounds if sample.status in (SampleStatus.OK, SampleStatus.FAILED)]
    return RequestCounts(
        requests=len(done),
        failed=sum(sample.status is SampleStatus.FAILED for sample in done),
        disturbed=sum(bool(sample.disturbances) for sample in done),
    )


def _tried(run: RunRecord) -> list[str]:
    """The models that a run came to: one that was stopped says nothing of those that it did not reach."""
    known = {
        sample.key for sample in run.samples if sample.kind is SampleKind.ROUND and sample.status is SampleStatus.OK
    }
    known |= {sample.key for sample in run.samples if sample.status is SampleStatus.FAILED}
    return [model.key for model in run.plan.models if run.status is RunStatus.DONE or model.key in known]


def _parts(before: RunRecord, after: RunRecord) -> list[_Part]:
    if common_dimension(before.plan, after.plan) is None:
        return [_Part(step=ComparedStep(), before=before, after=after)]
    common = set(steps(after.plan))
    return [
        _Part(step=step, before=at_step(before, step), after=at_step(after, step))
        for step in steps(before.plan)
        if step in common
    ]


def _pairs_of(
    before: RunRecord, after: RunRecord, relative_to: str | None, *, by_yardstick: bool = False
) -> list[Pair]:
    parts = [(part, _tried(part.after)) for part in _parts(before, after)]
    keys = [model.key for model in before.plan.models]
    beside = {key: yardstick_of(before, after, key) if by_yardstick else None for key in keys}
    pairs = (
        _pair(model.key, quantity, part, relative_to, beside[model.key])
        for model in before.plan.models
        if model.key != relative_to
        for quantity in _COMPARED[common_dimension(before.plan, after.plan)]
        for part, tried in parts
        if model.key in tried
    )
    # Where the prompt tokens are not known TTFT tells whether anything was measured.
    return [pair for pair in pairs if pair.before and (pair.after or pair.quantity is not Quantity.PREFILL)]


def _pair(key: str, quantity: Quantity, part: _Part, relative_to: str | None, beside: Yardstick | None = None) -> Pair:
    first, second = measured_values(part.before, key, quantity), measured_values(part.after, key, quantity)
    if relative_to is not None:
        references = [measured_values(run, relative_to, quantity) for run in (part.before, part.after)]
        typical = headline(references[0]) if references[0] else 1
        first, second = (_relative(*side, typical) for side in zip((first, second), references, strict=True))
    if second:
        common = {each.prompt_id for each in first} & {each.prompt_id for each in second}
        first, second = ([each for each in side if each.prompt_id in common] for side in (first, second))
    rounds = rounds_of(part.before, key), rounds_of(part.after, key)
    doubts = [doubt_about(side, quantity) for side in rounds]
    reason = "" if are_comparable(*doubts) or not second else _doubt_words(*doubts)
    pair = Pair(key=key, step=part.step, quantity=quantity, before=first, after=second, doubt=reason)
    pair = replace(pair, flags=(flags_of_all(rounds[0]), flags_of_all(rounds[1])))
    if beside is None or not second:
        return pair
    relative = beside.relative(quantity, first, second)
    return replace(pair, before=relative[0], after=relative[1], measured=(first, second))


def _doubt_words(before: Doubt | None, after: Doubt | None) -> str:
    """Return the reasons of both sides, each with its side."""
    sides = [f"{side}, {doubt.reason}" for side, doubt in (("before", before), ("after", after)) if doubt is not None]
    return "; ".join(sides)


def measured_values(run: RunRecord, key: str, quantity: Quantity) -> Sequence[Measured]:
    """Return one number of a model in every round that counts; of peak memory one of each launch, in bytes."""
    if quantity is Quantity.MEMORY:
        return _launch_peaks(run, key)
    if quantity is Quantity.TOTAL:
        # Of all that was in flight: without some of them it would be the rate of a load that there never was.
        return launch_totals(all_rounds_of(run, key))
    return measured(rounds_of(run, key), _OF_TIMELINE[quantity])


def _launch_peaks(run: RunRecord, key: str) -> list[Measured]:
    peaks: dict[int, float] = {}
    for sample in rounds_of(run, key):
        if is_measured(sample.peak_rss_bytes):
            peaks[sample.launch] = max(peaks.get(sample.launch, 0.0), sample.peak_rss_bytes)
    return [Measured("", launch, 1, peak) for launch, peak in peaks.items()]


def _relative(values: Sequence[Measured], references: Sequence[Measured], typical: float) -> list[Measured]:
    """Each round as it would have been had the reference been typical in it; rounds without one are left out."""
    of_round = {(reference.prompt_id, reference.launch, reference.round): reference.value for reference in references}
    return [
        replace(value, value=value.value / reference * typical)
        for value in values
        if (reference := of_round.get((value.prompt_id, value.launch, value.round)))
    ]


def _by_prompt(pair: Pair) -> Iterable[Pair]:
    """None of a step, which is one part of a run already."""
    if pair.step != ComparedStep():
        return
    for prompt_id in dict.fromkeys(each.prompt_id for each in pair.before):
        sides = (pair.before, pair.after, *(pair.measured or ()))
        before, after, *measured = ([each for each in side if each.prompt_id == prompt_id] for side in sides)
        step = ComparedStep(prompt_id=prompt_id)
        as_measured = (measured[0], measured[1]) if measured else None
        yield replace(pair, step=step, before=before, after=after, measured=as_measured)
