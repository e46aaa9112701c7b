"""The worst answers of a run, and those that graders, people and judges see differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.records.quality import RaterKind
from tui.reports.sections.answers import AnswerRow
from tui.text import units
from tui.text.tables import TableColumn

WORST_TITLE: Final = "Worst answers"
DISAGREEMENTS_TITLE: Final = "Where graders, people and judges disagree"
_MOST_WORST: Final = 5
_MOST_DISAGREEMENTS: Final = 20
_SHOWN_CHARACTERS: Final = 160
_GOOD, _BAD = 4.0, 2.0
_FAR_APART: Final = 2.0
"""Scores of one answer that are so many points apart are a disagreement."""


@dataclass(frozen=True, slots=True)
class WorstAnswer:
    """An answer with the reason why it is among the worst. JSON of a run does not have it: it has all answers."""

    row: AnswerRow
    share: float
    """From 0 to 1: the grade or the score, whichever is lower."""
    why: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An answer that is good to one and bad to another."""

    row: AnswerRow
    words: str


def worst_answers(rows: Sequence[AnswerRow]) -> tuple[WorstAnswer, ...]:
    """Return the answers with the lowest grades and scores, at most five, the worst first; none that is all right."""
    judged = [worst for row in rows if (worst := _as_worst(row)) is not None and worst.share < 1]
    return tuple(sorted(judged, key=lambda worst: worst.share)[:_MOST_WORST])


def disagreements(rows: Sequence[AnswerRow]) -> tuple[Disagreement, ...]:
    """Return the answers that one finds right or good and another wrong or bad, at most twenty of them."""
    found = (Disagreement(row, words) for row in rows if (words := _disagreement(row)))
    return tuple(found)[:_MOST_DISAGREEMENTS]


def _as_worst(row: AnswerRow) -> WorstAnswer | None:
    shares = [
        (row.grade_score, _grader_reasons(row)),
        (_share(row.human_score), f"people: {units.mark(row.human_score)} of 5"),
        (_share(row.judge_score), f"judges: {units.mark(row.judge_score)} of 5"),
    ]
    known = [(share, why) for share, why in shares if share is not None]
    if not known:
        return None
    share, why = min(known, key=lambda part: part[0])
    return WorstAnswer(row, share, why)


def _grader_reasons(row: AnswerRow) -> str:
    missed = [f"{check.facet} is missed" for check in row.facets if check.met is False]
    wrong = [f"{grade.grader}: {grade.reason}" for grade in row.grades if grade.passed is False]
    return "; ".join((*missed, *wrong))


def _share(score: float | None) -> float | None:
    return None if score is None else (score - 1) / 4


def _disagreement(row: AnswerRow) -> str:
    people, judges = row.human_score, row.judge_score
    words: list[str] = []
    for name, score in (("people give it", people), ("judges give it", judges)):
        if row.passed is True and score is not None and score <= _BAD:
            words.append(f"graders find it right, {name} {units.mark(score)} of 5")
        if row.passed is False and score is not None and score >= _GOOD:
            words.append(f"graders find it wrong ({_grader_reasons(row)}), {name} {units.mark(score)} of 5")
    if people is not None and judges is not None and abs(people - judges) >= _FAR_APART:
        words.append(f"people give it {units.mark(people)} of 5, judges {units.mark(judges)}")
    for kind, name in ((RaterKind.JUDGE, "judges"), (RaterKind.HUMAN, "people")):
        scores = {
            rating.rater: rating.score for rating in row.ratings if rating.kind is kind and rating.score is not None
        }
        if scores and max(scores.values()) - min(scores.values()) >= _FAR_APART:
            each = ", ".join(f"{rater} {units.mark(score)}" for rater, score in scores.items())
            words.append(f"{name} differ: {each}")
    return "; ".join(words)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHOWN_CHARACTERS else f"{plain[:_SHOWN_CHARACTERS]}..."


WORST_COLUMNS: Final[tuple[TableColumn[WorstAnswer], ...]] = (
    TableColumn("Prompt", lambda worst: worst.row.prompt_id, right=False, data=True),
    TableColumn("Answer of", lambda worst: ", ".join(worst.row.keys), right=False, data=True),
    TableColumn("Credit", lambda worst: units.percent(worst.share)),
    TableColumn("Why", lambda worst: worst.why, right=False, data=True),
    TableColumn("Answer", lambda worst: _short(worst.row.text), right=False, data=True),
)
DISAGREEMENT_COLUMNS: Final[tuple[TableColumn[Disagreement], ...]] = (
    TableColumn("Prompt", lambda each: each.row.prompt_id, right=False, data=True),
    TableColumn("Answer of", lambda each: ", ".join(each.row.keys), right=False, data=True),
    TableColumn("What they find", lambda each: each.words, right=False, data=True),
)
