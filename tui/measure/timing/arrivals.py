"""This module tells whether a server kept up with requests that arrived by a schedule, and which of them count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.timing import metrics
from tui.records import Sample, SampleStatus, Timeline
from tui.records.steps import Slo

TRIMMED_SHARE: Final = 0.1
"""The share of the first arrivals that is left out: they find the server emptier than it is in the steady state."""
_BACKLOG_SHARE: Final = 0.08
_LEAST_BACKLOG: Final = 10


def ttft_with_wait_ns(timeline: Timeline) -> int | None:
    """Return the time from the arrival of a request to its first text; without a schedule that is TTFT."""
    ttft_ns = metrics.ttft_ns(timeline)
    return None if ttft_ns is None else ttft_ns + (timeline.waited_ns or 0)


def e2e_with_wait_ns(timeline: Timeline) -> int | None:
    """Return the time from the arrival of a request to its last text; without a schedule that is E2E."""
    e2e_ns = metrics.e2e_ns(timeline)
    return None if e2e_ns is None else e2e_ns + (timeline.waited_ns or 0)


def steady(rounds: Sequence[Sample]) -> list[Sample]:
    """Return the requests of an open loop without the first tenth of each launch, in the order of their arrival."""
    kept: list[Sample] = []
    for launch in dict.fromkeys(sample.launch for sample in rounds):
        of_launch = sorted((sample for sample in rounds if sample.launch == launch), key=_arrived_ns)
        kept += of_launch[round(len(of_launch) * TRIMMED_SHARE) :]
    return kept


def unanswered_at_end(rounds: Sequence[Sample]) -> int:
    """Return how many requests waited or were in flight when the last one arrived, at most over the launches."""
    most = 0
    for launch in dict.fromkeys(sample.launch for sample in rounds):
        of_launch = [sample for sample in rounds if sample.launch == launch]
        last_ns = max(map(_arrived_ns, of_launch))
        ends_ns = [(sample.timeline.sent_ns or 0) + (sample.timeline.end_ns or 0) for sample in of_launch]
        most = max(most, sum(end_ns > last_ns for end_ns in ends_ns))
    return most


def keeps_up(rounds: Sequence[Sample], unanswered: int) -> bool:
    """Return whether a server kept up with its arrivals: what was unanswered at the end is not more than a queue.

    A server that is too slow by a tenth leaves a tenth of all requests; one that keeps up leaves a few, however many
    there were.
    """
    launches = len({sample.launch for sample in rounds}) or 1
    return unanswered <= max(_LEAST_BACKLOG, _BACKLOG_SHARE * len(rounds) / launches)


def is_good(sample: Sample, slo: Slo) -> bool:
    """Return whether a request succeeded and kept its limits; a number that is not known keeps none."""
    timeline = sample.timeline
    numbers_ns = (
        (slo.ttft_ms, ttft_with_wait_ns(timeline)),
        (slo.tpot_ms, metrics.tpot_ns(timeline)),
        (slo.e2e_ms, e2e_with_wait_ns(timeline)),
    )
    kept = (limit_ms is None or (ns is not None and ns <= limit_ms * 1e6) for limit_ms, ns in numbers_ns)
    return sample.status is SampleStatus.OK and all(kept)


def _arrived_ns(sample: Sample) -> int:
    return (sample.timeline.sent_ns or 0) - (sample.timeline.waited_ns or 0)
