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
        )
        for level in levels(run, key)
    )
