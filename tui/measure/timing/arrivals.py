"""This module tells whether a server kept up with requests that arrived by a schedule, and which of them count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.timing import metrics
from tui.records import Sample, SampleStatus, Timeline
from tui.records.steps import Slo

TRIMMED_SHARE: Final = 0.1
"""The share of the first arrivals that is left out: they find the server emptier than it is in the steady state."""
_BACKLOG_SHARE: Final = 0.06
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
    return max((_unanswered(of_launch, 1.0) for of_launch in _by_launch(rounds)), default=0)


def backlog_growth(rounds: Sequence[Sample]) -> int:
    """Return by how much the unanswered requests grew from a quarter of the arrivals to the last one.

    A server that answers many at once has many in flight all the time, and keeps up as long as they do not grow.
    """
    grown = (_unanswered(of_launch, 1.0) - _unanswered(of_launch, 0.25) for of_launch in _by_launch(rounds))
    return max(grown, default=0)


def keeps_up(rounds: Sequence[Sample], growth: int) -> bool:
    """Return whether a server kept up with its arrivals: what was unanswered did not grow by more than a queue varies.

    A server that is too slow by a tenth leaves a tenth of all requests, so what grows is a share of them.
    """
    launches = len({sample.launch for sample in rounds}) or 1
    return growth <= max(_LEAST_BACKLOG, _BACKLOG_SHARE * len(rounds) / launches)


def _by_launch(rounds: Sequence[Sample]) -> list[list[Sample]]:
    launches = dict.fromkeys(sample.launch for sample in rounds)
    return [[sample for sample in rounds if sample.launch == launch] for launch in launches]


def _unanswered(of_launch: Sequence[Sample], share: float) -> int:
    """Return how many requests were unanswered when this share of all had arrived."""
    arrived_ns = sorted(map(_arrived_ns, of_launch))
    at_ns = arrived_ns[max(0, round(share * len(arrived_ns)) - 1)]
    ends_ns = ((sample.timeline.sent_ns or 0) + (sample.timeline.end_ns or 0) for sample in of_launch)
    return sum(ns <= at_ns for ns in arrived_ns) - sum(end_ns <= at_ns for end_ns in ends_ns)


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
