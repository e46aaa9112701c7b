"""Between the library and what shows it: the catalogue's screen, and the list of models in the workbench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui.library.protocol import Library
from tui.panes.models.pane import ModelsPane
from tui.panes.widgets.app_type import keep_screen
from tui.records import Fit, FitForecast, Model
from tui.records.library import Download, DownloadState
from tui.text import units

if TYPE_CHECKING:
    from tui.screens.catalogue.screen import CatalogueScreen
    from tui.workspace.session import Session


class CatalogueUpdates:
    """The one listener of a library: brings every list up to it, and tells of downloads that came to their end."""

    def __init__(
        self,
        app: App[Any],
        library: Library,
        session: Session,
        models: ModelsPane,
        look_ahead: Callable[[Model], FitForecast | None],
    ) -> None:
        self._app, self._library, self._session, self._models = app, library, session, models
        self._look_ahead = look_ahead
        self._screen: CatalogueScreen | None = None
        self._listed = library.listing().models
        self._states = {each.key: each.state for each in library.downloads}
        library.on_change(self.follow)

    def open(self) -> None:
        """Show the catalogue, as it was left."""
        # Imported here: the first frame needs no catalogue.
        from tui.screens.catalogue.screen import CatalogueScreen

        if self._screen is None:
            self._screen = CatalogueScreen(
                self._library,
                loaded=lambda: self._session.workspace.model_pool.loaded,
                fit=self._fit,
                memory=self._memory,
            )
            keep_screen(self._app, self._screen, "catalogue")
        self._app.push_screen(self._screen)

    def follow(self) -> None:
        """Bring everything up to the library."""
        models = self._library.listing().models
        if models != self._listed:
            self._listed = models
            self._session.workspace = replace(self._session.workspace, models=models)
            self._models.set_models(models, [model.key for model in self._models.chosen])
        if self._screen is not None and self._screen.is_attached:
            self._screen.follow()
        self._tell_of_ends(self._library.downloads)

    def _fit(self, model: Model) -> Fit | None:
        outlook = self._look_ahead(model)
        return outlook.fit if outlook is not None else None

    def _memory(self, model: Model) -> tuple[str, ...]:
        """What a model is expected to take, and the context with which it would fit where its own is too large."""
        outlook = self._look_ahead(model)
        if outlook is None:
            return ()
        lines = [f"{outlook.words[0].upper()}{outlook.words[1:]}."]
        if outlook.context_that_fits:
            lines.append(f"With a context of {units.count(outlook.context_that_fits)} tokens it fits.")
        return tuple(lines)

    def _tell_of_ends(self, downloads: tuple[Download, ...]) -> None:
        for download in downloads:
            before = self._states.get(download.key, DownloadState.WAITING)
            if download.state is before:
                continue
            if download.state is DownloadState.DONE:
                words = f"{units.size(download.total_bytes)} are here; it can be run now."
                self._app.notify(words, title=download.key, markup=False)
            elif download.state is DownloadState.FAILED:
                words = download.note or "The download has failed; what arrived is kept."
                self._app.notify(words, title=download.key, severity="warning", markup=False)
        self._states = {each.key: each.state for each in downloads}
