"""The models that can be run now, and those that a configuration names but that are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from tui import paths
from tui.engines.adapter.engine import NOT_AGREED, UnknownAdapter, target_of
from tui.engines.foundry.model_files import CONFIG_FILE
from tui.library import model_folders
from tui.library.model_folders import ModelFolder
from tui.library.model_names import nearest_alias
from tui.library.purpose import note_on
from tui.practice import PRACTICE_MODELS, practice_folder
from tui.records import Adapter, Model, ModelPurpose, ModelState
from tui.records.engine_traits import ADAPTER

PRACTICE_NOTE: Final = "a practice model that ships with Benchtop: small, quick, knows only a few subjects"
WRITTEN_NOTE: Final = "a practice model written on this machine: as large as was asked for, knows only a few subjects"
_PRACTICE_PREFIX = "practice-"


class Configured(Protocol):
    """One model as a configuration file names it."""

    @property
    def alias(self) -> str: ...
    @property
    def capabilities(self) -> tuple[str, ...]: ...
    @property
    def size_bytes(self) -> int | None: ...
    @property
    def license(self) -> str | None: ...
    @property
    def path(self) -> Path | None: ...
    @property
    def variant(self) -> str | None: ...
    @property
    def context_tokens(self) -> int | None:
        """The context to load it with, if its own is larger."""
        ...

    @property
    def adapter(self) -> Adapter | None: ...
    @property
    def sizes_bytes(self) -> Mapping[str, int]:
        """The size of the build for each device, if the configuration names them."""
        ...

    @property
    def in_catalogue(self) -> bool | None:
        """Whether the public catalogue has a model of this name; ``None`` if the configuration does not tell."""
        ...


def find_on_disk(configured: Mapping[str, Configured], folders: Sequence[Path] = ()) -> list[tuple[Model, ModelFolder]]:
    """The models that are found on the disk, each with its folder; several may still share a key."""
    models: list[tuple[Model, ModelFolder]] = []
    for name in PRACTICE_MODELS:
        folder = model_folders.read_folder(practice_folder(name))
        models.append((_practice(folder, name, configured.get(name)), folder))
    models.extend(
        model_in_folder(entry, entry.path)
        for entry in configured.values()
        if entry.path is not None and entry.adapter is None and entry.alias not in PRACTICE_MODELS
    )
    seen = {paths.real(folder.path) for _, folder in models}
    roots = dict.fromkeys(paths.real(root) for root in (*model_folders.runtime_caches(), *folders))
    for folder in model_folders.scan(roots):
        if paths.real(folder.path) not in seen:
            seen.add(paths.real(folder.path))
            models.append((_from_disk(folder, configured), folder))
    return models


def named_only(
    configured: Mapping[str, Configured], listed: Collection[str], offered: Collection[str] = ()
) -> tuple[Model, ...]:
    """The models that only a configuration names, and those that adapters run; ``listed`` are aliases to leave out.

    ``offered`` are the aliases of the catalogue, as far as it is known. What the configuration only expects of the
    catalogue is left out where the catalogue is known to have no build of it for this machine.
    """
    aliases = offered or [entry.alias for entry in configured.values() if entry.in_catalogue]
    return tuple(
        _of_adapter(entry, entry.adapter) if entry.adapter is not None else _missing(entry, aliases, bool(offered))
        for entry in configured.values()
        if entry.alias not in listed and not (offered and entry.in_catalogue)
    )


def _of_adapter(entry: Configured, adapter: Adapter) -> Model:
    """A model that an adapter runs; its folder only has to exist, since only the adapter knows its form."""
    problem = ""
    try:
        adapter = replace(adapter, target=target_of(adapter.target))
    except UnknownAdapter as error:
        problem = str(error)
    if entry.path is not None and not paths.exists(entry.path):
        problem = f'there is no {entry.path}, its "path"; correct it in models.json'
    if not adapter.trusted:
        problem = NOT_AGREED
    return Model(
        alias=entry.alias,
        engine=ADAPTER,
        variant=entry.variant,
        folder=entry.path,
        state=ModelState.MISSING if problem else ModelState.READY,
        size_bytes=entry.size_bytes,
        context_tokens=entry.context_tokens,
        license=entry.license,
        capabilities=entry.capabilities,
        adapter=adapter,
        note=problem or f"run by the adapter {adapter.target}",
    )


def _folder_with_model(path: Path) -> ModelFolder:
    """The folder that was named, or the one below it if that holds the only model there."""
    folder = model_folders.read_folder(path)
    if folder.problem is None or paths.is_file(path / CONFIG_FILE):
        return folder
    below = model_folders.scan((path,))
    return below[0] if len(below) == 1 else folder


def _practice(folder: ModelFolder, name: str, entry: Configured | None) -> Model:
    note = PRACTICE_NOTE if folder.problem is None else f"{folder.problem}; install Benchtop again"
    return _as_practice(replace(_described(folder, name, entry), variant=None), note)


def _as_practice(model: Model, note: str) -> Model:
    return replace(
        model,
        model_id=model.model_id or f"{model.alias}:1",
        practice=True,
        license=model.license or "MIT",
        capabilities=model.capabilities or ("practice",),
        note=note,
    )


def model_in_folder(entry: Configured, path: Path) -> tuple[Model, ModelFolder]:
    """The model in the folder ``path`` that an entry names, with the folder in which it was found."""
    folder = _folder_with_model(path)
    model = _described(folder, entry.alias, entry)
    if folder.problem is not None:
        model = replace(model, note=f'{folder.problem}; its "path" is {path}')
    return model, folder


def _from_disk(folder: ModelFolder, configured: Mapping[str, Configured]) -> Model:
    alias = model_folders.alias_of_folder(folder, configured)
    model = _described(folder, alias, configured.get(alias))
    if not alias.startswith(_PRACTICE_PREFIX):
        return model
    return _as_practice(model, folder.problem or WRITTEN_NOTE)


def _described(folder: ModelFolder, alias: str, entry: Configured | None) -> Model:
    """The model with the facts of its folder; what the folder leaves open is taken from the configuration."""
    model = Model(
        alias=alias,
        variant=folder.variant,
        model_id=folder.model_id,
        folder=folder.path,
        state=_state_of(folder),
        size_bytes=folder.size_bytes,
        context_tokens=folder.context_tokens,
        weights_bytes=folder.weights_bytes,
        shape=folder.shape,
        execution_provider=folder.execution_provider,
        license=folder.license,
        purpose=folder.purpose,
        sees_images=folder.sees_images,
        note=folder.problem or note_on(folder.purpose, task=folder.task, sees_images=folder.sees_images),
    )
    if entry is None:
        return model
    limit, own = entry.context_tokens, model.context_tokens
    return replace(
        model,
        variant=entry.variant if entry.path is not None and entry.variant else model.variant,
        size_bytes=model.size_bytes or entry.sizes_bytes.get(model.variant or "cpu") or entry.size_bytes,
        context_tokens=own or limit,
        context_limit_tokens=limit if limit and own and limit < own else None,
        license=entry.license or model.license,
        capabilities=entry.capabilities,
    )


def _state_of(folder: ModelFolder) -> ModelState:
    if folder.problem is not None:
        return ModelState.MISSING
    return ModelState.READY if folder.purpose is ModelPurpose.TEXT else ModelState.NOT_TEXT


def _missing(entry: Configured, aliases: Collection[str], catalogue_is_known: bool) -> Model:
    """A model that is not on this machine; ``aliases`` are those that the catalogue has."""
    return Model(
        alias=entry.alias,
        variant=entry.variant,
        state=ModelState.AVAILABLE if entry.in_catalogue else ModelState.MISSING,
        size_bytes=entry.size_bytes,
        context_tokens=entry.context_tokens,
        license=entry.license,
        capabilities=entry.capabilities,
        note="" if entry.in_catalogue else _note_on_missing(entry, aliases, catalogue_is_known),
    )


def _note_on_missing(entry: Configured, aliases: Collection[str], catalogue_is_known: bool) -> str:
    own = f'or bring it from Hugging Face: "benchtop import FOLDER --as {entry.alias}"'
    if entry.in_catalogue is None and not catalogue_is_known:
        return (
            f'not on this machine: "benchtop download {entry.alias}" fetches it where the catalogue has it, '
            'or name its folder as "path" in models.json'
        )
    where = (
        "in no catalogue of Foundry Local" if entry.in_catalogue is False else "not in the catalogue of this machine"
    )
    nearest = nearest_alias(entry.alias, aliases)
    if nearest is None:
        return f"{where}; {own.removeprefix('or ')}"
    return f'{where}; the nearest is {nearest} ("benchtop download {nearest}"), {own}'


def with_own_keys(listed: Sequence[tuple[Model, ModelFolder]]) -> tuple[Model, ...]:
    """The models, each under a key of its own: results are filed under the key, which must mean one build.

    Builds that share a key get a longer variant: with the device, else with the version, else with a number.
    """
    longer: tuple[Callable[[Model, ModelFolder, int], str | None], ...] = (
        lambda model, folder, _: folder.device or model.variant,
        lambda model, folder, index: model.variant if index == 0 else f"{model.variant or 'build'}:{folder.version}",
        lambda model, _, index: model.variant if index == 0 else f"{model.variant or 'build'}#{index + 1}",
    )
    models = [model for model, _ in listed]
    for variant_of in longer:
        shared = Counter(model.key for model in models)
        numbered: Counter[str] = Counter()
        for index, (model, (_, folder)) in enumerate(zip(models, listed, strict=True)):
            if shared[model.key] > 1:
                models[index] = replace(model, variant=variant_of(model, folder, numbered[model.key]))
                numbered[model.key] += 1
    return tuple(models)
