"""The whole list of models from the disk: practice, configured, registered, cached and offered ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tui import paths
from tui.config import Config
from tui.engines.foundry import providers
from tui.engines.foundry.foreign_folder import refusal_of
from tui.engines.foundry.model_files import SNAPSHOT_FILE
from tui.engines.model_ids import parse_model_id
from tui.library import cache, catalogue_snapshot, model_folders, runnable_models
from tui.library.model_folders import ModelFolder
from tui.library.registrations import Registrations
from tui.library.runnable_models import Configured
from tui.practice import PRACTICE_MODELS, practice_folder
from tui.records import Endpoint, Model, ModelPurpose, ModelState
from tui.records.library import Listing

_NOWHERE: Final = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlaces:
    """The places where models are kept or named."""

    cache: Path
    """The folder for downloads, in which the snapshot of the catalogue lies too."""
    folders: tuple[Path, ...] = ()
    """Further folders to look for models in, besides the caches in the user's home."""
    registrations: Path
    configured: Mapping[str, Configured]
    foreign: tuple[Path, ...] = ()
    """Folders that only a ``./config`` names: a model in them is refused if its settings name libraries."""
    endpoints: tuple[Endpoint, ...] = ()
    """The servers whose models are listed too."""

    @property
    def roots(self) -> tuple[Path, ...]:
        """Every folder in which models are looked for, the own cache first."""
        folders = (self.cache, *self.folders, *model_folders.runtime_caches())
        return tuple(dict.fromkeys(paths.real(folder) for folder in folders))


def places_for(config: Config, cache: Path | None = None, endpoints: Sequence[Endpoint] = ()) -> ModelPlaces:
    """The places of this user's models, with ``endpoints`` besides the servers of the configuration.

    Downloads go into ``cache`` if one is named; our own cache is then one more folder to look for models in.
    """
    own = paths.model_cache_dir()
    return ModelPlaces(
        cache=(cache or own).absolute(),
        folders=(own, *config.model_folders) if cache else config.model_folders,
        registrations=paths.registrations_file(),
        configured=config.models,
        foreign=config.foreign_folders,
        endpoints=(*config.endpoints, *endpoints),
    )


def list_models(places: ModelPlaces) -> Listing:
    """Every model worth listing, one entry a build; it reads the disk and waits for no other program."""
    registered = Registrations(places.registrations).all()
    configured: dict[str, Configured] = {**places.configured, **registered}
    own_folders = {entry.path for entry in registered.values()}
    source = catalogue_source(places)
    offers = catalogue_snapshot.read(source)
    by_id = {model.model_id: model for model in offers}
    on_disk = [
        (
            replace(
                with_provider(
                    _with_offer(
                        _with_state(_with_origin(model, places, own_folders), folder), by_id.get(model.model_id)
                    )
                ),
                registered=paths.real(folder.path) in own_folders,
            ),
            folder,
        )
        for model, folder in runnable_models.find_on_disk(configured, (places.cache, *places.folders))
    ]
    here = {model.model_id for model, _ in on_disk}
    aliases = _aliases(offers, configured)
    offered = [
        (replace(with_provider(model), alias=aliases[model.alias]), _no_folder(model))
        for model in _in_order(offers)
        if model.model_id not in here
    ]
    listed = [*on_disk, *offered]
    absent = runnable_models.named_only(
        configured,
        {model.alias for model, _ in listed},
        frozenset(model.alias for model in offers if model.purpose is ModelPurpose.TEXT),
    )
    return Listing(
        models=(*runnable_models.with_own_keys(listed), *absent),
        as_of=catalogue_snapshot.written_at(source),
    )


def catalogue_source(places: ModelPlaces) -> Path:
    """The cache whose snapshot stands for the catalogue: our own, or the first one of another application.

    A folder that only a ``./config`` names never speaks for the catalogue: what it lists would be downloaded.
    """
    roots = (root for root in places.roots if not is_foreign(root, places))
    return next((root for root in roots if paths.is_file(root / SNAPSHOT_FILE)), places.cache)


def is_foreign(path: Path, places: ModelPlaces, own_folders: Collection[Path] = ()) -> bool:
    """Whether only a ``./config`` names a folder, wherever a link of it leads."""
    if not places.foreign:
        return False
    real = paths.real(path)
    shipped = tuple(practice_folder(name) for name in PRACTICE_MODELS)
    own = (*own_folders, *shipped, places.cache, paths.app_data_dir(), *model_folders.runtime_caches())
    if any(real.is_relative_to(paths.real(root)) for root in own):
        return False
    return any(
        real.is_relative_to(paths.real(root)) or path.absolute().is_relative_to(root.absolute())
        for root in places.foreign
    )


def _with_origin(model: Model, places: ModelPlaces, own_folders: Collection[Path]) -> Model:
    """The model, marked as foreign if only a ``./config`` names its folder, wherever a link of it leads."""
    if model.folder is None or not is_foreign(model.folder, places, own_folders):
        return model
    return replace(model, foreign=True)


def _with_state(model: Model, folder: ModelFolder) -> Model:
    """The model, marked as half here or broken if it cannot be run for that reason."""
    refusal = refusal_of(folder.path) if model.foreign and folder.problem is None else None
    if refusal is not None:
        return replace(model, state=ModelState.BROKEN, note=refusal)
    if folder.problem is None and not model.practice:
        broken = cache.damage(folder.path)
        return model if broken is None else replace(model, state=ModelState.BROKEN, note=f"broken: {broken}")
    if folder.problem is None or not paths.is_folder(folder.path):
        return model
    return replace(model, state=ModelState.PARTIAL if folder.unfinished else ModelState.BROKEN)


def with_provider(model: Model) -> Model:
    """The model, marked as lacking its execution provider, or with a remark on the device that it will run on.

    A model on offer keeps its state: that it lacks the provider is worth knowing before it is downloaded.
    """
    if model.state is ModelState.AVAILABLE and model.purpose is ModelPurpose.TEXT:
        lacking = providers.lacking_provider(model)
        return model if lacking is None else replace(model, note=lacking)
    if model.state is not ModelState.READY:
        return model
    lacking = providers.lacking_provider(model)
    if lacking is not None:
        return replace(model, state=ModelState.NO_PROVIDER, note=lacking)
    return replace(model, note=model.note or providers.note_on_device(model))


def _with_offer(model: Model, offer: Model | None) -> Model:
    """The model with the catalogue's record, which fills in what the folder leaves open."""
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
    """Each alias of the catalogue -> the configured alias that stands for it, or the same alias."""
    return {alias: model_folders.alias_of_name(alias, configured) for alias in {model.alias for model in offers}}


def _in_order(offers: Sequence[Model]) -> list[Model]:
    """The builds by alias, in the order of the catalogue; of one build the newest version comes first.

    The first build of an alias stands for it, and the first version of a build has its plain key.
    """
    builds = [parse_model_id(offer.model_id or "") for offer in offers]
    aliases = {alias: place for place, alias in enumerate(dict.fromkeys(offer.alias for offer in offers))}
    places = {name: place for place, name in enumerate(dict.fromkeys((build.name, build.device) for build in builds))}

    def place_of(index: int) -> tuple[int, bool, int, int]:
        offer, build = offers[index], builds[index]
        place = places[build.name, build.device]
        return aliases[offer.alias], providers.can_never_run(offer), place, -build.version

    return [offers[index] for index in sorted(range(len(offers)), key=place_of)]


def _no_folder(model: Model) -> ModelFolder:
    """The stand-in for the folder of a model that is only on offer, so that its build has a key of its own too."""
    build = parse_model_id(model.model_id or "")
    return ModelFolder(path=_NOWHERE, model_id=model.model_id, device=build.device, version=build.version)
