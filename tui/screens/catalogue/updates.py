"""Keeps the catalogue's screen and the workbench's list of models up to date with the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui.library.protocol import Library
from tui.panes.models.pane import ModelsPane
from tui.panes.widgets.app_type import keep_screen
from tui.records import FitForecast, Model
from tui.records.library import Download, DownloadState
from tui.screens import catalogue
from tui.text import units

if TYPE_CHECKING:
    from tui.workspace.session import Session


class CatalogueUpdates:
    """Listens to the library: brings every list up to date, and notifies of downloads that have ended."""

    def __init__(
        self,
        app: App[Any],
        library: Library,
        session: Session,
        models: ModelsPane,
        predict_fit: Callable[[Model], FitForecast | None],
    ) -> None:
        self._app, self._library, self._session, self._models = app, library, session, models
        self._predict_fit = predict_fit
        self._screen: catalogue.CatalogueScreen | None = None
        self._listed = library.listing().models
        self._states = {download.key: download.state for download in library.downloads}
        library.on_change(self.follow)

    def open(self) -> None:
        """Show the catalogue as it was left."""
        if self._screen is None:
            self._screen = catalogue.CatalogueScreen(
                self._library,
                loaded=lambda: self._session.workspace.model_pool.loaded,
                fit=self._predict_fit,
                memory=self._memory,
            )
            keep_screen(self._app, self._screen, "catalogue")
        self._app.push_screen(self._screen)

    def follow(self) -> None:
        """Bring the lists up to date after a change of the library."""
        models = self._library.listing().models
        if models != self._listed:
            self._listed = models
            self._session.workspace = replace(self._session.workspace, models=models)
            self._models.set_models(models, self._selection(models))
        if self._screen is not None and self._screen.is_attached:
            self._screen.follow()
        self._notify_of_ends(self._library.downloads)

    def _selection(self, models: Sequence[Model]) -> Sequence[str]:
        """The keys of the models to select: those that are selected now, and awaited ones that have come."""
        chosen, awaited = [model.key for model in self._models.chosen], self._session.workspace.awaited
        return chosen if awaited is None else awaited.selection(models, chosen)

    def _memory(self, model: Model) -> tuple[str, ...]:
        """Predict the memory that a model takes, and the context with which it fits if its own is too large."""
        forecast = self._predict_fit(model)
        if forecast is None:
            return ()
        lines = [f"{forecast.short_words[:1].upper()}{forecast.short_words[1:]}."]
        if forecast.context_that_fits:
            lines.append(f"With a context of {units.count(forecast.context_that_fits)} tokens it fits.")
        return tuple(lines)

    def _notify_of_ends(self, downloads: tuple[Download, ...]) -> None:
        for download in downloads:
            previous = self._states.get(download.key, DownloadState.WAITING)
            if download.state is previous:
                continue
            if download.state is DownloadState.DONE:
                words = f"{units.size(download.total_bytes)} are here; it can be run now."
                self._app.notify(words, title=download.key, markup=False)
            elif download.state is DownloadState.FAILED:
                words = download.note or "The download has failed; what arrived is kept."
                self._app.notify(words, title=download.key, severity="warning", markup=False)
        self._states = {download.key: download.state for download in downloads}
