"""The numbers of several requests at once, as the JSON of a model has them."""

from __future__ import annotations

from dataclasses import dataclass

from tui.measure.timing.levels import levels
from tui.records import RunRecord
from tui.reports.json.distribution_rows import DistributionRow, distribution_row
from tui.reports.rounding import rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRow:
    """One level, which is a number of requests at once; of a level that was not measured all numbers are empty."""

    at_once: int
    measured: bool
    rounds: int
    failed: int
    asked_to_wait: int
    ttft_ms: DistributionRow | None
    decode_tok_s: DistributionRow | None
    total_tok_s: float | None
    in_flight: float | None
    flags: tuple[str, ...]
    error: str | None
    ttft_p95_ms: float | None = None
    e2e_p50_ms: float | None = None
    e2e_p95_ms: float | None = None
    steady_tok_s: float | None = None
    """The total rate from the last connection's first request until the last request is sent."""
    requests_per_s: float | None = None
    arrivals_per_s: float | None = None
    """The rate of the schedule by which requests arrived. TTFT and E2E are then from the arrival."""
    left_out: int = 0
    """The requests before the steady state, which are in no TTFT and E2E."""
    unanswered: int | None = None
    """The requests that waited or were in flight when the last one arrived."""
    keeps_up: bool | None = None
    good_share: float | None = None
    """The share of the requests that kept the limits of ``slo``."""
    goodput_per_s: float | None = None
    client_busy: float | None = None
    """The share of the time in which our own client was busy; from 0.5 on it may be what limits the level."""
    between_requests: float | None = None
    """The share of the connections' time that our own client took between two requests; the total rate is lower by it.
    """
    client_ceiling_tok_s: float | None = None
    """The total rate at which our own client would be busy all the time: an extrapolation."""


def level_rows(run: RunRecord, key: str) -> tuple[LevelRow, ...]:
    """Make a row a level; there is none for a run with one request at a time."""
    return tuple(
        LevelRow(
            at_once=level.at_once,
            measured=level.measured,
            rounds=level.rounds,
            failed=level.failed,
            asked_to_wait=level.asked_to_wait,
            ttft_ms=distribution_row(level.ttft_ms),
            decode_tok_s=distribution_row(level.decode_tok_s),
            total_tok_s=rounded(level.total_tok_s),
            in_flight=rounded(level.in_flight),
            flags=level.flags,
            error=level.error,
            ttft_p95_ms=rounded(level.ttft_p95_ms),
            e2e_p50_ms=rounded(level.e2e_p50_ms),
            e2e_p95_ms=rounded(level.e2e_p95_ms),
            steady_tok_s=rounded(level.steady_tok_s),
            requests_per_s=rounded(level.requests_per_s),
            arrivals_per_s=level.arrivals_per_s,
            left_out=level.left_out,
            unanswered=level.unanswered,
            keeps_up=level.keeps_up,
            good_share=rounded(level.good_share),
            goodput_per_s=rounded(level.goodput_per_s),
            client_busy=rounded(level.client_busy),
            between_requests=rounded(level.between_requests),
            client_ceiling_tok_s=rounded(level.client_ceiling_tok_s),
        )
        for level in levels(run, key)
    )
