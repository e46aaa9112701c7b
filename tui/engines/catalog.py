"""The models that can be run now, those that are missing, and finding one by the name a person typed."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from tui.engines import model_folders
from tui.engines.model_folders import FoundModel
from tui.practice import PRACTICE_MODELS, practice_folder
from tui.records import Model, ModelState

PRACTICE_NOTE: Final = "a practice model that ships with Benchtop: small, quick, knows only a few subjects"
WRITTEN_NOTE: Final = "a practice model written on this machine: as large as was asked for, knows only a few subjects"
_PRACTICE_PREFIX = "practice-"
_OFFERED_NAMES = 3


class UnknownModel(Exception):
    """No model has this name; the sentence offers the closest."""


class ModelMissing(Exception):
    """The model is known but cannot be run as it stands; the sentence says what to do."""


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


def find_models(configured: Mapping[str, Configured], folders: Sequence[Path] = ()) -> tuple[Model, ...]:
    """Every model worth listing: practice models, configured folders, what is on disk, then what is missing.

    ``folders`` are searched besides the runtime's own caches. A folder that is broken is listed with a note. Nothing
    here raises for what it finds on the disk, and nothing asks the network.
    """
    found: list[tuple[Model, FoundModel]] = []
    for name in PRACTICE_MODELS:
        look = model_folders.look_at(practice_folder(name))
        found.append((_practice(look, name, configured.get(name)), look))
    for entry in configured.values():
        if entry.path is not None and entry.alias not in PRACTICE_MODELS:
            look = _look_for(entry.path)
            found.append((_from_path(look, entry), look))
    seen = {look.folder.resolve() for _, look in found}
    roots = dict.fromkeys(folder.resolve() for folder in (*model_folders.runtime_caches(), *folders))
    for look in model_folders.scan(roots):
        if look.folder.resolve() not in seen:
            seen.add(look.folder.resolve())
            found.append((_from_disk(look, configured), look))
    listed = {model.alias for model, _ in found}
    missing = tuple(_missing(entry) for entry in configured.values() if entry.alias not in listed)
    return (*_with_own_keys(found), *missing)


def resolve(names: Sequence[str], models: Sequence[Model]) -> tuple[Model, ...]:
    """The models with these names: a key (``alias@variant``), an alias, or the runtime's own full name.

    An alias with several variants means the first of them that can be run.

    Raises:
        UnknownModel: with the closest names.
        ModelMissing: with what to do.
    """
    return tuple(_resolve_one(name, models) for name in names)


def default_models(default: Sequence[str], models: Sequence[Model]) -> tuple[Model, ...]:
    """Those of the default names that can be run; when there is none, the practice models."""
    ready = [model for model in models if model.state is ModelState.READY]
    chosen = (_ready_first(_named(name, ready)) for name in default)
    found = tuple({model.key: model for model in chosen if model is not None}.values())
    return found or tuple(model for model in ready if model.alias in PRACTICE_MODELS)


def _resolve_one(name: str, models: Sequence[Model]) -> Model:
    matches = _named(name, models)
    if not matches:
        raise UnknownModel(_unknown(name, models))
    ready = _ready_first(matches)
    if ready is None:
        raise ModelMissing(f"{name} cannot be run: {matches[0].note}.")
    return ready


def _named(name: str, models: Sequence[Model]) -> list[Model]:
    """The models that a name means; upper and lower case are one, as the runtime mixes them in its names."""
    wanted = name.lower()
    for names_of in (_exact_names, _alias):
        matches = [model for model in models if wanted in (each.lower() for each in names_of(model))]
        if matches:
            return matches
    return []


def _exact_names(model: Model) -> tuple[str, ...]:
    """A model with a limited context goes by the name of the whole one too: there is no other in the list."""
    whole = replace(model, context_limit_tokens=None).key
    return tuple(name for name in (model.key, whole, model.model_id) if name)


def _alias(model: Model) -> tuple[str, ...]:
    return (model.alias,)


def _ready_first(models: Sequence[Model]) -> Model | None:
    return next((model for model in models if model.state is ModelState.READY), None)


def _unknown(name: str, models: Sequence[Model]) -> str:
    known = list(dict.fromkeys(each for model in models for each in (model.alias, model.key)))
    close = difflib.get_close_matches(name.lower(), known, n=_OFFERED_NAMES, cutoff=0.5)
    offered = f"; the closest {'is' if len(close) == 1 else 'are'} {', '.join(close)}" if close else ""
    return f'there is no model "{name}"{offered}; "benchtop models" lists all.'


def _look_for(path: Path) -> FoundModel:
    """The model in a folder that was named, or the only one below it."""
    look = model_folders.look_at(path)
    if look.problem is None or (path / model_folders.CONFIG_FILE).exists():
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


def _from_path(look: FoundModel, entry: Configured) -> Model:
    model = _described(look, entry.alias, entry)
    return model if look.problem is None else replace(model, note=f'{look.problem}; its "path" is {entry.path}')


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
        note=f'not on this machine: get it with "foundry model download {entry.alias}" '
        '(names: "foundry model list"), or name its folder as "path" in models.json',
    )


def _with_own_keys(found: Sequence[tuple[Model, FoundModel]]) -> tuple[Model, ...]:
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
