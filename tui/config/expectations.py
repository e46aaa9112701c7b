"""Read the keys ``expect`` and ``rubric`` of a prompt into records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from tui.config.graders import GRADER_KEYS, read_grader
from tui.json_file import ConfigError, Value
from tui.measure.answers import patterns
from tui.measure.answers.language import LANGUAGES
from tui.records.grading import Grader, GraderKind
from tui.records.quality import LENGTHS, Facet, FacetKind

SCORES: Final = ("1", "2", "3", "4", "5")

_FACET_KEYS: Final = tuple(kind.value for kind in FacetKind)
_KEYS: Final = (*_FACET_KEYS, *GRADER_KEYS)


def read_facets(value: Value) -> tuple[Facet, ...]:
    """Read the expected facets, in the order of the file. Raises ConfigError."""
    value.refuse_unknown(_KEYS)
    members = value.members()
    facets = tuple(
        facet for name, member in members.items() if name in _FACET_KEYS for facet in _facets(FacetKind(name), member)
    )
    if not facets and not any(name in GRADER_KEYS for name in members):
        raise value.error("at least one facet", f"add one of {', '.join(_KEYS)}, or remove the key")
    return facets


def read_graders(value: Value) -> tuple[Grader, ...]:
    """Read the graders beside the facets, in the order of the file. Raises ConfigError."""
    return tuple(
        read_grader(GraderKind(name), member) for name, member in value.members().items() if name in GRADER_KEYS
    )


def read_rubric(value: Value) -> tuple[str, ...]:
    """Read the meanings of the scores from 1 to 5. Raises ConfigError."""
    value.refuse_unknown(SCORES)
    members = value.members()
    missing = [score for score in SCORES if score not in members]
    if missing:
        raise ConfigError(f'{value.where} has no "{missing[0]}"; say in words what each score from 1 to 5 means.')
    return tuple(members[score].text() for score in SCORES)


def _facets(kind: FacetKind, value: Value) -> Iterable[Facet]:
    match kind:
        case FacetKind.JSON:
            if value.data is not True:
                raise value.error("true", "write true, or remove the key")
            yield Facet(kind=kind)
        case FacetKind.LANGUAGE:
            code = value.text().strip().lower().replace("_", "-").partition("-")[0]
            if code not in LANGUAGES:
                raise value.error("the code of a language", f"write one of {', '.join(LANGUAGES)}")
            yield Facet(kind=kind, any_of=(code,))
        case FacetKind.WORDS | FacetKind.PHRASES | FacetKind.PATTERNS | FacetKind.FORBIDDEN:
            yield from (_of_texts(kind, item) for item in value.items())
        case _:
            least = 0 if kind is FacetKind.BULLETS else 1
            yield Facet(kind=kind, limit=value.whole(least, f"{LENGTHS[kind][1]}s"))


def _of_texts(kind: FacetKind, item: Value) -> Facet:
    """Read a facet that is a text, a list of texts of which any is enough, or one of these with a name."""
    if item.is_object():
        item.refuse_unknown(("name", "any_of"))
        members = item.members()
        for key in ("name", "any_of"):
            if key not in members:
                raise ConfigError(f'{item.where} has no "{key}"; add it, or write the text alone.')
        return replace(_of_texts(kind, members["any_of"]), name=members["name"].text().strip())
    texts = item.items() if item.is_list() else [item]
    if not texts:
        raise item.error("a list with at least one text", "add one or remove the list")
    return Facet(kind=kind, any_of=tuple(_alternative(kind, text) for text in texts))


def _alternative(kind: FacetKind, value: Value) -> str:
    text = value.text()
    if kind is FacetKind.PATTERNS:
        try:
            patterns.compile_pattern(text)
        except patterns.BadPattern as error:
            raise ConfigError(
                f"{value.where} is no regular expression that can be used: {error}; correct it."
            ) from None
        return text
    if kind is FacetKind.WORDS and len(text.split()) > 1:
        raise value.error("a single word", 'put several under "phrases"')
    return text.strip()
