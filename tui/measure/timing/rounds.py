"""This module summarises each model's rounds: their precision, their disturbances and whether the texts repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tui.measure.statistics.repeatability import repeatability
from tui.measure.timing.precision import relative_half_width
from tui.measure.timing.summary import all_rounds_of, rounds_of
from tui.records import Disturbance, RunRecord
from tui.records.statistics import Repeatability


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsSummary:
    """This record describes one model's warm rounds apart from their numbers."""

    key: str
    rounds: int
    """This counts the passes over the prompts, complete or not, in which at least one request succeeded."""
    requests: int
    launches: int
    half_width: float | None
    """The largest half-width of the headlines' intervals is a share of 1; it is ``None`` if the plan sets no target."""
    disturbed: int
    disturbances: Mapping[Disturbance, int]
    """Each kind of disturbance maps to the number of requests it affected; a request may count for several kinds."""
    repeatability: Repeatability


def rounds_summaries(run: RunRecord) -> tuple[RoundsSummary, ...]:
    """Return a summary for each model of the plan that has at least one successful round."""
    return tuple(summary for model in run.plan.models if (summary := _rounds_summary(run, model.key)).requests)


def _rounds_summary(run: RunRecord, key: str) -> RoundsSummary:
    rounds = all_rounds_of(run, key)
    kinds = Counter(kind for sample in rounds for kind in sample.disturbances)
    return RoundsSummary(
        key=key,
        rounds=len({sample.round for sample in rounds}),
        requests=len(rounds),
        launches=len({sample.launch for sample in rounds}),
        half_width=None
        if run.plan.method.until_interval is None
        else relative_half_width(rounds_of(run, key), by_prompt=bool(run.plan.method.sweep)),
        disturbed=sum(bool(sample.disturbances) for sample in rounds),
        disturbances={kind: kinds[kind] for kind in Disturbance if kinds[kind]},
        repeatability=repeatability(run.plan, rounds),
    )
