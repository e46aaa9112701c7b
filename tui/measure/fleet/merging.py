"""Merge runs of many machines: a run counts once, and the order in which runs are given makes no difference."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from tui.records.fleet.results import FleetModel, FleetRun, MeasuredMachine

_SHOWN_ID_CHARACTERS: Final = 6
_WHOLE_ID: Final = 32
_OK: Final = "ok"


def merged_runs(runs: Iterable[FleetRun]) -> tuple[FleetRun, ...]:
    """Return each run once, in an order that depends on the runs alone.

    Of several states of one run, such as before and after it was resumed, the one that ended last counts.
    """
    by_id: dict[tuple[str, str], FleetRun] = {}
    for run in runs:
        name = (run.machine, run.run_id)
        other = by_id.get(name)
        by_id[name] = run if other is None else max(run, other, key=_freshness)
    return tuple(sorted(by_id.values(), key=lambda run: (run.machine, run.started_at, run.run_id)))


def machines_of(runs: Sequence[FleetRun], labels: Mapping[str, str] | None = None) -> tuple[MeasuredMachine, ...]:
    """Group merged runs by machine, in the order of their labels; ``labels`` name machines anew, by their ids.

    Of a model that a machine has measured in several runs, the latest result counts: nothing is averaged.
    """
    by_machine: dict[str, list[FleetRun]] = {}
    for run in runs:
        by_machine.setdefault(run.machine, []).append(run)
    names = _own_names(
        {machine: _name(machine, of_machine, labels or {}) for machine, of_machine in by_machine.items()}
    )
    machines: list[MeasuredMachine] = []
    for machine, of_machine in by_machine.items():
        newest_first = sorted(of_machine, key=lambda run: (run.started_at, run.run_id), reverse=True)
        machines.append(
            MeasuredMachine(
                id=machine,
                label=names[machine],
                runs=tuple(replace(run, label=(labels or {}).get(machine, run.label)) for run in newest_first),
                models=_latest_models(newest_first),
            )
        )
    return tuple(sorted(machines, key=lambda found: (found.label.casefold(), found.label, found.id)))


def unlike_in(runs: Sequence[FleetRun]) -> tuple[str, ...]:
    """List what was not asked the same in all runs, each as ``what: value or value``; the list is empty if nothing."""
    plan_ids = sorted({run.plan_id for run in runs if run.plan_id})
    found = [f"plan: {_either(plan_ids)}"] if len(plan_ids) > 1 else []
    asked: dict[str, set[str]] = {}
    for run in runs:
        for what, value in run.asked.items():
            asked.setdefault(what, set()).add(value)
    missing = {what for what in asked if any(what not in run.asked for run in runs)}
    for what, values in sorted(asked.items()):
        values = values | {"not asked"} if what in missing else values
        if len(values) > 1:
            found.append(f"{what}: {_either(sorted(values))}")
    return tuple(found)


def duplicates_in(runs: Sequence[tuple[str, FleetRun]]) -> tuple[str, ...]:
    """Name the files that bring a run again, as ``b.json brings the run X of a.json again``."""
    first: dict[tuple[str, str], str] = {}
    found: list[str] = []
    for file, run in runs:
        name = (run.machine, run.run_id)
        if name in first:
            found.append(f"{file} brings the run {run.run_id} of {first[name]} again")
        else:
            first[name] = file
    return tuple(found)


def _freshness(run: FleetRun) -> tuple[str, int, str]:
    content = json.dumps(msgspec.to_builtins(run), sort_keys=True)
    return run.finished_at, sum(model.rounds for model in run.models), content


def _latest_models(newest_first: Sequence[FleetRun]) -> dict[str, FleetModel]:
    """The latest result of each model that is one; of a model that has always failed the latest failure."""
    models: dict[str, FleetModel] = {}
    for run in newest_first:
        for model in run.models:
            known = models.get(model.key)
            if known is None or (known.status != _OK and model.status == _OK):
                models[model.key] = model
    return models


def _name(machine: str, runs: Sequence[FleetRun], labels: Mapping[str, str]) -> str:
    if labels.get(machine):
        return labels[machine]
    named = [(run.started_at, run.run_id, run.label) for run in runs if run.label]
    return max(named)[-1] if named else f"machine-{machine[:_SHOWN_ID_CHARACTERS]}"


def _own_names(names: Mapping[str, str]) -> dict[str, str]:
    """Add as much of the id to names that several machines have as tells them apart."""
    own = dict(names)
    for length in (_SHOWN_ID_CHARACTERS, 2 * _SHOWN_ID_CHARACTERS, _WHOLE_ID):
        shared = Counter(own.values())
        for machine, name in names.items():
            if shared[own[machine]] > 1:
                own[machine] = f"{name} ({machine[:length]})"
    shared = Counter(own.values())
    return {machine: name if shared[name] == 1 else machine for machine, name in own.items()}


def _either(values: Sequence[str]) -> str:
    shown = [value if len(value) <= 80 else f"{value[:79]}…" for value in values[:4]]
    return " or ".join([*shown, *([f"{len(values) - 4} others"] if len(values) > 4 else [])])
