"""The quality of answers: expected facets, ratings by people and by models, and their summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FacetKind(StrEnum):
    """A kind of property that an answer can be checked for; the value is its key in prompts.json."""

    WORDS = "words"
    PHRASES = "phrases"
    PATTERNS = "patterns"
    JSON = "json"
    MAX_SENTENCES = "max_sentences"
    LANGUAGE = "language"
    MIN_SENTENCES = "min_sentences"
    MIN_WORDS = "min_words"
    MAX_WORDS = "max_words"
    MIN_CHARACTERS = "min_characters"
    MAX_CHARACTERS = "max_characters"
    BULLETS = "bullets"
    FORBIDDEN = "forbidden"


LENGTHS: Final[Mapping[FacetKind, tuple[str, str]]] = {
    FacetKind.MIN_SENTENCES: ("at least", "sentence"),
    FacetKind.MAX_SENTENCES: ("at most", "sentence"),
    FacetKind.MIN_WORDS: ("at least", "word"),
    FacetKind.MAX_WORDS: ("at most", "word"),
    FacetKind.MIN_CHARACTERS: ("at least", "character"),
    FacetKind.MAX_CHARACTERS: ("at most", "character"),
    FacetKind.BULLETS: ("exactly", "bullet"),
}
"""The facets of a length: how it is limited, and what is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One property that an answer is expected to have."""

    kind: FacetKind
    any_of: tuple[str, ...] = ()
    """Words, phrases or patterns, any of which is enough, forbidden texts, or the code of a language; else empty."""
    limit: int | None = None
    """The least, the greatest or the right number of sentences, words, characters or bullets."""
    name: str = ""
    """A name in a word or two, if the file gives one."""

    def __str__(self) -> str:
        if self.name:
            return self.name
        alternatives = " or ".join(f'"{text}"' for text in self.any_of)
        match self.kind:
            case FacetKind.WORDS:
                return f"word {alternatives}"
            case FacetKind.PHRASES:
                return f"phrase {alternatives}"
            case FacetKind.PATTERNS:
                return f"pattern {alternatives}"
            case FacetKind.JSON:
                return "JSON"
            case FacetKind.LANGUAGE:
                return f"language {self.any_of[0]}"
            case FacetKind.FORBIDDEN:
                return f"no {alternatives}"
            case _:
                how, what = LENGTHS[self.kind]
                return f"{how} {self.limit} {what}{'' if self.limit == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetCheck:
    """The result of checking one answer for one facet."""

    facet: Facet
    met: bool | None
    """``None`` if it cannot be decided."""
    found: str = ""
    """What the answer has instead, if that is informative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One text that answers a prompt, with the models that gave it. The same text is rated only once."""

    answer_id: str
    prompt_id: str
    text: str
    keys: tuple[str, ...]
    """The keys of the models that gave it, in the order of the plan."""
    cut: bool = False
    """The text ended at the limit of tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """One text that a model gave to a prompt, or the reason why it gave none."""

    key: str
    text: str
    reasoning: str = ""
    error: str | None = None
    """The reason why there is no whole answer."""
    cut: bool = False
    """The text ended at the limit of tokens."""
    times: int = 1
    """How often the model gave exactly this text in the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswers:
    """The different answers of one model to one prompt, the first one first."""

    key: str
    answers: tuple[GivenAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage:
    """One prompt of a run with the answers of every model that was asked."""

    prompt_id: str
    prompt: str
    system: str | None
    models: tuple[ModelAnswers, ...]


class RaterKind(StrEnum):
    """Whether a person or a model gave a rating."""

    HUMAN = "human"
    JUDGE = "judge"


class ReplyForm(StrEnum):
    """The way in which the replies of a judge came to be JSON."""

    CONSTRAINED = "constrained"
    """The engine constrained the reply to the requested form."""
    PARSED = "parsed"
    """The engine cannot constrain replies, so the text of the model was parsed strictly."""
    IGNORED = "ignored"
    """The engine accepted the requested form, but the reply had another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """The rating of an answer by a person or a model."""

    answer_id: str
    key: str
    """The key of a model that gave the answer, for reports; the rating itself belongs to the text."""
    prompt_id: str
    score: int | float | None
    """The score from 1 to 5, for a judge the mean of two; ``None`` if there is none, for the given reason."""
    reason: str = ""
    """The reason why there is no score."""
    rater: str = ""
    """The name of a person, or the key of the model that judged."""
    kind: RaterKind = RaterKind.HUMAN
    blind: bool = False
    """The names of the models were hidden from the rater."""
    note: str = ""
    rated_at: str = ""
    """The time of the rating in UTC, ISO 8601; it is for people."""
    in_order: int | None = None
    """The score of a judge that was shown the rubric from 1 to 5."""
    turned: int | None = None
    """The score of a judge that was shown the rubric from 5 to 1."""
    rubric: str = ""
    """A short identification of the request to a judge; the same answer is not judged again with the same request."""
    replied: ReplyForm | None = None
    """The form of the replies of a judge, the worst of them; ``None`` if none came, or it was not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A person saw the answers of several models to one prompt, and found one of them best, or none."""

    run_id: str
    prompt_id: str
    keys: tuple[str, ...]
    """The models whose answers were seen."""
    answer_ids: tuple[str, ...]
    """The ids of their answers, in the same order."""
    winner: str | None
    """The model whose answer is the best; ``None`` for a tie."""
    voter: str = ""
    blind: bool = False
    """The names of the models were hidden from the voter."""
    voted_at: str = ""
    """The time of the vote in UTC, ISO 8601; it is for people."""


class PreferenceSource(StrEnum):
    """Where it is known from which of several answers to a prompt is better."""

    VOTES = "votes"
    RATINGS = "ratings"
    JUDGES = "judges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Of two models the one whose answer to a prompt is better, as one person or one judge rated both."""

    source: PreferenceSource
    rater: str
    prompt_id: str
    keys: tuple[str, str]
    """The two models."""
    answer_ids: tuple[tuple[str, ...], tuple[str, ...]]
    """The ids of the answers of each that were rated."""
    winner: str | None
    """The model with the better answer; ``None`` for a tie."""
    weight: float = 1.0
    """What it counts for: a rater of k answers gives k (k - 1) / 2 pairs, but has told of k - 1 differences only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptQuality:
    """The quality of the answers of one model to one prompt; every figure is a share of 1."""

    prompt_id: str
    facets: float | None = None
    """The share of the decided facets that are met, and the scores of graders, as the mean over the answers."""
    human: float | None = None
    """``(score - 1) / 4`` of people, as the mean over the answers and their raters."""
    judge: float | None = None
    """``(score - 1) / 4`` of judges, as the mean over the answers and their raters."""
    passed: float | None = None
    """The share of the different answers that are right by all their facets and graders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuality:
    """The quality of the answers of one model to each prompt."""

    key: str
    prompts: tuple[PromptQuality, ...]
