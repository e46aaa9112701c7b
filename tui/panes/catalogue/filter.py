"""What a person types to narrow the catalogue, such as ``gpu <2gb tool-calling``: every word must match."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from tui.panes.catalogue.builds import IN_TRANSFER, Build, Status

Term = Callable[[Build, str], bool]
"""Says of a build, and its searched text, whether a word matches."""

_STATUS_WORDS: Final[dict[str, frozenset[Status]]] = {
    **{status.value: frozenset({status}) for status in Status},
    "cached": frozenset({Status.CACHED, Status.LOADED}),
    "downloading": IN_TRANSFER,
}
_DEVICES: Final = ("cpu", "gpu", "npu")
_SIZE: Final = re.compile(r"([<>])(\d*\.?\d*)(k|m|g|t)?i?b?")
_BYTES: Final = {"k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_LEAST_OF_A_WORD: Final = 3
"""Letters from which the beginning of a word about states counts as that word, so that the list does not empty on the
way to it."""


def searched_text(build: Build) -> str:
    """Everything of a build that plain words are looked for in."""
    model, catalog = build.model, build.model.catalog
    parts = (
        model.key,
        model.model_id,
        catalog.display_name if catalog else None,
        build.publisher,
        model.license,
        build.provider,
        *model.capabilities,
    )
    return "\n".join(part for part in parts if part).casefold()


def vocabulary(builds: Iterable[Build]) -> frozenset[str]:
    """Every licence and capability: words that mean exactly that."""
    words: set[str] = set()
    for build in builds:
        words.update(capability.casefold() for capability in build.model.capabilities)
        if build.model.license:
            words.add(build.model.license.casefold())
    return frozenset(words)


def terms_of(text: str, known: frozenset[str]) -> tuple[Term, ...]:
    """One term a word; ``known`` are the licences and capabilities that there are."""
    return tuple(_term_of(word, known) for word in text.casefold().split())


def _term_of(word: str, known: frozenset[str]) -> Term:
    if word in _STATUS_WORDS:
        statuses = _STATUS_WORDS[word]
        return lambda build, _: build.status in statuses
    if word in _DEVICES:
        return lambda build, _: build.device.casefold().startswith(word)
    if word in known:
        return lambda build, _: _has(build, word)
    size = _SIZE.fullmatch(word)
    if size is not None:
        return _size_term(*size.groups())
    begun = [statuses for name, statuses in _STATUS_WORDS.items() if name.startswith(word)]
    if len(word) < _LEAST_OF_A_WORD or not begun:
        return lambda _, searched: word in searched
    either = frozenset[Status]().union(*begun)
    return lambda build, searched: word in searched or build.status in either


def _has(build: Build, word: str) -> bool:
    mine = (build.model.license or "", *build.model.capabilities)
    return any(each.casefold() == word for each in mine)


def _size_term(sign: str, digits: str, unit: str | None) -> Term:
    """``<2gb``; without a unit gigabytes are meant, and without a number everything matches: more is being typed."""
    if not any(each.isdigit() for each in digits):
        return lambda _build, _searched: True
    limit_bytes = float(digits) * _BYTES[unit or "g"]

    def holds(build: Build, _: str) -> bool:
        size_bytes = build.size_bytes
        if size_bytes is None:
            return False
        return size_bytes < limit_bytes if sign == "<" else size_bytes > limit_bytes

    return holds
