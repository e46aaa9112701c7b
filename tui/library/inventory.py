"""The whole list of models as the disk knows it: practice, configured, registered, cached, and what is on offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tui import paths
from tui.config import Config
from tui.library import cache, catalogue_snapshot, model_folders, runnable_models
from tui.library.model_folders import FoundModel
from tui.library.registrations import Registrations
from tui.library.runnable_models import Configured
from tui.records import Endpoint, Model, ModelState
from tui.records.library import Listing

_NOWHERE: Final = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlaces:
    """Where models are kept, and what is known of them."""

    cache: Path
    """Where downloads go and the catalogue's snapshot is kept."""
    folders: tuple[Path, ...] = ()
    """Folders to look for models in besides, and besides the caches in the user's home."""
    registrations: Path
    configured: Mapping[str, Configured]
    endpoints: tuple[Endpoint, ...] = ()
    """The servers whose models are listed too."""

    @property
    def roots(self) -> tuple[Path, ...]:
        """Every folder that is looked into for models, the own cache first."""
        wanted = (self.cache, *self.folders, *model_folders.runtime_caches())
        return tuple(dict.fromkeys(folder.resolve() for folder in wanted))


def places_for(config: Config, cache: Path | None = None, endpoints: Sequence[Endpoint] = ()) -> ModelPlaces:
    """Where this user's models are; another ``cache`` takes the place of our own, which is looked into all the same.

    ``endpoints`` are servers besides those of the configuration.
    """
    own = paths.model_cache_dir()
    return ModelPlaces(
        cache=(cache or own).absolute(),
        folders=(own, *config.model_folders) if cache else config.model_folders,
        registrations=paths.registrations_file(),
        configured=config.models,
        endpoints=(*config.endpoints, *endpoints),
    )


def list_models(places: ModelPlaces) -> Listing:
    """Every model worth listing, without waiting for anybody: one entry a build."""
    registered = Registrations(places.registrations).all()
    configured: dict[str, Configured] = {**places.configured, **registered}
    own_folders = {entry.path for entry in registered.values()}
    source = catalogue_source(places)
    offers = catalogue_snapshot.read(source)
    by_id = {model.model_id: model for model in offers}
    found = [
        (
            replace(
                _with_offer(_with_state(model, look), by_id.get(model.model_id)),
                registered=look.folder.resolve() in own_folders,
            ),
            look,
        )
        for model, look in runnable_models.find_on_disk(configured, (places.cache, *places.folders))
    ]
    here = {model.model_id for model, _ in found}
    aliases = _aliases(offers, configured)
    offered = [
        (_called(model, aliases[model.alias]), _look_of(model)) for model in offers if model.model_id not in here
    ]
    listed = [*found, *offered]
    absent = runnable_models.named_only(configured, {model.alias for model, _ in listed})
    return Listing(
        models=(*runnable_models.with_own_keys(listed), *absent),
        as_of=catalogue_snapshot.written_at(source),
    )


def catalogue_source(places: ModelPlaces) -> Path:
    """The cache whose snapshot stands for the catalogue: our own, or the first of another application's."""
    return next((root for root in places.roots if paths.is_file(root / model_folders.SNAPSHOT_FILE)), places.cache)


def _with_state(model: Model, look: FoundModel) -> Model:
    """Models on the disk that cannot be run: half here, or broken."""
    if look.problem is None and look.model_id is not None:
        broken = cache.damage(look.folder)
        return model if broken is None else replace(model, state=ModelState.BROKEN, note=f"broken: {broken}")
    if look.problem is None or not paths.is_folder(look.folder):
        return model
    return replace(model, state=ModelState.PARTIAL if look.unfinished else ModelState.BROKEN)


def _with_offer(model: Model, offer: Model | None) -> Model:
    """What the catalogue adds to what the folder tells."""
    if offer is None or offer.catalog is None:
        return model
    return replace(
        model,
        catalog=offer.catalog,
        license=model.license or offer.license,
        capabilities=model.capabilities or offer.capabilities,
        context_tokens=model.context_tokens or offer.context_tokens,
        execution_provider=model.execution_provider or offer.execution_provider,
    )


def _aliases(offers: tuple[Model, ...], configured: Mapping[str, Configured]) -> dict[str, str]:
    """The catalogue's aliases -> those of the configuration that stand for them."""
    return {alias: model_folders.alias_of_name(alias, configured) for alias in {model.alias for model in offers}}


def _called(model: Model, alias: str) -> Model:
    return model if model.alias == alias else replace(model, alias=alias)


def _look_of(model: Model) -> FoundModel:
    build = model_folders.named_in(model.model_id or "")
    return FoundModel(folder=_NOWHERE, model_id=model.model_id, device=build.device, version=build.version)
