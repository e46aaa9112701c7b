"""How each model's rounds went: how sure they make its numbers, what disturbed them, whether its texts repeat."""

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
    """What there is to know of one model's warm rounds besides their numbers."""

    key: str
    rounds: int
    """Passes over the prompts, whole or begun, of which some request succeeded."""
    requests: int
    launches: int
    half_width: float | None
    """How far the 95 % intervals of the headlines reach; told only where rounds were added for its sake."""
    disturbed: int
    disturbances: Mapping[Disturbance, int]
    """How many requests each of them was about; one request may count for several."""
    repeatability: Repeatability


def rounds_summaries(run: RunRecord) -> tuple[RoundsSummary, ...]:
    """One for each model of the plan of which a round succeeded."""
    return tuple(course for model in run.plan.models if (course := _course(run, model.key)).requests)


def _course(run: RunRecord, key: str) -> RoundsSummary:
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
