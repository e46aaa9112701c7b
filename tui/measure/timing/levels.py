"""This module summarises runs with several requests in flight. Each level is a load of its own and never averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.measure.disturbance import undisturbed
from tui.measure.statistics.distribution import distribution
from tui.measure.statistics.intervals import Measured
from tui.measure.timing import metrics
from tui.measure.timing.segments import without_superseded
from tui.records import ASKED_TO_WAIT, TOKENS_ESTIMATED, RunRecord, Sample, SampleKind, SampleStatus
from tui.records.statistics import Distribution
from tui.records.steps import Level


def at_lowest_level(run: RunRecord) -> RunRecord:
    """Return the run with the rounds of its lowest level only, which are the ones that headlines are computed from."""
    return at_level(run, min(run.plan.method.concurrency))


def at_level(run: RunRecord, at_once: int) -> RunRecord:
    """Return the run as if it had this one level, without the rounds of the other levels.

    The requests before the rounds are sent one at a time, so they stay with the lowest level alone. A level that was
    measured again counts once.
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
    """Return the levels of one model, the lowest first, including those that were not measured.

    The result is empty if the run sends one request at a time.
    """
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
    """Return output tokens of all these requests / time of the level, in tokens per second.

    The time runs from the sending of the first request to the last end of generation among those that succeeded; the
    times of several launches are added up. It includes what a user of the server experiences: the time between two
    requests of a connection, and the end of a level, when fewer are in flight. The result is ``None`` if a request has
    no count of its tokens.
    """
    tokens = [sample.timeline.output_tokens for sample in rounds]
    span_ns = sum(end - begin for begin, end in _windows_ns(rounds))
    counted = [count for count in tokens if count is not None]
    return sum(counted) * metrics.NS_PER_S / span_ns if span_ns and len(counted) == len(tokens) else None


def requests_per_s(rounds: Sequence[Sample]) -> float | None:
    """Return requests / time, in requests per second.

    The time is that of ``total_tok_s`` if several were in flight, else the sum of the times of the requests: what a
    server or a model that is asked without a pause does.
    """
    ends_ns = [sample.timeline.end_ns for sample in rounds if sample.timeline.end_ns is not None]
    if any(sample.concurrency > 1 for sample in rounds):
        span_ns = sum(end - begin for begin, end in _windows_ns(rounds))
    else:
        span_ns = sum(ends_ns)
    return len(ends_ns) * metrics.NS_PER_S / span_ns if span_ns else None


def launch_totals(rounds: Sequence[Sample]) -> list[Measured]:
    """Return the total rate of each launch of a level, leaving out launches without one."""
    launches = dict.fromkeys(sample.launch for sample in rounds)
    rates = {launch: total_tok_s([sample for sample in rounds if sample.launch == launch]) for launch in launches}
    return [Measured("", launch, 1, rate) for launch, rate in rates.items() if rate]


def mean_in_flight(rounds: Sequence[Sample]) -> float | None:
    """Return how many of these requests were in flight on average over the time that ``total_tok_s`` divides by."""
    span_ns = sum(end - begin for begin, end in _windows_ns(rounds))
    busy_ns = sum(sample.timeline.end_ns or 0 for sample in rounds)
    return busy_ns / span_ns if span_ns else None


def _windows_ns(rounds: Sequence[Sample]) -> list[tuple[int, int]]:
    """Return for each launch when its first request was sent and when its last generation ended."""
    windows: dict[int, tuple[int, int]] = {}
    for sample in rounds:
        sent_ns, end_ns = sample.timeline.sent_ns, sample.timeline.end_ns
        if sent_ns is None or end_ns is None:
            continue
        begin, end = windows.get(sample.launch, (sent_ns, sent_ns))
        windows[sample.launch] = min(begin, sent_ns), max(end, sent_ns + end_ns)
    return list(windows.values())


def _level(at_once: int, samples: Sequence[Sample], *, without_disturbed: bool) -> Level:
    """Summarise one level. Totals include disturbed requests, because these were part of the load as well."""
    succeeded = [sample for sample in samples if sample.status is SampleStatus.OK]
    rounds = undisturbed(succeeded) if without_disturbed else succeeded
    failed = [sample for sample in samples if sample.status is SampleStatus.FAILED]
    ttfts = [metrics.ttft_ns(sample.timeline) for sample in rounds]
    return Level(
        at_once=at_once,
        rounds=len(rounds),
        failed=len(failed),
        asked_to_wait=sum(ASKED_TO_WAIT in sample.flags for sample in succeeded),
        ttft_ms=_distribution(rounds, [None if ttft is None else ttft / 1e6 for ttft in ttfts]),
        decode_tok_s=_distribution(rounds, [metrics.decode_tok_s(sample.timeline) for sample in rounds]),
        total_tok_s=total_tok_s(succeeded),
        in_flight=mean_in_flight(succeeded),
        flags=tuple(dict.fromkeys(flag for sample in rounds for flag in sample.flags)),
        error=failed[0].error if failed else None,
    )


def has_estimated_tokens(level: Level) -> bool:
    """Return whether the token counts of a level are estimates because the server did not count them."""
    return TOKENS_ESTIMATED in level.flags


def _distribution(rounds: Sequence[Sample], values: Sequence[float | None]) -> Distribution | None:
    return distribution(
        [
            Measured(sample.prompt_id, sample.launch, sample.round, value)
            for sample, value in zip(rounds, values, strict=True)
            if value
        ]
    )
