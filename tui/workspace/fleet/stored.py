"""The results of all machines in the history that did the plan of one run."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final

from tui.measure.fleet.comparing import fleet_of
from tui.measure.fleet.merging import unlike_in
from tui.records import Purpose
from tui.records.fleet.results import Fleet, FleetRun
from tui.reports.fleet.reading import results_in
from tui.reports.json.reading import NotARun
from tui.reports.json.rows import document_members
from tui.store.history import History

_NEWEST: Final = 500
"""Runs of the same plan are looked for among this many newest ones."""
_MOST_RUNS: Final = 200


def fleet_in_history(file: Path, run_id: str) -> Fleet:
    """Merge the run with those of all machines that did the same plan, or without a plan were asked the same.

    It reads samples and resamples launches, so it is called in a thread.

    Raises:
        HistoryError: the history cannot be read.
    """
    with closing(History(file)) as history:
        runs = [_results(history, run_id)]
        plan_id = runs[0].plan_id if runs else ""
        others = [
            run.run_id
            for run in history.latest(_NEWEST)
            if run.run_id != run_id and run.plan.purpose is Purpose.BENCHMARK and run.plan.plan_id == plan_id
        ]
        for other in others[:_MOST_RUNS]:
            try:
                found = _results(history, other)
            except NotARun:
                continue
            if plan_id or not unlike_in([runs[0], found]):
                runs.append(found)
    return fleet_of(runs)


def _results(history: History, run_id: str) -> FleetRun:
    return results_in(document_members(history.run(run_id)), run_id)[0]
