"""What is expected of an answer, what was found of it, and who thought what of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FacetKind(StrEnum):
    """What is looked for in an answer; the value is its key in prompts.json."""

    WORDS = "words"
    PHRASES = "phrases"
    PATTERNS = "patterns"
    JSON = "json"
    MAX_SENTENCES = "max_sentences"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One thing that an answer is expected to have."""

    kind: FacetKind
    any_of: tuple[str, ...] = ()
    """Any of these is enough: words, phrases or patterns; the code of a language. JSON has none."""
    limit: int | None = None
    """The most sentences."""
    name: str = ""
    """What it stands for in a word or two, where the file says so."""

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
            case FacetKind.MAX_SENTENCES:
                return f"at most {self.limit} sentence{'' if self.limit == 1 else 's'}"
            case FacetKind.LANGUAGE:
                return f"language {self.any_of[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetCheck:
    """One facet held against one answer."""

    facet: Facet
    met: bool | None
    """``None``: it cannot be told."""
    found: str = ""
    """What there was instead, where that says something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One text that a prompt was answered with, and by which models: what is rated, once."""

    answer_id: str
    prompt_id: str
    text: str
    keys: tuple[str, ...]
    """The models that gave it, in the plan's order."""
    cut: bool = False
    """It ended at the limit of tokens."""


class RaterKind(StrEnum):
    HUMAN = "human"
    JUDGE = "judge"


class ReplyForm(StrEnum):
    """How the replies of a judge came to be JSON."""

    CONSTRAINED = "constrained"
    """Its engine held them to the form that they were to have."""
    PARSED = "parsed"
    """Its engine holds none to a form: what the model wrote was read strictly."""
    IGNORED = "ignored"
    """Its engine took the form, and the reply had another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What somebody thought of an answer."""

    answer_id: str
    key: str
    """A model that gave the answer, for reports: the rating belongs to the text, whoever wrote it."""
    prompt_id: str
    score: int | float | None
    """1 to 5; ``None`` where there is none, for the reason that stands beside it. Of a judge the mean of two."""
    reason: str = ""
    """Why there is no score."""
    rater: str = ""
    """A person's name, or the key of the model that judged."""
    kind: RaterKind = RaterKind.HUMAN
    blind: bool = False
    """The names of the models were hidden."""
    note: str = ""
    rated_at: str = ""
    """In UTC, ISO 8601; for people."""
    in_order: int | None = None
    """Of a judge: its score with the rubric from 1 to 5, and the next with the rubric from 5 to 1."""
    turned: int | None = None
    rubric: str = ""
    """Of a judge: what it was asked, in short; an answer is not judged again by the same."""
    replied: ReplyForm | None = None
    """Of a judge: how its replies came, the worst of them; ``None`` where none came, or nobody took note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptQuality:
    """What is known of one model's answers to one prompt; a share of 1 each."""

    prompt_id: str
    facets: float | None = None
    """Facets met of those that could be told, the mean over its answers."""
    human: float | None = None
    """``(score - 1) / 4``, the mean over its answers and their raters."""
    judge: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuality:
    key: str
    prompts: tuple[PromptQuality, ...]
