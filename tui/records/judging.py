"""Models that judge answers: what they preferred, and how far they can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.quality import ReplyForm


class Preferred(StrEnum):
    """Which of two answers was called the better one, by the place at which it was shown."""

    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Two answers to one prompt, held against each other in one order."""

    judge: str
    prompt_id: str
    first_id: str
    second_id: str
    first_characters: int
    second_characters: int
    preferred: Preferred | None
    """``None`` where the judge gave nothing that could be used, for the reason that stands beside it."""
    reason: str = ""
    note: str = ""
    rubric: str = ""
    """As in ``Rating``."""
    judged_at: str = ""
    replied: ReplyForm | None = None
    """As in ``Rating``."""


class BiasKind(StrEnum):
    """What a judge may go by instead of the answer."""

    PLACE = "place"
    LENGTH = "length"
    ONE_SCORE = "one score"
    RUBRIC_ORDER = "rubric order"
    ITSELF = "itself"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasCheck:
    """One thing that a judge was checked for."""

    kind: BiasKind
    found: bool
    words: str
    """What was seen, found or not: a sentence without its full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """A model as a judge, by all that it has ever judged in this history."""

    judge: str
    rated: int
    unrated: int
    common: int
    """Answers that people have rated too."""
    kappa: float | None
    """Its agreement with them; ``None`` where there are too few, or nothing tells scores apart."""
    biases: tuple[BiasCheck, ...]
    reasons: tuple[str, ...]
    """Why it is not trusted, each without a full stop; none where it is."""
    replies: str = ""
    """How its replies came to be JSON: a sentence without its full stop; empty where nobody took note."""

    @property
    def trusted(self) -> bool:
        return not self.reasons
