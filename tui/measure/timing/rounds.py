"""This module summarises each model's rounds: their precision, their disturbances and whether the texts repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import geometric_mean, median

from tui.measure.statistics.repeatability import repeatability
from tui.measure.timing.precision import relative_half_width
from tui.measure.timing.summary import all_rounds_of, e2e_ms, rounds_of
from tui.records import Disturbance, RunRecord, Sample
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
    disturbed_longer: float | None = None
    """By which share of their time disturbed requests took longer than the others; ``None`` without others."""


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
        disturbed_longer=disturbed_longer(rounds),
    )


def disturbed_longer(rounds: Sequence[Sample]) -> float | None:
    """Return how much longer E2E of disturbed requests is, as the geometric mean over prompts of ratios of medians.

    Only requests of one model and prompt are held against each other, so that a long prompt which is disturbed more
    often does not count as an effect. The result is ``None`` if no prompt has requests of both kinds.
    """
    if not any(sample.disturbances for sample in rounds):
        return None
    by_request: dict[tuple[str, str], list[Sample]] = {}
    for sample in rounds:
        by_request.setdefault((sample.key, sample.prompt_id), []).append(sample)
    ratios: list[float] = []
    for group in by_request.values():
        own = [(sample, e2e) for sample in group if (e2e := e2e_ms(sample.timeline))]
        hit, quiet = ([e2e for sample, e2e in own if bool(sample.disturbances) is wanted] for wanted in (True, False))
        if hit and quiet:
            ratios.append(median(hit) / median(quiet))
    return geometric_mean(ratios) - 1 if ratios else None
