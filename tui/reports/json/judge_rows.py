"""The judges of a run, as its JSON has them."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records import RunRecord
from tui.records.judging import BiasCheck
from tui.reports.rounding import rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRow:
    """A model that judged, with its record over all that it has judged in the history."""

    judge: str
    trusted: bool
    reasons: tuple[str, ...]
    rated: int
    unrated: int
    common: int
    kappa: float | None
    leans: tuple[BiasCheck, ...]
    replies: str


def judge_rows(run: RunRecord) -> tuple[JudgeRow, ...]:
    """Make a row a judge."""
    return tuple(
        JudgeRow(
            judge=record.judge,
            trusted=record.trusted,
            reasons=record.reasons,
            rated=record.rated,
            unrated=record.unrated,
            common=record.common,
            kappa=rounded(record.kappa),
            leans=record.biases,
            replies=record.replies,
        )
        for record in run.judges
    )
