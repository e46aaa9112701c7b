"""The base of screens that go on after an unexpected failure."""

from __future__ import annotations

import logging
from typing import TypeVar

from textual import on
from textual.worker import Worker, WorkerState

from tui import paths
from tui.panes.widgets.app_type import worker_of
from tui.screens.frame.painting import PaintsRegions

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class ReportsFailure(PaintsRegions[Result]):
    """Goes on when one of its workers fails: the user gets one sentence, and the traceback goes to the log."""

    @on(Worker.StateChanged)
    def _show_failure(self, event: Worker.StateChanged) -> None:
        worker = worker_of(event)
        if event.state is not WorkerState.ERROR or worker.error is None:
            return
        log.error("the worker %s failed", worker.group, exc_info=worker.error)
        kind = type(worker.error).__name__
        sentence = f"Something unexpected ended this ({kind}); the details are in {paths.log_file()}."
        self.notify(sentence, severity="error", markup=False)
