"""The builds that the catalogue lists, made from the models and the downloads of the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tui.library.protocol import Library
from tui.panes.catalogue.builds import Build
from tui.records import FitForecast, Model
from tui.records.library import Listing


class BuildList:
    """Follows the library: every model that is listed, with its download, whether it is loaded, and how it fits."""

    def __init__(
        self, library: Library, loaded: Callable[[], Sequence[str]], fit: Callable[[Model], FitForecast | None] | None
    ) -> None:
        """``loaded`` gives the keys of the loaded models; ``fit`` predicts how a model fits into the memory."""
        self._library, self._loaded, self._fit = library, loaded, fit
        self._builds: dict[str, Build] = {}
        self.listing = Listing(models=())
        """The listing that the builds were made from."""

    @property
    def builds(self) -> Sequence[Build]:
        """Every build; models of an endpoint are not builds."""
        return tuple(self._builds.values())

    def set_listing(self, listing: Listing) -> None:
        """Make all builds anew from a listing."""
        self.listing = listing
        downloads = {download.key: download for download in self._library.downloads}
        loaded, predict = frozenset(self._loaded()), self._fit
        forecasts = {model.key: predict(model) for model in listing.models} if predict is not None else {}
        self._builds = {
            model.key: Build(
                model=model,
                download=downloads.get(model.key),
                loaded=model.key in loaded,
                fit=forecast.fit if (forecast := forecasts.get(model.key)) is not None else None,
                context_that_fits=forecast.context_that_fits if forecast is not None else None,
                catalogue_read=listing.as_of is not None,
            )
            for model in listing.models
            if not model.traits.is_remote
        }

    def update(self) -> Sequence[Build]:
        """Bring downloads and loaded models up to date, and give the builds that have changed."""
        downloads = {download.key: download for download in self._library.downloads}
        loaded = frozenset(self._loaded())
        changed: list[Build] = []
        for key, build in self._builds.items():
            download, is_loaded = downloads.get(key), key in loaded
            if download != build.download or is_loaded != build.loaded:
                changed.append(replace(build, download=download, loaded=is_loaded))
        self._builds.update({build.model.key: build for build in changed})
        return changed
