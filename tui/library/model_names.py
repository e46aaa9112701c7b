"""Finding a model by the name a person typed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tui.practice import PRACTICE_MODELS
from tui.records import Model, ModelState
from tui.text import units

_OFFERED_NAMES: Final = 3
_LISTED_NAMES: Final = 8
_WORD_ENDS: Final = re.compile(r"[-_.: ]+")


class UnknownModel(Exception):
    """No model has this name, or several may be meant; the sentence offers the closest."""


class ModelMissing(Exception):
    """The model is known but cannot be run as it stands; the sentence says what to do."""


def resolve(
    names: Sequence[str], models: Sequence[Model], say: Callable[[str], None] = lambda _: None
) -> tuple[Model, ...]:
    """The models with these names: a key (``alias@variant``), an alias, the runtime's full name, or the start of one.

    An alias with several variants means the first of them that can be run. ``say`` is told what a shortened name was
    taken for.

    Raises:
        UnknownModel: with the closest names, or all that may be meant.
        ModelMissing: with what to do.
    """
    return tuple(_runnable(name, matching(name, models, say)) for name in names)


def matching(name: str, models: Sequence[Model], say: Callable[[str], None] = lambda _: None) -> tuple[Model, ...]:
    """Every build that a name means: one family, or one build where the name says which.

    Raises:
        UnknownModel: with the closest names, or all that may be meant.
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
        say(f"{name} is taken for {aliases[0]}{at}{variant}, the only match.")
    return tuple(builds)


def default_models(default: Sequence[str], models: Sequence[Model]) -> tuple[Model, ...]:
    """Those of the default names that can be run; when there is none, the practice models."""
    ready = [model for model in models if model.state is ModelState.READY]
    chosen = (_ready_first(_named(name, ready)) for name in default)
    found = tuple({model.key: model for model in chosen if model is not None}.values())
    return found or tuple(model for model in ready if model.alias in PRACTICE_MODELS)


def _runnable(name: str, matches: Sequence[Model]) -> Model:
    ready = _ready_first(matches)
    if ready is not None:
        return ready
    first = matches[0]
    if first.state is not ModelState.AVAILABLE:
        raise ModelMissing(f"{name} cannot be run: {first.note}.")
    size = f" ({units.size(first.size_bytes)})" if first.size_bytes else ""
    raise ModelMissing(f'{name} is not on this machine yet: "benchtop download {first.key}" fetches it{size}.')


def _named(name: str, models: Sequence[Model]) -> list[Model]:
    """The models with exactly this name; upper and lower case are one, as the runtime mixes them in its names."""
    wanted = name.lower()
    for names_of in (_exact_names, _family_names):
        matches = [model for model in models if wanted in (each.lower() for each in names_of(model))]
        if matches:
            return matches
    return []


def _shortened(family: str, models: Sequence[Model]) -> list[Model]:
    """The models whose alias is this name, begins with it, or holds its words: the first of these that any fits.

    Only whole words count: half a word is a slip of the hand as often as a wish.
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
        found = [model for model in models if any(fits(each.lower()) for each in _family_names(model))]
        if found:
            return found
    return []


def _exact_names(model: Model) -> tuple[str, ...]:
    """A model with a limited context goes by the name of the whole one too: there is no other in the list."""
    whole = replace(model, context_limit_tokens=None).key
    return tuple(name for name in (model.key, whole, model.model_id) if name)


def _family_names(model: Model) -> tuple[str, ...]:
    """The alias, and what the catalogue calls it where a configuration has another name for it."""
    other = model.catalog.alias if model.catalog else None
    return (model.alias,) if other is None or other == model.alias else (model.alias, other)


def _is_variant(model: Model, wanted: str) -> bool:
    """``gpu`` is also the variant of a build that is told apart as ``cuda-gpu``."""
    own, asked = (model.variant or "").lower(), wanted.lower()
    return bool(asked) and (own == asked or own.endswith(f"-{asked}"))


def _ready_first(models: Sequence[Model]) -> Model | None:
    return next((model for model in models if model.state is ModelState.READY), None)


def _ambiguous(name: str, aliases: Sequence[str]) -> str:
    shown = ", ".join(aliases[:_LISTED_NAMES])
    more = f" and {len(aliases) - _LISTED_NAMES} more" if len(aliases) > _LISTED_NAMES else ""
    return f'"{name}" may be any of {shown}{more}; type more of the name.'


def _unknown(name: str, models: Sequence[Model]) -> str:
    names_of = _exact_names if "@" in name or ":" in name else _family_names
    known = list(dict.fromkeys(each for model in models for each in (*names_of(model), model.alias)))
    close = difflib.get_close_matches(name.lower(), known, n=_OFFERED_NAMES, cutoff=0.5)
    offered = f"; the closest {'is' if len(close) == 1 else 'are'} {', '.join(close)}" if close else ""
    return f'there is no model "{name}"{offered}; "benchtop models" lists all.'
