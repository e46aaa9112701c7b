"""Routing by the history on this machine: for programs that send a task to a model."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tui import paths
from tui.bench.decision.candidates import latest_candidates
from tui.measure.decision.routing import route
from tui.records.decision import Needs, Origin, Route
from tui.store.history import History


def route_by_history(needs: Needs, history_file: Path | None = None) -> Route:
    """The model to take of those in a history, each as its latest benchmark has it; ``None`` is this user's own.

    Raises:
        HistoryError: it cannot be read.
    """
    file = history_file or paths.history_file()
    # Reading should make no file.
    if not paths.exists(file):
        return route((), needs)
    with closing(History(file)) as history:
        return route(latest_candidates(history, lambda _: Origin()).candidates, needs)
