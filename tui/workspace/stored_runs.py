"""Reads runs of the history for screens that compare or judge them, from the disk and so in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from tui import paths
from tui.probes import host
from tui.records import ModelPace, Purpose, RunFilter, RunRecord, RunState
from tui.store.history import History
from tui.store.runs import Runs

_LATEST_RUNS: Final = 200
_MOST_SAMPLES_SHOWN: Final = 5000


def latest_benchmarks(history_file: Path | None) -> list[RunRecord]:
    """List the benchmarks among the latest runs, without their samples, the newest first.

    Raises:
        HistoryError: if the history cannot be read; the text is one sentence for the user.
    """
    if history_file is None or not paths.exists(history_file):
        return []
    with closing(History(history_file)) as history:
        return [run for run in history.latest(_LATEST_RUNS) if run.plan.purpose is Purpose.BENCHMARK]


def latest_results(history_file: Path | None) -> RunRecord | None:
    """Read the run whose results were shown last: the latest benchmark or, without one, the latest question.

    A run that is still measured, or that has very many samples, is left to the history.

    Raises:
        HistoryError: if the history cannot be read; the text is one sentence for the user.
    """
    if history_file is None or not paths.exists(history_file):
        return None
    with closing(History(history_file)) as history:
        entries = Runs(history.database, host.owner_lives).entries()[:_LATEST_RUNS]
        fitting = [
            entry
            for entry in entries
            if entry.status is not RunState.RUNNING and 0 < entry.samples <= _MOST_SAMPLES_SHOWN
        ]
        fitting.sort(key=lambda entry: entry.purpose is not Purpose.BENCHMARK)
        return history.run(fitting[0].run_id) if fitting else None


def earlier_prompts(history_file: Path | None) -> tuple[str, ...]:
    """List what was asked in the latest questions, each text once, the newest last.

    Raises:
        HistoryError: if the history cannot be read; the text is one sentence for the user.
    """
    if history_file is None or not paths.exists(history_file):
        return ()
    with closing(History(history_file)) as history:
        questions = [run for run in history.latest(_LATEST_RUNS) if run.plan.purpose is Purpose.ASK]
    newest_first = dict.fromkeys(prompt.text for run in questions for prompt in run.plan.prompts)
    return tuple(newest_first)[::-1]


def paces(history_file: Path | None, keys: Sequence[str]) -> dict[str, ModelPace]:
    """Read how fast these models were, by key; a model without a measurement is left out.

    Raises:
        HistoryError: if the history cannot be read; the text is one sentence for the user.
    """
    if history_file is None or not paths.exists(history_file):
        return {}
    with closing(History(history_file)) as history:
        found = ((key, history.pace(key)) for key in keys)
        return {key: pace for key, pace in found if pace is not None}


def load_runs(history_file: Path, run_ids: Sequence[str]) -> tuple[RunRecord, ...]:
    """Read the runs with these ids, with their samples, in the order of the ids.

    Raises:
        HistoryError: if the history cannot be read, or has no such run; the text is one sentence for the user.
    """
    with closing(History(history_file)) as history:
        return tuple(history.run(run_id) for run_id in run_ids)


def load_conversation(history_file: Path, run_id: str) -> tuple[RunRecord, ...]:
    """Read the runs of the conversation that a run belongs to, with their samples, in their order.

    Raises:
        HistoryError: if the history cannot be read; the text is one sentence for the user.
    """
    with closing(History(history_file)) as history:
        return tuple(history.conversation(run_id))


def is_measuring(history_file: Path) -> bool:
    """Tell whether this Benchtop or another one is writing a run into the history now.

    Raises:
        HistoryError: if the history cannot be read; the text is one sentence for the user.
    """
    with closing(History(history_file)) as history:
        return bool(Runs(history.database, host.owner_lives).count(RunFilter(statuses=(RunState.RUNNING,))))
