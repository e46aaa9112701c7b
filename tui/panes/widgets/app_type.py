"""Types for the places where Textual leaves the type of the app or of a worker's result open."""

from __future__ import annotations

from typing import Any, Protocol

from textual.app import App
from textual.screen import Screen
from textual.worker import Worker


def any_app() -> type[App[object]]:
    """Return the app class for ``app = getters.app(any_app)``, which gives a widget its app without an unknown type."""
    return App


class ScreenKeeper(Protocol):
    """An app that can keep a screen after the person has left it."""

    def install_screen(self, screen: Screen[None], name: str) -> None: ...


def keep_screen(app: ScreenKeeper, screen: Screen[None], name: str) -> None:
    """Keep a screen as the person left it, so that it is shown again in the same state."""
    app.install_screen(screen, name)


class WorkerEvent(Protocol):
    """The message in which Textual reports that the state of a worker has changed."""

    @property
    def worker(self) -> Worker[Any]: ...


def worker_of(event: WorkerEvent) -> Worker[Any]:
    """Return the worker whose state has changed, with a known type."""
    return event.worker
