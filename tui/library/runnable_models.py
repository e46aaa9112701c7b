"""The models that can be run now, and those that are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from tui import paths
from tui.engines.adapter.engine import NOT_AGREED, UnknownAdapter, target_of
from tui.library import model_folders
from tui.library.model_folders import FoundModel
from tui.practice import PRACTICE_MODELS, practice_folder
from tui.records import Adapter, Model, ModelState
from tui.records.engines import ADAPTER

PRACTICE_NOTE: Final = "a practice model that ships with Benchtop: small, quick, knows only a few subjects"
WRITTEN_NOTE: Final = "a practice model written on this machine: as large as was asked for, knows only a few subjects"
_PRACTICE_PREFIX = "practice-"


class Configured(Protocol):
    """What a configuration file says about one model."""

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
        """The context to load it with, where its own is larger."""
        ...

    @property
    def adapter(self) -> Adapter | None: ...


def find_on_disk(configured: Mapping[str, Configured], folders: Sequence[Path] = ()) -> list[tuple[Model, FoundModel]]:
    """What can be found without asking anybody, each with what its folder tells; keys may still be shared."""
    found: list[tuple[Model, FoundModel]] = []
    for name in PRACTICE_MODELS:
        look = model_folders.look_at(practice_folder(name))
        found.append((_practice(look, name, configured.get(name)), look))
    found.extend(
        in_folder(entry, entry.path)
        for entry in configured.values()
        if entry.path is not None and entry.adapter is None and entry.alias not in PRACTICE_MODELS
    )
    seen = {look.folder.resolve() for _, look in found}
    roots = dict.fromkeys(folder.resolve() for folder in (*model_folders.runtime_caches(), *folders))
    for look in model_folders.scan(roots):
        if look.folder.resolve() not in seen:
            seen.add(look.folder.resolve())
            found.append((_from_disk(look, configured), look))
    return found


def named_only(configured: Mapping[str, Configured], listed: Collection[str]) -> tuple[Model, ...]:
    """Models that a configuration names and nothing else does, and those that adapters run."""
    return tuple(
        _missing(entry) if entry.adapter is None else _adopted(entry, entry.adapter)
        for entry in configured.values()
        if entry.alias not in listed
    )


def _adopted(entry: Configured, adapter: Adapter) -> Model:
    """A model that an adapter runs: nothing is asked of its folder but to be there."""
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


def _look_for(path: Path) -> FoundModel:
    """The model in a folder that was named, or the only one below it."""
    look = model_folders.look_at(path)
    if look.problem is None or paths.is_file(path / model_folders.CONFIG_FILE):
        return look
    below = model_folders.scan((path,))
    return below[0] if len(below) == 1 else look


def _practice(look: FoundModel, name: str, entry: Configured | None) -> Model:
    note = PRACTICE_NOTE if look.problem is None else f"{look.problem}; install Benchtop again"
    return _as_practice(replace(_described(look, name, entry), variant=None), note)


def _as_practice(model: Model, note: str) -> Model:
    return replace(
        model,
        model_id=model.model_id or f"{model.alias}:1",
        practice=True,
        license=model.license or "MIT",
        capabilities=model.capabilities or ("practice",),
        note=note,
    )


def in_folder(entry: Configured, path: Path) -> tuple[Model, FoundModel]:
    """The model in the folder that an entry names."""
    look = _look_for(path)
    model = _described(look, entry.alias, entry)
    return (model if look.problem is None else replace(model, note=f'{look.problem}; its "path" is {path}')), look


def _from_disk(look: FoundModel, configured: Mapping[str, Configured]) -> Model:
    alias = model_folders.alias_for(look, configured)
    model = _described(look, alias, configured.get(alias))
    if not alias.startswith(_PRACTICE_PREFIX):
        return model
    return _as_practice(model, look.problem or WRITTEN_NOTE)


def _described(look: FoundModel, alias: str, entry: Configured | None) -> Model:
    """What the folder tells, and for the rest what the configuration says."""
    model = Model(
        alias=alias,
        variant=look.variant,
        model_id=look.model_id,
        folder=look.folder,
        state=ModelState.READY if look.problem is None else ModelState.MISSING,
        size_bytes=look.size_bytes,
        context_tokens=look.context_tokens,
        weights_bytes=look.weights_bytes,
        shape=look.shape,
        execution_provider=look.execution_provider,
        license=look.license,
        note=look.problem or "",
    )
    if entry is None:
        return model
    wished, own = entry.context_tokens, model.context_tokens
    return replace(
        model,
        variant=entry.variant if entry.path is not None and entry.variant else model.variant,
        size_bytes=model.size_bytes or entry.size_bytes,
        context_tokens=own or wished,
        context_limit_tokens=wished if wished and own and wished < own else None,
        license=entry.license or model.license,
        capabilities=entry.capabilities,
    )


def _missing(entry: Configured) -> Model:
    return Model(
        alias=entry.alias,
        variant=entry.variant,
        size_bytes=entry.size_bytes,
        context_tokens=entry.context_tokens,
        license=entry.license,
        capabilities=entry.capabilities,
        note=f'not on this machine: "benchtop download {entry.alias}" fetches it where the catalogue has it, '
        'or name its folder as "path" in models.json',
    )


def with_own_keys(found: Sequence[tuple[Model, FoundModel]]) -> tuple[Model, ...]:
    """Where two builds share a key, the variant tells more: what results are filed under must be one build."""
    longer: tuple[Callable[[Model, FoundModel, int], str | None], ...] = (
        lambda model, look, _: look.device or model.variant,
        lambda model, look, place: model.variant if place == 0 else f"{model.variant or 'build'}:{look.version}",
        lambda model, _, place: model.variant if place == 0 else f"{model.variant or 'build'}#{place + 1}",
    )
    models = [model for model, _ in found]
    for variant_of in longer:
        shared = Counter(model.key for model in models)
        met: Counter[str] = Counter()
        for index, (model, look) in enumerate(zip(models, (look for _, look in found), strict=True)):
            if shared[model.key] > 1:
                models[index] = replace(model, variant=variant_of(model, look, met[model.key]))
                met[model.key] += 1
    return tuple(models)
