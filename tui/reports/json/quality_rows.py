"""The answers of a run with their facets and ratings, as JSON has them and the report shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.measure.answers.quality import answers_of, checks, facet_score, newest
from tui.records import RunRecord
from tui.records.judging import BiasCheck
from tui.records.quality import FacetCheck, RaterKind, Rating
from tui.reports.json.distribution_rows import rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One text that a prompt was answered with."""

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


def answer_rows(run: RunRecord) -> tuple[AnswerRow, ...]:
    """A row an answer, in the order of prompts and models."""
    prompts = {prompt.id: prompt for prompt in run.plan.prompts}
    counted = newest(run.ratings)
    rows: list[AnswerRow] = []
    for answer in answers_of(run):
        facets = checks(prompts[answer.prompt_id], answer.text)
        own = tuple(rating for rating in counted if rating.answer_id == answer.answer_id)
        rows.append(
            AnswerRow(
                answer_id=answer.answer_id,
                prompt_id=answer.prompt_id,
                keys=answer.keys,
                text=answer.text,
                cut=answer.cut,
                facets=facets,
                facet_score=rounded(facet_score(facets)),
                human_score=rounded(_mean(own, RaterKind.HUMAN)),
                judge_score=rounded(_mean(own, RaterKind.JUDGE)),
                ratings=own,
            )
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRow:
    """A model that judged, by all that it has judged in the history."""

    judge: str
    trusted: bool
    reasons: tuple[str, ...]
    rated: int
    unrated: int
    common: int
    kappa: float | None
    leans: tuple[BiasCheck, ...]
    replies: str


def judge_rows(run: RunRecord) -> tuple[JudgeRow, ...]:
    """A row a judge."""
    return tuple(
        JudgeRow(
            judge=standing.judge,
            trusted=standing.trusted,
            reasons=standing.reasons,
            rated=standing.rated,
            unrated=standing.unrated,
            common=standing.common,
            kappa=rounded(standing.kappa),
            leans=standing.leans,
            replies=standing.replies,
        )
        for standing in run.judges
    )


def _mean(ratings: Sequence[Rating], kind: RaterKind) -> float | None:
    scores = [rating.score for rating in ratings if rating.kind is kind and rating.score is not None]
    return sum(scores) / len(scores) if scores else None
