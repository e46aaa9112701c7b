"""Reads the runs of a model from the history for its trend, from the disk and so in a thread."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final

from tui import paths
from tui.measure.comparison.trend import model_trends
from tui.probes import host
from tui.records import Purpose, RunFilter, RunState
from tui.records.comparison import ModelTrends
from tui.store.history import History
from tui.store.runs import Runs

MOST_RUNS: Final = 200
"""The newest runs of a model that a trend goes over."""


def read_trends(history_file: Path, key: str, since: str | None = None) -> ModelTrends:
    """Return the trends of a model over its benchmarks in the history, at most the newest ``MOST_RUNS``.

    Raises:
        HistoryError: if the history cannot be read; the text is one sentence for the user.
    """
    if not paths.exists(history_file):
        return ModelTrends(key=key, trends=(), left_out=0)
    with closing(History(history_file)) as history:
        entries = Runs(history.database, host.owner_lives).entries(RunFilter(purpose=Purpose.BENCHMARK, since=since))
        found = [entry for entry in entries if key in entry.models and entry.status is not RunState.RUNNING]
        runs = [history.run(entry.run_id) for entry in reversed(found[:MOST_RUNS])]
    return model_trends(runs, key)
