"""Types for what Textual leaves open, in one place."""

from __future__ import annotations

from typing import Any, Protocol

from textual.app import App
from textual.screen import Screen
from textual.worker import Worker


def any_app() -> type[App[object]]:
    """For ``app = getters.app(any_app)``: whatever app a widget is in."""
    return App


class ScreenKeeper(Protocol):
    """An app, which can keep a screen that has been left."""

    def install_screen(self, screen: Screen[None], name: str) -> None: ...


def keep_screen(app: ScreenKeeper, screen: Screen[None], name: str) -> None:
    """Have the app keep a screen, as it was left, until it is shown again."""
    app.install_screen(screen, name)


class WorkerEvent(Protocol):
    """A change of a worker's state."""

    @property
    def worker(self) -> Worker[Any]: ...


def worker_of(event: WorkerEvent) -> Worker[Any]:
    """The worker whose state has changed."""
    return event.worker
