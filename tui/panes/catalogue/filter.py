"""The filter of the catalogue, such as ``gpu <2gb tool-calling``: a build must match every word of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from tui.panes.catalogue.builds import IN_TRANSFER, Build, BuildStatus
from tui.records import ModelPurpose

FilterTerm = Callable[[Build, str], bool]
"""One word of the filter: a function of a build and its searched text that returns whether they match."""

_STATUS_WORDS: Final[dict[str, frozenset[BuildStatus]]] = {
    **{status.value: frozenset({status}) for status in BuildStatus},
    "cached": frozenset({BuildStatus.CACHED, BuildStatus.LOADED}),
    "downloading": IN_TRANSFER,
}
_DEVICES: Final = ("cpu", "gpu", "npu")
_SIZE: Final = re.compile(r"([<>])(\d*\.?\d*)(k|m|g|t)?i?b?")
_BYTES: Final = {"k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_LEAST_LETTERS: Final = 3
"""From so many letters on, the beginning of the name of a status matches as the name does, so that the list does not
become empty while the name is being typed.
"""


def searched_text(build: Build) -> str:
    """Return all text of a build in which words of the filter are searched."""
    model, catalogue = build.model, build.model.catalog
    parts = (
        model.key,
        model.model_id,
        catalogue.display_name if catalogue else None,
        build.publisher,
        model.license,
        build.provider,
        model.purpose.value if model.purpose is not ModelPurpose.TEXT else None,
        *model.capabilities,
    )
    return "\n".join(part for part in parts if part).casefold()


def vocabulary_of(builds: Iterable[Build]) -> frozenset[str]:
    """Return every licence and capability: a word of the filter that is one of them must match exactly."""
    words: set[str] = set()
    for build in builds:
        words.update(capability.casefold() for capability in build.model.capabilities)
        if build.model.license:
            words.add(build.model.license.casefold())
    return frozenset(words)


def parse_filter(text: str, vocabulary: frozenset[str]) -> tuple[FilterTerm, ...]:
    """Return one term for each word of the filter; ``vocabulary`` has the words that must match exactly."""
    return tuple(_parse_word(word, vocabulary) for word in text.casefold().split())


def _parse_word(word: str, vocabulary: frozenset[str]) -> FilterTerm:
    if word in _STATUS_WORDS:
        exact = _STATUS_WORDS[word]
        return lambda build, _: build.status in exact
    if word in _DEVICES:
        return lambda build, _: build.device.casefold().startswith(word)
    if word in vocabulary:
        return lambda build, _: _has_name(build, word)
    size = _SIZE.fullmatch(word)
    if size is not None:
        return _size_term(*size.groups())
    begun = [statuses for name, statuses in _STATUS_WORDS.items() if name.startswith(word)]
    if len(word) < _LEAST_LETTERS or not begun:
        return lambda _, searched: word in searched
    statuses = frozenset[BuildStatus]().union(*begun)
    return lambda build, searched: word in searched or build.status in statuses


def _has_name(build: Build, word: str) -> bool:
    names = (build.model.license or "", *build.model.capabilities)
    return any(name.casefold() == word for name in names)


def _size_term(sign: str, digits: str, unit: str | None) -> FilterTerm:
    """Return the term for a size such as ``<2gb``, in GB if it has no unit. Without a number it matches every build,
    since the number is still being typed.
    """
    if not any(digit.isdigit() for digit in digits):
        return lambda _build, _searched: True
    limit_bytes = float(digits) * _BYTES[unit or "g"]

    def matches(build: Build, _: str) -> bool:
        size_bytes = build.size_bytes
        if size_bytes is None:
            return False
        return size_bytes < limit_bytes if sign == "<" else size_bytes > limit_bytes

    return matches
