"""This module summarises runs with several requests in flight. Each level is a load of its own and never averaged."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from tui.measure.disturbance import undisturbed
from tui.measure.doubt import flags_of_all
from tui.measure.statistics.distribution import distribution
from tui.measure.statistics.intervals import Measured, is_measured
from tui.measure.timing import metrics
from tui.measure.timing.arrivals import (
    backlog_growth,
    e2e_with_wait_ns,
    is_good,
    keeps_up,
    steady,
    ttft_with_wait_ns,
    unanswered_at_end,
)
from tui.measure.timing.headlines import median_over_prompts, tail_over_prompts
from tui.measure.timing.segments import without_superseded
from tui.records import ASKED_TO_WAIT, TOKENS_ESTIMATED, RunRecord, Sample, SampleKind, SampleStatus, Timeline
from tui.records.statistics import Distribution
from tui.records.steps import Level, Slo
from tui.text.limits import slo_in


def at_lowest_level(run: RunRecord) -> RunRecord:
    """Return the run with the rounds of its lowest level only, which are the ones that headlines are computed from."""
    return at_level(run, min(run.plan.method.concurrency))


def at_level(run: RunRecord, at_once: int) -> RunRecord:
    """Return the run as if it had this one level, without the rounds of the other levels.

    The requests before the rounds are sent one at a time, so they stay with the lowest level alone. A level that was
    measured again counts once.
    """
    if run.plan.method.arrivals_per_s:
        return _at_lowest_rate(run)
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


def _at_lowest_rate(run: RunRecord) -> RunRecord:
    return at_arrivals(run, min(run.plan.method.arrivals_per_s))


def at_arrivals(run: RunRecord, arrivals_per_s: float) -> RunRecord:
    """Return the run as if requests had arrived at this one rate only, without the rounds of the other rates."""
    return replace(
        run,
        plan=replace(run.plan, method=replace(run.plan.method, arrivals_per_s=(arrivals_per_s,))),
        samples=tuple(
            sample
            for sample in without_superseded(run).samples
            if sample.kind is not SampleKind.ROUND or sample.arrivals_per_s == arrivals_per_s
        ),
    )


def levels(run: RunRecord, key: str) -> tuple[Level, ...]:
    """Return the levels of one model, the lowest first, including those that were not measured.

    The result is empty if the run sends one request at a time.
    """
    if not run.plan.method.has_levels:
        return ()
    slo = slo_in(run.plan.method.slo) if run.plan.method.slo else None
    own = [
        sample for sample in without_superseded(run).samples if sample.key == key and sample.kind is SampleKind.ROUND
    ]
    rates = run.plan.method.arrivals_per_s
    loads: list[tuple[int, float | None]] = [(1, rate) for rate in rates]
    loads = loads or [(at_once, None) for at_once in run.plan.method.concurrency]
    return tuple(
        _level(
            load,
            [sample for sample in own if (sample.concurrency, sample.arrivals_per_s) == load],
            slo,
            without_disturbed=run.without_disturbed,
        )
        for load in loads
    )


def total_tok_s(rounds: Sequence[Sample]) -> float | None:
    """Return output tokens of all these requests / time of the level, in tokens per second.

    The time runs from the sending of the first request to the last end of generation among those that succeeded; the
    times of several launches are added up. It includes the end of a level, when fewer are in flight. One at a time it
    is the sum of the times of the requests, since between two of them only this program works. The result is ``None``
    if a request has no count of its tokens.
    """
    tokens = [sample.timeline.output_tokens for sample in rounds]
    span_ns = _span_ns(rounds)
    counted = [count for count in tokens if count is not None]
    return sum(counted) * metrics.NS_PER_S / span_ns if span_ns and len(counted) == len(tokens) else None


def steady_tok_s(rounds: Sequence[Sample], at_once: int) -> float | None:
    """Return the total rate of the steady state: without the time in which connections begin and run out.

    It begins when each connection has sent its first request and ends when the last request is sent, which for all
    connections are whole requests. Tokens count by the arrivals of their text in that time; the times of several
    launches are added up. The result is ``None`` if there is no such time, or a request has no count of its tokens.
    """
    if at_once == 1:
        return total_tok_s(rounds)
    tokens, span_ns = 0.0, 0
    for launch in dict.fromkeys(sample.launch for sample in rounds):
        of_launch = [sample for sample in rounds if sample.launch == launch]
        sent_ns = sorted(sample.timeline.sent_ns for sample in of_launch if sample.timeline.sent_ns is not None)
        if len(sent_ns) <= at_once:
            continue
        begin, end = sent_ns[at_once - 1], sent_ns[-1]
        span_ns += end - begin
        tokens += sum(_tokens_between(sample.timeline, begin, end) for sample in of_launch)
    counted = all(sample.timeline.output_tokens is not None for sample in rounds)
    return tokens * metrics.NS_PER_S / span_ns if span_ns and counted else None


def between_requests(rounds: Sequence[Sample], at_once: int) -> float | None:
    """Return the share of the connections' time in which they had no request in flight, in the steady state.

    Each connection sends its next request as soon as the last one is answered, so this is the time that our own client
    takes from one to the next; the total rate is lower by the same share. The result is ``None`` with one request at a
    time, where the total rate leaves that time out, and if there is no steady state.
    """
    if at_once == 1:
        return None
    busy_ns, span_ns = 0, 0
    for launch in dict.fromkeys(sample.launch for sample in rounds):
        windows = sorted(
            (timeline.sent_ns, timeline.sent_ns + timeline.end_ns)
            for timeline in (sample.timeline for sample in rounds if sample.launch == launch)
            if timeline.sent_ns is not None and timeline.end_ns is not None
        )
        if len(windows) <= at_once:
            continue
        begin, end = windows[at_once - 1][0], windows[-1][0]
        span_ns += end - begin
        busy_ns += sum(max(0, min(ended, end) - max(sent, begin)) for sent, ended in windows)
    return max(0.0, 1 - busy_ns / (span_ns * at_once)) if span_ns else None


def _tokens_between(timeline: Timeline, begin_ns: int, end_ns: int) -> float:
    """Return the share of a request's tokens whose text arrived between two times of the client's clock."""
    arrivals, sent_ns = timeline.arrivals_ns, timeline.sent_ns
    if not arrivals or sent_ns is None:
        return 0.0
    inside = bisect_left(arrivals, end_ns - sent_ns) - bisect_left(arrivals, begin_ns - sent_ns)
    return (timeline.output_tokens or 0) * inside / len(arrivals)


def requests_per_s(rounds: Sequence[Sample]) -> float | None:
    """Return requests / time, in requests per second.

    The time is that of ``total_tok_s`` if several were in flight, else the sum of the times of the requests: what a
    server or a model that is asked without a pause does.
    """
    ends_ns = [sample.timeline.end_ns for sample in rounds if sample.timeline.end_ns is not None]
    span_ns = _span_ns(rounds)
    return len(ends_ns) * metrics.NS_PER_S / span_ns if span_ns else None


def launch_totals(rounds: Sequence[Sample]) -> list[Measured]:
    """Return the total rate of each launch of a level, leaving out launches without one."""
    launches = dict.fromkeys(sample.launch for sample in rounds)
    rates = {launch: total_tok_s([sample for sample in rounds if sample.launch == launch]) for launch in launches}
    return [Measured("", launch, 1, rate) for launch, rate in rates.items() if is_measured(rate)]


def mean_in_flight(rounds: Sequence[Sample]) -> float | None:
    """Return how many of these requests were in flight on average over the time that ``total_tok_s`` divides by."""
    span_ns = _span_ns(rounds)
    busy_ns = sum(sample.timeline.end_ns or 0 for sample in rounds)
    return busy_ns / span_ns if span_ns else None


def _span_ns(rounds: Sequence[Sample]) -> int:
    """Return the time of these requests: from first to last if several were in flight, else all of their times."""
    if any(sample.concurrency > 1 or sample.arrivals_per_s is not None for sample in rounds):
        return sum(end - begin for begin, end in _windows_ns(rounds))
    return sum(sample.timeline.end_ns or 0 for sample in rounds)


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


def _level(
    load: tuple[int, float | None], samples: Sequence[Sample], slo: Slo | None, *, without_disturbed: bool
) -> Level:
    """Summarise one level. Totals include disturbed requests, because these were part of the load as well."""
    succeeded = [sample for sample in samples if sample.status is SampleStatus.OK]
    at_once, rate = load
    counted = undisturbed(succeeded) if without_disturbed else succeeded
    rounds = counted if rate is None else steady(counted)
    failed = [sample for sample in samples if sample.status is SampleStatus.FAILED]
    busy = [sample.client_busy for sample in succeeded if sample.client_busy is not None]
    client_busy, total = (sum(busy) / len(busy) if busy else None), total_tok_s(succeeded)
    # The time of a request that failed, or that the server had to be asked again for, is not our client's.
    waited = bool(failed) or any(ASKED_TO_WAIT in sample.flags for sample in succeeded)
    ttfts = [ttft_with_wait_ns(sample.timeline) for sample in rounds]
    level = Level(
        at_once=at_once,
        arrivals_per_s=rate,
        rounds=len(rounds),
        failed=len(failed),
        asked_to_wait=sum(ASKED_TO_WAIT in sample.flags for sample in succeeded),
        disturbed=sum(bool(sample.disturbances) for sample in rounds),
        ttft_ms=_distribution(rounds, [None if ttft is None else ttft / 1e6 for ttft in ttfts]),
        decode_tok_s=_distribution(rounds, [metrics.decode_tok_s(sample.timeline) for sample in rounds]),
        ttft_p95_ms=_in_ms(tail_over_prompts(rounds, ttft_with_wait_ns)),
        e2e_p50_ms=_in_ms(median_over_prompts(rounds, e2e_with_wait_ns)),
        e2e_p95_ms=_in_ms(tail_over_prompts(rounds, e2e_with_wait_ns)),
        total_tok_s=total,
        steady_tok_s=steady_tok_s(succeeded, at_once) if rate is None else None,
        between_requests=None if waited or rate is not None else between_requests(succeeded, at_once),
        requests_per_s=requests_per_s(succeeded),
        client_busy=client_busy,
        client_ceiling_tok_s=total / client_busy if total and client_busy else None,
        in_flight=mean_in_flight(succeeded),
        flags=flags_of_all(rounds),
        error=failed[0].error if failed else None,
    )
    if rate is not None and succeeded:
        unanswered = unanswered_at_end(succeeded)
        level = replace(
            level,
            left_out=len(counted) - len(rounds),
            unanswered=unanswered,
            keeps_up=keeps_up(succeeded, backlog_growth(succeeded)),
        )
    return level if slo is None else _with_goodput(level, rounds, slo)


def _with_goodput(level: Level, rounds: Sequence[Sample], slo: Slo) -> Level:
    """Add the share of good requests; one that failed is none."""
    sent = len(rounds) + level.failed
    share = sum(is_good(sample, slo) for sample in rounds) / sent if sent else None
    goodput = None if share is None or level.requests_per_s is None else share * level.requests_per_s
    return replace(level, good_share=share, goodput_per_s=goodput)


def _in_ms(value_ns: float | None) -> float | None:
    return None if value_ns is None else value_ns / 1e6


def has_estimated_tokens(level: Level) -> bool:
    """Return whether the token counts of a level are estimates because the server did not count them."""
    return TOKENS_ESTIMATED in level.flags


def _distribution(rounds: Sequence[Sample], values: Sequence[float | None]) -> Distribution | None:
    return distribution(
        [
            Measured(sample.prompt_id, sample.launch, sample.round, value)
            for sample, value in zip(rounds, values, strict=True)
            if is_measured(value)
        ]
    )
