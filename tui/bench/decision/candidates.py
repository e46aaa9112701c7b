"""Collect the models that can be chosen, with their numbers, from the runs of the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tui.measure.comparison.comparability import find_differences
from tui.measure.decision.candidates import Describe, with_votes
from tui.measure.decision.candidates import candidates as run_candidates
from tui.measure.decision.worst import worst_of
from tui.records import Purpose, RunRecord, RunStatus
from tui.records.comparison import Difference
from tui.records.decision import Candidate
from tui.records.judging import TrackRecord
from tui.store.history import History
from tui.store.preferences import opinions_of
from tui.store.ratings import with_ratings
from tui.store.votes import all_votes

_NEWEST: Final = 500
"""The latest benchmark of each model is looked for among this many newest runs."""


@dataclass(frozen=True, slots=True)
class HistoryCandidates:
    """The candidates, and the runs that their numbers come from."""

    candidates: tuple[Candidate, ...]
    runs: tuple[RunRecord, ...]
    judges: tuple[TrackRecord, ...] = ()
    """The judges of the candidates' answers; only the ratings of trusted ones count."""
    machines: tuple[str, ...] = ()
    """The names of the machines, if each number is that of the worst of them."""

    @property
    def untrusted(self) -> tuple[str, ...]:
        """The judges whose ratings do not count, because they are not trusted."""
        return tuple(judge.judge for judge in self.judges if not judge.trusted)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The differences between the first run and the others, because of which their numbers compare badly."""
        first, *others = self.runs or (None,)
        differences = (
            difference for other in others if first is not None for difference in find_differences(first, other)
        )
        return tuple(dict.fromkeys(differences))


def candidates_of(
    history: History, run: RunRecord, describe: Describe, *, only_available: bool = False
) -> HistoryCandidates:
    """The candidates of one run: all of its models, also those that cannot be run now, if not ``only_available``."""
    run = with_ratings(history, run)
    models = run_candidates(run, [model.key for model in run.plan.models], describe)
    if not only_available:
        models = tuple(replace(model, unavailable="") for model in models)
    return HistoryCandidates(_with_opinions(history, models), (run,), run.judges)


def _with_opinions(history: History, models: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Add what the votes of the history tell of the models, with the ratings if there are votes."""
    if not all_votes(history):
        return tuple(models)
    stored = opinions_of(history)
    return with_votes(models, stored.votes, stored.preferences, stored.judges)


def can_be_chosen_from(run: RunRecord) -> bool:
    """Whether one run has the numbers of two models or more, so that there is something to choose."""
    return _counts(run) and len({sample.key for sample in run.samples}) > 1


def worst_candidates(history: History, describe: Describe, wanted: Collection[str] = ()) -> HistoryCandidates:
    """Each model with its worst numbers over all machines of the history, on each of which its latest benchmark counts.

    A model that one of the machines has not measured has failed there. ``wanted`` is that of ``latest_candidates``.
    """
    ids = dict.fromkeys(run.environment.machine for run in history.latest(_NEWEST) if _counts(run))
    names = _machine_names(history)
    by_machine = {
        names[machine]: latest_candidates(history, describe, wanted, machine=machine)
        for machine in sorted(ids, key=names.__getitem__)
    }
    measured = {name: found for name, found in by_machine.items() if found.candidates}
    by_key: dict[str, dict[str, Candidate]] = {}
    for name, found in measured.items():
        for candidate in found.candidates:
            by_key.setdefault(candidate.key, {})[name] = candidate
    judges = {record.judge: record for found in measured.values() for record in found.judges}
    return HistoryCandidates(
        tuple(worst_of(tuple(measured), by_key[key]) for key in sorted(by_key)),
        tuple(run for found in measured.values() for run in found.runs),
        tuple(judges.values()),
        tuple(measured),
    )


def _counts(run: RunRecord) -> bool:
    """Whether a run has numbers of models: in a sweep each length is another question."""
    plan = run.plan
    return plan.purpose is Purpose.BENCHMARK and not plan.method.sweep and run.status is not RunStatus.RUNNING


def _machine_names(history: History) -> dict[str, str]:
    """The name of each machine: its latest one or, without one and where two share it, its id."""
    names: dict[str, str] = {}
    for run in history.latest(_NEWEST):
        found = run.environment
        if not names.get(found.machine):
            names[found.machine] = found.machine_name
    shared = Counter(names.values())
    unnamed = "a machine without an id"
    return {
        machine: name if name and shared[name] == 1 else f"{name or 'machine'} {machine[:8]}" if machine else unnamed
        for machine, name in names.items()
    }


def latest_candidates(
    history: History, describe: Describe, wanted: Collection[str] = (), *, machine: str | None = None
) -> HistoryCandidates:
    """Each model with the numbers of its latest benchmark that is no sweep, in the order of the keys.

    If ``wanted`` is not empty, only models whose key, alias or model id is in it are candidates. With ``machine``, the
    id of one, only its runs count.
    """
    candidates: dict[str, Candidate] = {}
    runs: list[RunRecord] = []
    for newest in history.latest(_NEWEST):
        keys = [
            model.key
            for model in newest.plan.models
            if model.key not in candidates and (not wanted or {model.key, model.alias, model.model_id} & set(wanted))
        ]
        if not keys or not _counts(newest) or machine not in (None, newest.environment.machine):
            continue
        run = with_ratings(history, history.run(newest.run_id))
        reached = run_candidates(run, keys, describe)
        if reached:
            runs.append(run)
            candidates |= {candidate.key: candidate for candidate in reached}
    judges = {record.judge: record for run in runs for record in run.judges}
    chosen = _with_opinions(history, [candidates[key] for key in sorted(candidates)])
    return HistoryCandidates(chosen, tuple(runs), tuple(judges.values()))
