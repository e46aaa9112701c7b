"""Several requests at once: each level is a load of its own, so nothing is averaged over levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.measure.statistics.distribution import distribution
from tui.measure.statistics.intervals import Measured
from tui.measure.timing import metrics
from tui.measure.timing.segments import without_superseded
from tui.records import ASKED_TO_WAIT, TOKENS_ESTIMATED, RunRecord, Sample, SampleKind, SampleStatus
from tui.records.statistics import Distribution
from tui.records.steps import Level


def at_lowest_level(run: RunRecord) -> RunRecord:
    """The run as far as headlines may speak of it: without the rounds in which more than the fewest were in flight."""
    return at_level(run, min(run.plan.method.concurrency))


def at_level(run: RunRecord, at_once: int) -> RunRecord:
    """The run as if it were of this one level: without the rounds of the others.

    What comes before the rounds is asked one at a time, and stays with the lowest level alone. A level that was
    measured anew counts once.
    """
    if not run.plan.method.concurrent:
        return run
    with_start = at_once == min(run.plan.method.concurrency)
    return replace(
        run,
        plan=replace(run.plan, method=replace(run.plan.method, concurrency=(at_once,))),
        samples=tuple(
            sample
            for sample in without_superseded(run).samples
            if (sample.concurrency == at_once if sample.kind is SampleKind.ROUND else with_start)
        ),
    )


def levels(run: RunRecord, key: str) -> tuple[Level, ...]:
    """The levels of one model, the lowest first, also those that it was not asked; none of a run one at a time."""
    if not run.plan.method.concurrent:
        return ()
    own = [
        sample for sample in without_superseded(run).samples if sample.key == key and sample.kind is SampleKind.ROUND
    ]
    return tuple(
        _level(
            at_once,
            [sample for sample in own if sample.concurrency == at_once],
            without_disturbed=run.without_disturbed,
        )
        for at_once in run.plan.method.concurrency
    )


def total_tok_s(rounds: Sequence[Sample]) -> float | None:
    """Output tokens of all these requests / time of the level.

    The time is from the first request's being sent to the last end of generation among those that succeeded, launch by
    launch, and what there is of several launches is added up. So it holds what a person has of the server: the time
    between two requests of a connection, and the end of a level, when fewer are in flight. ``None`` where a request
    has no count of its tokens.
    """
    tokens = [sample.timeline.output_tokens for sample in rounds]
    span_ns = sum(end - begin for begin, end in _windows_ns(rounds))
    counted = [count for count in tokens if count is not None]
    return sum(counted) * metrics.NS_PER_S / span_ns if span_ns and len(counted) == len(tokens) else None


def launch_totals(rounds: Sequence[Sample]) -> list[Measured]:
    """The total rate of each launch of a level, where it is known."""
    launches = dict.fromkeys(sample.launch for sample in rounds)
    rates = {launch: total_tok_s([each for each in rounds if each.launch == launch]) for launch in launches}
    return [Measured("", launch, 1, rate) for launch, rate in rates.items() if rate]


def mean_in_flight(rounds: Sequence[Sample]) -> float | None:
    """How many of these requests were in flight on average over the same time."""
    span_ns = sum(end - begin for begin, end in _windows_ns(rounds))
    busy_ns = sum(sample.timeline.end_ns or 0 for sample in rounds)
    return busy_ns / span_ns if span_ns else None


def _windows_ns(rounds: Sequence[Sample]) -> list[tuple[int, int]]:
    """From the first to the last of each launch."""
    found: dict[int, tuple[int, int]] = {}
    for sample in rounds:
        sent_ns, end_ns = sample.timeline.sent_ns, sample.timeline.end_ns
        if sent_ns is None or end_ns is None:
            continue
        begin, end = found.get(sample.launch, (sent_ns, sent_ns))
        found[sample.launch] = min(begin, sent_ns), max(end, sent_ns + end_ns)
    return list(found.values())


def _level(at_once: int, samples: Sequence[Sample], *, without_disturbed: bool) -> Level:
    """What all requests did together holds the disturbed ones in any case: it was theirs as well."""
    every = [sample for sample in samples if sample.status is SampleStatus.OK]
    rounds = [sample for sample in every if not (without_disturbed and sample.disturbances)]
    failed = [sample for sample in samples if sample.status is SampleStatus.FAILED]
    ttfts = [metrics.ttft_ns(sample.timeline) for sample in rounds]
    return Level(
        at_once=at_once,
        rounds=len(rounds),
        failed=len(failed),
        asked_to_wait=sum(ASKED_TO_WAIT in sample.flags for sample in every),
        ttft_ms=_distribution(rounds, [None if ttft is None else ttft / 1e6 for ttft in ttfts]),
        decode_tok_s=_distribution(rounds, [metrics.decode_tok_s(sample.timeline) for sample in rounds]),
        total_tok_s=total_tok_s(every),
        in_flight=mean_in_flight(every),
        flags=tuple(dict.fromkeys(flag for sample in rounds for flag in sample.flags)),
        error=failed[0].error if failed else None,
    )


def has_estimated_tokens(level: Level) -> bool:
    """Whether its tokens were not counted by the server."""
    return TOKENS_ESTIMATED in level.flags


def _distribution(rounds: Sequence[Sample], values: Sequence[float | None]) -> Distribution | None:
    return distribution(
        [
            Measured(sample.prompt_id, sample.launch, sample.round, value)
            for sample, value in zip(rounds, values, strict=True)
            if value
        ]
    )
