"""Brings runs of other machines into the history, from the files that they have written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tui import paths
from tui.cli.shared.options import Refused
from tui.cli.shared.stdin import file_of
from tui.cli.shared.values import history_file
from tui.console import Console, ExitCode
from tui.records import ExitCause, ExitKind, Load, RunRecord
from tui.records.fleet.results import FleetModel
from tui.reports.fleet.reading import read_results
from tui.reports.json.reading import NotARun, read_run
from tui.store.errors import HistoryError
from tui.store.history import History


def import_runs(files: Sequence[Path], console: Console) -> int:
    """Store the run of each file, unless the history has it already, and return the exit code."""
    runs = [_read(file) for file in files]
    try:
        with closing(History(history_file())) as history:
            here = {run.run_id for run in history.latest(-1)}
            for file, run in zip(files, runs, strict=True):
                if run.run_id in here:
                    console.say(f"{file}: the history has the run {run.run_id} already.")
                    continue
                history.begin(run)
                here.add(run.run_id)
                of_machine = f" of {run.environment.machine_name}" if run.environment.machine_name else ""
                console.say(f"{file}: the run {run.run_id}{of_machine} is in the history.")
    except HistoryError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    return ExitCode.DONE


def _read(file: Path) -> RunRecord:
    with file_of(str(file), "the run") as name:
        path = paths.expanded(Path(name))
        try:
            results = read_results(path)
            run = read_run(path)
        except NotARun as error:
            raise Refused(
                f"{str(error).rstrip('.')}; of merged results the files of the machines are needed."
            ) from error
    result = results[0]
    tags = dict.fromkeys((*run.tags, *([f"fleet:{result.plan_id}"] if result.plan_id else [])))
    environment = replace(run.environment, machine=result.machine, machine_name=result.label)
    loads = tuple(_load(model) for model in result.models)
    return replace(run, tags=tuple(tags), environment=environment, loads=loads)


def _load(model: FleetModel) -> Load:
    """Make the start of a model from its row: its load time, and why it ended if it never answered."""
    failed = model.status == "failed" and not model.rounds
    return Load(
        key=model.key,
        load_ns=None if model.load_s is None else round(model.load_s * 1e9),
        verdict=_cause(model.error) if failed else None,
    )


def _cause(error: str) -> ExitCause:
    kind, colon, reason = error.partition(": ")
    if colon and kind in list(ExitKind):
        return ExitCause(kind=ExitKind(kind), reason=reason)
    return ExitCause(kind=ExitKind.CRASHED, reason=error)
