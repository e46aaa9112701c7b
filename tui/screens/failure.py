"""What a person is told when something fails that nobody expected."""

from __future__ import annotations

import logging

from textual.worker import Worker, WorkerState

from tui import paths
from tui.panes.typed import worker_of

log = logging.getLogger(__name__)


def sentence_of_failure(event: Worker.StateChanged) -> str | None:
    """One sentence when the worker has failed, with the traceback in the log; else ``None``."""
    worker = worker_of(event)
    if event.state is not WorkerState.ERROR or worker.error is None:
        return None
    log.error("the worker %s failed", worker.group, exc_info=worker.error)
    kind = type(worker.error).__name__
    return f"Something unexpected ended this ({kind}); the details are in {paths.log_file()}."
