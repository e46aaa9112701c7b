"""The numbers of a sweep, as the JSON of a model has them."""

from __future__ import annotations

from dataclasses import dataclass

from tui.measure.timing.sweep import sweep_steps
from tui.records import RunRecord
from tui.reports.json.distribution_rows import DistributionRow, distribution_row
from tui.reports.rounding import rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """One length; its counts and rates are medians over its rounds."""

    prompt_id: str
    asked_tokens: int
    rounds: int
    prompt_tokens: float | None
    output_tokens: float | None
    ttft_ms: DistributionRow | None
    prefill_tok_s: float | None
    decode_tok_s: DistributionRow | None
    thirds_tok_s: tuple[float, ...]
    """The decode rates over the first, the middle and the last third; empty if the answer was too short."""
    thirds_estimated: bool
    early: int
    """How many rounds the model ended before the length was reached."""
    flags: tuple[str, ...]
    error: str | None


def sweep_rows(run: RunRecord, key: str) -> tuple[SweepRow, ...]:
    """Make a row a length; there is none if the run is no sweep."""
    return tuple(
        SweepRow(
            prompt_id=step.prompt_id,
            asked_tokens=step.asked_tokens,
            rounds=step.rounds,
            prompt_tokens=rounded(step.prompt_tokens),
            output_tokens=rounded(step.output_tokens),
            ttft_ms=distribution_row(step.ttft_ms),
            prefill_tok_s=rounded(step.prefill_tok_s),
            decode_tok_s=distribution_row(step.decode_tok_s),
            thirds_tok_s=tuple(rounded(rate) for rate in step.thirds_tok_s or ()),
            thirds_estimated=step.thirds_estimated,
            early=step.early,
            flags=step.flags,
            error=step.error,
        )
        for step in sweep_steps(run, key)
    )
