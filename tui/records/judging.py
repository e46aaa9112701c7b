"""Models that judge answers: their preferences, and how far they can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.quality import ReplyForm


class Preferred(StrEnum):
    """The answer of two that a judge preferred, named by the position in which it was shown."""

    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """The comparison of two answers to one prompt by a judge, in one order."""

    judge: str
    prompt_id: str
    first_id: str
    second_id: str
    first_characters: int
    second_characters: int
    preferred: Preferred | None
    """``None`` if the reply of the judge could not be used, for the given reason."""
    reason: str = ""
    note: str = ""
    rubric: str = ""
    """The request to the judge, in short, as in ``Rating``."""
    judged_at: str = ""
    replied: ReplyForm | None = None
    """The way in which the reply came to be JSON, as in ``Rating``."""


class BiasKind(StrEnum):
    """A known bias of judges: something other than the answer that their scores may depend on."""

    PLACE = "place"
    LENGTH = "length"
    ONE_SCORE = "one score"
    RUBRIC_ORDER = "rubric order"
    ITSELF = "itself"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasCheck:
    """The result of checking a judge for one bias. Field names are keys of the JSON of a run."""

    kind: BiasKind
    found: bool
    words: str
    """The observation, whether the bias was found or not: a sentence without a full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """The reliability of one model as a judge, from all its judgements in this history."""

    judge: str
    rated: int
    """The number of answers that it gave a score."""
    unrated: int
    """The number of answers for which it gave no score that could be used."""
    common: int
    """The number of answers that people have rated too."""
    kappa: float | None
    """Its agreement with people (weighted kappa); ``None`` if too few answers are common, or all scores are alike."""
    biases: tuple[BiasCheck, ...]
    reasons: tuple[str, ...]
    """The reasons why it is not trusted, each without a full stop; empty if it is trusted."""
    replies: str = ""
    """The way in which its replies came to be JSON: a sentence without a full stop; empty if that was not recorded."""

    @property
    def trusted(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelAgreement:
    """How far two or more judges of the same answers agree. Field names are keys of the JSON of a run."""

    judges: tuple[str, ...]
    measure: str
    """``weighted kappa`` of two judges (Cohen, quadratic weights), ``alpha`` of more (Krippendorff, ordinal)."""
    answers: int
    """The answers that at least two of them scored."""
    value: float | None
    """1 is full agreement and 0 that of chance; ``None`` if too few answers are common, or all scores are the same."""
