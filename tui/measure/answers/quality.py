"""Answers against what was expected of them, and ratings -> shares of 1. No model is asked here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NoReturn

from tui.measure.answers import patterns
from tui.measure.answers.language import language_of
from tui.records import FinishReason, Prompt, RunRecord, SampleStatus
from tui.records.quality import (
    Answer,
    Facet,
    FacetCheck,
    FacetKind,
    ModelQuality,
    PromptQuality,
    RaterKind,
    Rating,
)

LOWEST, HIGHEST = 1, 5
PLAIN_RUBRIC: Final = ("poor", "weak", "fair", "good", "excellent")
"""What the scores mean where a prompt does not say."""
MOST_CHARACTERS: Final = 20_000
"""So much of an answer is looked at: a model that never ends should cost no more than one that does."""

_FENCED: Final = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)
_BULLET: Final = re.compile(r"^[ \t]*(?:[-*•+]|\d{1,3}[.)])[ \t]+", re.MULTILINE)
_NO_END: Final = re.compile(r"\b(?:e\.g|i\.e|etc|vs|approx|Mr|Mrs|Ms|Dr|No|St|z\.B|d\.h)\.(?=\s+[\w(])", re.IGNORECASE)
_STOPS: Final = re.compile(r"[.!?…。！？]+")
_SENTENCE_END: Final = re.compile(r"\.[\"'”’)\]*_]*(?:\s|$)|\n")


def answers_of(run: RunRecord) -> tuple[Answer, ...]:
    """Every text of the run once a prompt, in the order of prompts and models; a failed request has none."""
    found: dict[tuple[str, str], list[str]] = {}
    cut: set[tuple[str, str]] = set()
    for sample in run.samples:
        place = (sample.prompt_id, sample.text)
        if sample.status is SampleStatus.OK and sample.text.strip():
            found.setdefault(place, []).append(sample.key)
            if sample.timeline.finish_reason is FinishReason.LENGTH:
                cut.add(place)
    order = {model.key: number for number, model in enumerate(run.plan.models)}
    return tuple(
        Answer(
            answer_id=answer_id(prompt, text),
            prompt_id=prompt.id,
            text=text,
            keys=tuple(sorted(set(keys), key=lambda key: order.get(key, len(order)))),
            cut=(prompt_id, text) in cut,
        )
        for prompt in run.plan.prompts
        for (prompt_id, text), keys in found.items()
        if prompt_id == prompt.id
    )


def answer_id(prompt: Prompt, text: str) -> str:
    """What a rating belongs to: the same words to the same question are one answer, whoever gave them and when."""
    asked = json.dumps([prompt.text, prompt.system or "", text])
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def facet_checks(prompt: Prompt, text: str) -> tuple[FacetCheck, ...]:
    """Each facet of the prompt held against an answer."""
    seen = text[:MOST_CHARACTERS]
    return tuple(_check(facet, seen) for facet in prompt.facets)


def facet_score(found: Iterable[FacetCheck]) -> float | None:
    """``met / (met + missed)``; what cannot be told counts on neither side. ``None`` where nothing could be told."""
    told = [check.met for check in found if check.met is not None]
    return sum(told) / len(told) if told else None


def rating_share(score: float) -> float:
    """``(score - 1) / 4``: 1 is 0, 5 is 1."""
    return (score - LOWEST) / (HIGHEST - LOWEST)


def latest_ratings(ratings: Iterable[Rating]) -> tuple[Rating, ...]:
    """Of each rater's words on an answer the last; ``ratings`` in the order of time."""
    return tuple({(rating.answer_id, rating.rater, rating.kind): rating for rating in ratings}.values())


def qualities(run: RunRecord, ratings: Sequence[Rating] = ()) -> tuple[ModelQuality, ...]:
    """What is known of each model's answers, prompt by prompt, in the plan's order."""
    answers = answers_of(run)
    counted = latest_ratings(ratings)
    shares = {kind: _shares(counted, kind) for kind in RaterKind}
    met = {
        answer.answer_id: facet_score(facet_checks(prompt, answer.text))
        for prompt in run.plan.prompts
        for answer in answers
        if answer.prompt_id == prompt.id
    }
    return tuple(
        ModelQuality(
            key=model.key,
            prompts=tuple(
                _of_prompt(
                    prompt.id,
                    [answer.answer_id for answer in answers if _is_of(answer, prompt, model.key)],
                    met,
                    shares,
                )
                for prompt in run.plan.prompts
            ),
        )
        for model in run.plan.models
    )


def _is_of(answer: Answer, prompt: Prompt, key: str) -> bool:
    return answer.prompt_id == prompt.id and key in answer.keys


def _of_prompt(
    prompt_id: str,
    answer_ids: Sequence[str],
    met: Mapping[str, float | None],
    shares: Mapping[RaterKind, Mapping[str, float]],
) -> PromptQuality:
    return PromptQuality(
        prompt_id=prompt_id,
        facets=_mean(met[each] for each in answer_ids),
        human=_mean(shares[RaterKind.HUMAN].get(each) for each in answer_ids),
        judge=_mean(shares[RaterKind.JUDGE].get(each) for each in answer_ids),
    )


def _shares(ratings: Iterable[Rating], kind: RaterKind) -> dict[str, float]:
    """The mean of each answer's scores by raters of this kind."""
    found: dict[str, list[float]] = {}
    for rating in ratings:
        if rating.kind is kind and rating.score is not None:
            found.setdefault(rating.answer_id, []).append(rating_share(rating.score))
    return {answer: sum(values) / len(values) for answer, values in found.items()}


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _check(facet: Facet, text: str) -> FacetCheck:
    match facet.kind:
        case FacetKind.WORDS:
            return FacetCheck(facet=facet, met=any(_has(word, text, whole=True) for word in facet.any_of))
        case FacetKind.PHRASES:
            return FacetCheck(facet=facet, met=any(_has(phrase, text, whole=False) for phrase in facet.any_of))
        case FacetKind.PATTERNS:
            return FacetCheck(facet=facet, met=patterns.matches_any(facet.any_of, text))
        case FacetKind.JSON:
            problem = _json_problem(text)
            return FacetCheck(facet=facet, met=not problem, found=problem)
        case FacetKind.MAX_SENTENCES:
            count = sentences(text)
            return FacetCheck(facet=facet, met=count <= (facet.limit or count), found=f"{count} sentences")
        case FacetKind.LANGUAGE:
            language = language_of(text)
            return FacetCheck(
                facet=facet,
                met=None if language is None else language in facet.any_of,
                found=language or "cannot be told",
            )


def sentences(text: str) -> int:
    """Ends of sentences and lines, where something stands before them; an item of a list is one at least."""
    plain = _STOPS.sub(".", _NO_END.sub(" ", _BULLET.sub("", text)))
    return sum(bool(re.search(r"\w", part)) for part in _SENTENCE_END.split(plain))


def _has(wanted: str, text: str, *, whole: bool) -> bool:
    """Whatever the case, and however the words of a phrase are spaced; a whole word has no letter beside it."""
    words = r"\s+".join(re.escape(word) for word in wanted.split())
    return re.search(rf"(?<!\w){words}(?!\w)" if whole else words, text, re.IGNORECASE) is not None


def _json_problem(text: str) -> str:
    """Why the whole answer, or all of it in one code fence, is no JSON; empty where it is."""
    stripped = text.strip()
    fenced = _FENCED.fullmatch(stripped)
    try:
        json.loads(fenced[1] if fenced else stripped, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")
