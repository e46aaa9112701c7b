"""Route tasks by the history on this machine, for programs that send tasks to models."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tui import paths
from tui.bench.decision.candidates import latest_candidates, worst_candidates
from tui.library.availability import availability_check
from tui.measure.decision.candidates import Describe
from tui.measure.decision.routing import route
from tui.records.decision import Needs, Origin, Route
from tui.store.history import History


def route_by_history(
    needs: Needs, history_file: Path | None = None, describe: Describe | None = None, *, every_machine: bool = False
) -> Route:
    """Route a task to the models of a history that meet its needs by the numbers of their latest benchmarks.

    Only a model that can be run now is taken: ``describe`` gives the reason why one cannot be, and without it the
    folders and the servers themselves are looked for. Without a file the history of this user is read. A history that
    does not exist has no models.

    With ``every_machine`` each model counts by its worst machine, of those that the history has runs of.

    Raises:
        HistoryError: the history cannot be read.
    """
    file = history_file or paths.history_file()
    # Opening a history creates its file, and a question should create none.
    if not paths.exists(file):
        return route((), needs)
    with closing(History(file)) as history:
        collect = worst_candidates if every_machine else latest_candidates
        return route(collect(history, describe or _by_files()).candidates, needs)


def _by_files() -> Describe:
    unavailable = availability_check()
    return lambda model: Origin(unavailable=unavailable(model))
