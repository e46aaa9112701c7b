"""The answers of a run with their facets and ratings: each text once, and who thought what of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.measure.answers import judges
from tui.measure.answers.agreement import agreement_sentence, panel_agreement
from tui.measure.answers.quality import answers_of, facet_checks, facet_score, grades, latest_ratings, verdict
from tui.records import RunRecord
from tui.records.grading import Grade
from tui.records.quality import FacetCheck, RaterKind, Rating
from tui.reports.rounding import rounded
from tui.text import units
from tui.text.tables import TableColumn

QUALITY_NOTE: Final = (
    "Scores are the mean, from 1 to 5, and from how many. An answer that several models gave stands once."
)
CUT_NOTE: Final = "Cut at the limit of tokens."
_SIGNS: Final = {True: "✓", False: "✗", None: "?"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One text that a prompt was answered with. JSON has it under these names."""

    answer_id: str
    prompt_id: str
    keys: tuple[str, ...]
    """The models that gave it."""
    text: str
    cut: bool
    facets: tuple[FacetCheck, ...]
    facet_score: float | None
    human_score: float | None
    """The mean of the scores by people, 1 to 5."""
    judge_score: float | None
    ratings: tuple[Rating, ...]
    grades: tuple[Grade, ...] = ()
    """What each grader of the prompt found."""
    grade_score: float | None = None
    """The mean over facets and graders, from 0 to 1."""
    passed: bool | None = None
    """The answer is right by all facets and graders; ``None`` if there are none, or they cannot tell."""


def answer_rows(run: RunRecord) -> tuple[AnswerRow, ...]:
    """Make a row an answer, in the order of prompts and models."""
    prompts = {prompt.id: prompt for prompt in run.plan.prompts}
    newest_ratings = latest_ratings(run.ratings)
    rows: list[AnswerRow] = []
    for answer in answers_of(run):
        prompt = prompts[answer.prompt_id]
        facets, whole = facet_checks(prompt, answer.text), verdict(prompt, answer.text)
        ratings = tuple(rating for rating in newest_ratings if rating.answer_id == answer.answer_id)
        rows.append(
            AnswerRow(
                answer_id=answer.answer_id,
                prompt_id=answer.prompt_id,
                keys=answer.keys,
                text=answer.text,
                cut=answer.cut,
                facets=facets,
                facet_score=rounded(facet_score(facets)),
                human_score=rounded(_mean_score(ratings, RaterKind.HUMAN)),
                judge_score=rounded(_mean_score(ratings, RaterKind.JUDGE)),
                ratings=ratings,
                grades=grades(prompt, answer.text)[len(facets) :],
                grade_score=None if whole is None else rounded(whole.score),
                passed=None if whole is None else whole.passed,
            )
        )
    return tuple(rows)


def judged_answers(run: RunRecord) -> tuple[AnswerRow, ...]:
    """Return all answers if anything was expected of one of them or anybody rated one, else none."""
    rows = answer_rows(run)
    return rows if any(row.facets or row.grades or row.ratings for row in rows) else ()


def judge_sentences(run: RunRecord) -> tuple[str, ...]:
    """Tell whether each judge is trusted, and what else was seen of it; then whether several of them agree."""
    each = tuple(" ".join((judges.trust_sentence(record), *judges.observations(record))) for record in run.judges)
    agreement = panel_agreement(run.ratings)
    return each if agreement is None else (*each, agreement_sentence(agreement))


def quality_terms(run: RunRecord) -> tuple[tuple[str, str], ...]:
    """Return the definitions that the section needs: those of judges only if there is one."""
    return judges.DEFINITIONS if run.judges else judges.DEFINITIONS[:2]


def check_words(check: FacetCheck) -> str:
    """Tell whether a facet was met, and what there was instead."""
    instead = f" ({check.found})" if check.found and not check.met else ""
    return f"{_SIGNS[check.met]} {check.facet}{instead}"


def grade_words(grade: Grade) -> str:
    """Tell whether a grader found the answer right, with its credit if that is partial, and why."""
    credit = f", {units.three_figures((grade.score or 0.0) * 100)} %" if grade.partial else ""
    return f"{_SIGNS[grade.passed]} {grade.grader}{credit} ({grade.reason})"


def rating_words(rating: Rating) -> str:
    """Tell who gave which score, and with which note."""
    score = f"{units.mark(rating.score)} of 5" if rating.score is not None else f"no score ({rating.reason})"
    blind = ", blind" if rating.blind and rating.kind is RaterKind.HUMAN else ""
    note = f": {rating.note}" if rating.note else ""
    return f"{rating.rater} ({rating.kind.value}{blind}) {score}{note}"


def _mean_score(ratings: Sequence[Rating], kind: RaterKind) -> float | None:
    scores = [rating.score for rating in ratings if rating.kind is kind and rating.score is not None]
    return sum(scores) / len(scores) if scores else None


def _share_met(outcomes: Sequence[bool | None]) -> str:
    told = [met for met in outcomes if met is not None]
    return f"{units.count(sum(told))} of {units.count(len(told))}" if told else units.UNKNOWN


def _missed(row: AnswerRow) -> str:
    missed = [str(check.facet) for check in row.facets if check.met is False]
    wrong = [f"{grade.grader} ({grade.reason})" for grade in row.grades if grade.passed is False]
    return ", ".join((*missed, *wrong)) or units.UNKNOWN


def _score(score: float | None, ratings: Sequence[Rating], kind: RaterKind) -> str:
    of_kind = [rating for rating in ratings if rating.kind is kind]
    if score is None:
        return f"no score ({of_kind[-1].reason})" if of_kind else units.UNKNOWN
    rated = sum(rating.score is not None for rating in of_kind)
    return f"{units.three_figures(score)} ({units.count(rated)})"


_FIRST_COLUMNS: Final[tuple[TableColumn[AnswerRow], ...]] = (
    TableColumn("Prompt", lambda row: row.prompt_id, right=False, data=True),
    TableColumn("Answer of", lambda row: ", ".join(row.keys), right=False, data=True),
)
_FACETS: Final[TableColumn[AnswerRow]] = TableColumn(
    "Facets", lambda row: _share_met([check.met for check in row.facets])
)
_GRADERS: Final[TableColumn[AnswerRow]] = TableColumn(
    "Graders", lambda row: _share_met([grade.passed for grade in row.grades])
)
_LAST_COLUMNS: Final[tuple[TableColumn[AnswerRow], ...]] = (
    TableColumn("Missed", _missed, right=False, data=True),
    TableColumn("People", lambda row: _score(row.human_score, row.ratings, RaterKind.HUMAN), data=True),
    TableColumn("Judges", lambda row: _score(row.judge_score, row.ratings, RaterKind.JUDGE), data=True),
)


def answer_columns(rows: Sequence[AnswerRow]) -> tuple[TableColumn[AnswerRow], ...]:
    """Return the columns of the table of answers: graders and facets each where an answer has some."""
    graders = (_GRADERS,) if any(row.grades for row in rows) else ()
    facets = (_FACETS,) if not graders or any(row.facets for row in rows) else ()
    return (*_FIRST_COLUMNS, *facets, *graders, *_LAST_COLUMNS)
