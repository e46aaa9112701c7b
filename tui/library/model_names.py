"""Finds a model by the name that a person has typed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tui.practice import PRACTICE_MODELS
from tui.records import Model, ModelPurpose, ModelState
from tui.text import units

_OFFERED_NAMES: Final = 3
_LISTED_NAMES: Final = 8
_MOST_BY_DEFAULT: Final = 3
_FAMILY: Final = re.compile(r"[a-z]+")
_BILLIONS: Final = re.compile(r"(\d+(?:\.\d+)?)b\b")
_WORD_ENDS: Final = re.compile(r"[-_.: ]+")


class UnknownModel(Exception):
    """No model has this name, or it may mean several; the message offers the closest names."""


class ModelMissing(Exception):
    """The model is known but cannot be run as it is; the message advises what to do."""


def resolve(
    names: Sequence[str], models: Sequence[Model], notify: Callable[[str], None] = lambda _: None
) -> tuple[Model, ...]:
    """The models with these names: a key (``alias@variant``), an alias, the runtime's full name, or the start of one.

    An alias with several variants means the first of them that can be run. ``notify`` is called with a sentence on what
    a shortened name was taken for.

    Raises:
        UnknownModel: no model has one of the names, or it may mean several.
        ModelMissing: a model that is meant cannot be run.
    """
    return tuple(_runnable(name, matching(name, models, notify)) for name in names)


def matching(name: str, models: Sequence[Model], notify: Callable[[str], None] = lambda _: None) -> tuple[Model, ...]:
    """Every build that a name means: all of one family, or one build if the name is that exact; see ``resolve``.

    Raises:
        UnknownModel: no model has this name, or it may mean several families.
    """
    exact = _named(name, models)
    if exact:
        return tuple(exact)
    family, at, variant = name.partition("@")
    meant = _shortened(family, models)
    if not meant:
        raise UnknownModel(_unknown(name, models))
    builds = [model for model in meant if not at or _is_variant(model, variant)]
    if not builds:
        raise UnknownModel(_unknown(name, models))
    aliases = list(dict.fromkeys(model.alias for model in builds))
    if len(aliases) > 1:
        raise UnknownModel(_ambiguous(name, aliases))
    if aliases[0].lower() != family.lower():
        notify(f"{name} is taken for {aliases[0]}{at}{variant}, the only match.")
    return tuple(builds)


def default_models(default: Sequence[str], models: Sequence[Model]) -> tuple[Model, ...]:
    """The models with the default names that can be run.

    If there is none, the first few other models of this machine take their place, or else the practice models.
    """
    ready = [model for model in models if model.state is ModelState.READY]
    chosen = (_first_ready(_named(name, ready)) for name in default)
    by_key = {model.key: model for model in chosen if model is not None}
    own: dict[str, Model] = {}
    for model in ready:
        if model.alias not in PRACTICE_MODELS and model.purpose is ModelPurpose.TEXT:
            own.setdefault(model.alias, model)
    practice = tuple(model for model in ready if model.alias in PRACTICE_MODELS)
    return tuple(by_key.values()) or tuple(own.values())[:_MOST_BY_DEFAULT] or practice


def not_ready(names: Sequence[str], models: Sequence[Model]) -> tuple[str, ...]:
    """Those of the names that name no model that can be run now."""
    ready = [model for model in models if model.state is ModelState.READY]
    return tuple(name for name in names if not _named(name, ready))


class AwaitedModels:
    """Names of models that servers may list after the start; they are selected then.

    What the user has selected meanwhile stays, and nothing is awaited any more.
    """

    def __init__(self, names: Sequence[str], chosen: Sequence[str], *, stand_ins: bool) -> None:
        """``chosen`` are the keys selected at the start, which make way for the others if they are ``stand_ins``."""
        self._names, self._chosen, self._stand_ins = tuple(names), tuple(chosen), stand_ins

    def selection(self, models: Sequence[Model], chosen: Sequence[str]) -> tuple[str, ...]:
        """The keys to select of these models, of which the keys ``chosen`` are selected now."""
        ready = [model for model in models if model.state is ModelState.READY]
        keys = {model.key for model in ready}
        if not self._names or keys & set(chosen) != keys & set(self._chosen):
            self._names = ()
            return tuple(chosen)
        arrived = {name: model.key for name in self._names if (model := _first_ready(_named(name, ready))) is not None}
        if arrived:
            self._names = tuple(name for name in self._names if name not in arrived)
            self._chosen = (*(() if self._stand_ins else chosen), *arrived.values())
            self._stand_ins = False
        return self._chosen if arrived else tuple(chosen)


def nearest_alias(alias: str, among: Iterable[str]) -> str | None:
    """The alias of the same family, such as ``gemma``, whose size in billions of parameters is nearest.

    Of several the one that is spelt most alike is taken; ``None`` if there is none of the family.
    """
    family, size = _family_of(alias), _billions(alias)

    def distance(other: str) -> tuple[float, float]:
        other_size = _billions(other)
        by_size = abs(size - other_size) if size is not None and other_size is not None else float("inf")
        return by_size, -difflib.SequenceMatcher(None, alias.lower(), other.lower()).ratio()

    relatives = sorted({other for other in among if _family_of(other) == family and other != alias})
    return min(relatives, key=distance, default=None)


def _family_of(alias: str) -> str:
    match = _FAMILY.match(alias.lower())
    return match[0] if match else alias.lower()


def _billions(alias: str) -> float | None:
    match = _BILLIONS.search(alias.lower())
    return float(match[1]) if match else None


def _runnable(name: str, matches: Sequence[Model]) -> Model:
    ready = _first_ready(matches)
    if ready is not None:
        return ready
    first = matches[0]
    if first.state is not ModelState.AVAILABLE or first.purpose is not ModelPurpose.TEXT:
        raise ModelMissing(f"{name} cannot be run: {first.note}.")
    size = f" ({units.size(first.size_bytes)})" if first.size_bytes else ""
    raise ModelMissing(f'{name} is not on this machine yet: "benchtop download {first.key}" fetches it{size}.')


def _named(name: str, models: Sequence[Model]) -> list[Model]:
    """The models with exactly this name; if there is none, those that have it in upper or lower case.

    The runtime mixes upper and lower case in its names, but on a server they may tell two models apart.
    """
    wanted = name.lower()
    for names_of in (_exact_names, _family_names):
        if matches := [model for model in models if name in names_of(model)]:
            return matches
        matches = [model for model in models if wanted in (own_name.lower() for own_name in names_of(model))]
        if matches:
            return matches
    return []


def _shortened(family: str, models: Sequence[Model]) -> list[Model]:
    """The models whose alias is this name, else those whose alias begins with it, else those whose alias has its words.

    Only whole words count, since half a word is as often a typing error as meant.
    """
    wanted = family.lower()
    words = [word for word in _WORD_ENDS.split(wanted) if word]
    if not words:
        return []
    tests: tuple[Callable[[str], bool], ...] = (
        lambda alias: alias == wanted,
        lambda alias: alias.startswith(wanted) and _WORD_ENDS.match(alias[len(wanted) :]) is not None,
        lambda alias: set(words) <= set(_WORD_ENDS.split(alias)),
    )
    for fits in tests:
        matches = [model for model in models if any(fits(alias.lower()) for alias in _family_names(model))]
        if matches:
            return matches
    return []


def _exact_names(model: Model) -> tuple[str, ...]:
    """The keys and the full name of a model; one with a limited context also has the key of the unlimited one."""
    whole = model.as_it_is.key
    return tuple(name for name in (model.key, whole, model.model_id) if name)


def _family_names(model: Model) -> tuple[str, ...]:
    """The alias of a model, and that of the catalogue if a configuration has another name for it."""
    other = model.catalog.alias if model.catalog else None
    return (model.alias,) if other is None or other == model.alias else (model.alias, other)


def _is_variant(model: Model, wanted: str) -> bool:
    """Whether a build has this variant; ``gpu`` is also the variant of a build whose key has ``cuda-gpu``."""
    own, wanted = (model.variant or "").lower(), wanted.lower()
    return bool(wanted) and (own == wanted or own.endswith(f"-{wanted}"))


def _first_ready(models: Sequence[Model]) -> Model | None:
    return next((model for model in models if model.state is ModelState.READY), None)


def _ambiguous(name: str, aliases: Sequence[str]) -> str:
    shown = ", ".join(aliases[:_LISTED_NAMES])
    more = f" and {len(aliases) - _LISTED_NAMES} more" if len(aliases) > _LISTED_NAMES else ""
    return f'"{name}" may be any of {shown}{more}; type more of the name.'


def _unknown(name: str, models: Sequence[Model]) -> str:
    names_of = _exact_names if "@" in name or ":" in name else _family_names
    names = list(dict.fromkeys(own_name for model in models for own_name in (*names_of(model), model.alias)))
    close = difflib.get_close_matches(name.lower(), names, n=_OFFERED_NAMES, cutoff=0.5)
    offered = f"; the closest {'is' if len(close) == 1 else 'are'} {', '.join(close)}" if close else ""
    return f'there is no model "{name}"{offered}; "benchtop models" lists all.'
