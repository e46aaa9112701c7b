"""Types for what Textual leaves open, in one place."""

from __future__ import annotations

from typing import Any, Protocol

from textual.app import App
from textual.worker import Worker


def any_app() -> type[App[object]]:
    """For ``app = getters.app(any_app)``: whatever app a widget is in."""
    return App


class SpeaksOfWorker(Protocol):
    """A change of a worker's state."""

    @property
    def worker(self) -> Worker[Any]: ...


def worker_of(event: SpeaksOfWorker) -> Worker[Any]:
    """The worker whose state has changed."""
    return event.worker
