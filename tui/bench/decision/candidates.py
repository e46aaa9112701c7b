"""Runs of the history -> what a model is chosen by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from tui.measure.comparison.comparability import find_differences
from tui.measure.decision.candidates import Describe
from tui.measure.decision.candidates import candidates as run_candidates
from tui.records import Purpose, RunRecord, RunStatus
from tui.records.comparison import Difference
from tui.records.decision import Candidate
from tui.records.judging import TrackRecord
from tui.store.history import History
from tui.store.ratings import with_ratings

_NEWEST: Final = 500
"""Runs that are looked through for the latest of each model."""


@dataclass(frozen=True, slots=True)
class HistoryCandidates:
    """The candidates, and the runs that they are from."""

    candidates: tuple[Candidate, ...]
    runs: tuple[RunRecord, ...]
    judges: tuple[TrackRecord, ...] = ()
    """Who has judged their answers; only those that are trusted count."""

    @property
    def untrusted(self) -> tuple[str, ...]:
        """Models whose ratings are there and do not count."""
        return tuple(judge.judge for judge in self.judges if not judge.trusted)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What the runs do not have in common, so that their numbers compare badly."""
        first, *others = self.runs or (None,)
        found = (difference for other in others if first is not None for difference in find_differences(first, other))
        return tuple(dict.fromkeys(found))


def candidates_of(history: History, run: RunRecord, describe: Describe) -> HistoryCandidates:
    """Every model of one run."""
    run = with_ratings(history, run)
    return HistoryCandidates(
        run_candidates(run, [model.key for model in run.plan.models], describe), (run,), run.judges
    )


def latest_candidates(history: History, describe: Describe, wanted: Collection[str] = ()) -> HistoryCandidates:
    """Each model as its latest benchmark has it, or only those of these names, in the order of their keys."""
    found: dict[str, Candidate] = {}
    runs: list[RunRecord] = []
    for each in history.latest(_NEWEST):
        keys = [
            model.key
            for model in each.plan.models
            if model.key not in found and (not wanted or {model.key, model.alias, model.model_id} & set(wanted))
        ]
        if not keys or each.plan.purpose is not Purpose.BENCHMARK or each.status is RunStatus.RUNNING:
            continue
        run = with_ratings(history, history.run(each.run_id))
        reached = run_candidates(run, keys, describe)
        if reached:
            runs.append(run)
            found |= {candidate.key: candidate for candidate in reached}
    judges = {standing.judge: standing for run in runs for standing in run.judges}
    return HistoryCandidates(tuple(found[key] for key in sorted(found)), tuple(runs), tuple(judges.values()))
