"""The quality of answers: facets that are checked by rules, and ratings as shares of 1. No model is asked here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NoReturn

from tui.lazy import lazy_module
from tui.measure.answers import patterns
from tui.measure.answers.grading.replies import without_thoughts
from tui.measure.answers.language import language_of, other_script, same_language
from tui.measure.answers.scripts.lengths import bullets, characters, words
from tui.measure.answers.scripts.normal import composed, folded, plain
from tui.measure.answers.scripts.sentences import sentences
from tui.measure.answers.scripts.words import has_word
from tui.records import FinishReason, Prompt, RunRecord, SampleStatus
from tui.records.grading import Grade, Grader, GraderKind
from tui.records.quality import (
    LENGTHS,
    Answer,
    Facet,
    FacetCheck,
    FacetKind,
    ModelQuality,
    PromptQuality,
    RaterKind,
    Rating,
)

if TYPE_CHECKING:
    from tui.measure.answers.grading import grade as grading
else:
    # The patterns of the graders take a tenth of a second to read, and most runs are graded by nothing.
    grading = lazy_module("tui.measure.answers.grading.grade")

LOWEST, HIGHEST = 1, 5
PLAIN_RUBRIC: Final = ("poor", "weak", "fair", "good", "excellent")
"""The meaning of the scores from 1 to 5 for a prompt without a rubric of its own."""
MAX_CHARACTERS: Final = 20_000
"""The length to which an answer is checked, so that a model that does not stop costs no more than another."""

_COUNTS: Final[Mapping[str, Callable[[str], int | None]]] = {
    "sentence": sentences,
    "word": words,
    "character": characters,
    "bullet": bullets,
}
_FENCED: Final = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)


def answers_of(run: RunRecord) -> tuple[Answer, ...]:
    """List the different answers of a run, prompt by prompt, each with the models that gave it.

    The prompts are in the order of the plan, the answers to a prompt in the order in which they came. Failed requests
    and empty texts are no answers.
    """
    keys_of: dict[tuple[str, str], list[str]] = {}
    cut: set[tuple[str, str]] = set()
    for sample in run.samples:
        prompt_and_text = (sample.prompt_id, sample.text)
        if sample.status is SampleStatus.OK and sample.text.strip():
            keys_of.setdefault(prompt_and_text, []).append(sample.key)
            if sample.timeline.finish_reason is FinishReason.LENGTH:
                cut.add(prompt_and_text)
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
        for (prompt_id, text), keys in keys_of.items()
        if prompt_id == prompt.id
    )


def answer_id(prompt: Prompt, text: str) -> str:
    """Compute the id of an answer, to which its ratings belong: a hash of the prompt's texts and the answer.

    The same text to the same prompt is one answer, whichever model gave it and whenever.
    """
    content = json.dumps([prompt.text, prompt.system or "", text])
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def facet_checks(prompt: Prompt, text: str) -> tuple[FacetCheck, ...]:
    """Check an answer, without what the model thought, for each facet of its prompt."""
    shown = without_thoughts(text[:MAX_CHARACTERS])
    return tuple(_check(facet, shown) for facet in prompt.facets)


def grades(prompt: Prompt, text: str) -> tuple[Grade, ...]:
    """Grade an answer by each facet and each grader of its prompt, in this order."""
    shown = text[:MAX_CHARACTERS]
    of_facets = (grading.grade_of_facet(check) for check in facet_checks(prompt, text))
    return (*of_facets, *(_grade(prompt, grader, text, shown) for grader in prompt.graders))


def _grade(prompt: Prompt, grader: Grader, text: str, shown: str) -> Grade:
    """Grade an answer by one grader; of code there is a grade only if it was run."""
    if grader.kind is not GraderKind.CODE:
        return grading.grade_answer(grader, shown)
    own = answer_id(prompt, text)
    result = next((result for result in grader.results if result.answer_id == own), None)
    return grading.grade_answer(grader, shown) if result is None else Grade.of(grader, result.score, result.reason)


@lru_cache(maxsize=4096)
def verdict(prompt: Prompt, text: str) -> Grade | None:
    """Tell whether an answer is right by all facets and graders of its prompt; ``None`` if that cannot be told."""
    every = grades(prompt, text)
    return grading.total(every) if every else None


def facet_score(checked: Iterable[FacetCheck]) -> float | None:
    """Compute ``met / (met + missed)``; a facet that cannot be decided counts on neither side, ``None`` if none can."""
    decided = [check.met for check in checked if check.met is not None]
    return sum(decided) / len(decided) if decided else None


def rating_share(score: float) -> float:
    """Convert a score from 1 to 5 to a share of 1: ``(score - 1) / 4``."""
    return (score - LOWEST) / (HIGHEST - LOWEST)


def latest_ratings(ratings: Iterable[Rating]) -> tuple[Rating, ...]:
    """Keep the latest rating by each rater of each answer; ``ratings`` are in the order of time."""
    return tuple({(rating.answer_id, rating.rater, rating.kind): rating for rating in ratings}.values())


def qualities(run: RunRecord, ratings: Sequence[Rating] = ()) -> tuple[ModelQuality, ...]:
    """Summarise the quality of each model's answers, prompt by prompt, in the order of the plan."""
    answers = answers_of(run)
    latest = latest_ratings(ratings)
    shares = {kind: _mean_shares(latest, kind) for kind in RaterKind}
    verdicts = {
        answer.answer_id: verdict(prompt, answer.text)
        for prompt in run.plan.prompts
        for answer in answers
        if answer.prompt_id == prompt.id
    }

    def of_prompt(prompt: Prompt, key: str) -> PromptQuality:
        ids = [answer.answer_id for answer in answers if answer.prompt_id == prompt.id and key in answer.keys]
        return _prompt_quality(prompt.id, [verdicts[one] for one in ids], ids, shares)

    return tuple(
        ModelQuality(key=model.key, prompts=tuple(of_prompt(prompt, model.key) for prompt in run.plan.prompts))
        for model in run.plan.models
    )


def _prompt_quality(
    prompt_id: str,
    verdicts: Sequence[Grade | None],
    answer_ids: Sequence[str],
    shares: Mapping[RaterKind, Mapping[str, float]],
) -> PromptQuality:
    return PromptQuality(
        prompt_id=prompt_id,
        facets=_mean(grade.score for grade in verdicts if grade is not None),
        passed=_mean(float(bool(grade.passed)) for grade in verdicts if grade is not None),
        human=_mean(shares[RaterKind.HUMAN].get(answer_id) for answer_id in answer_ids),
        judge=_mean(shares[RaterKind.JUDGE].get(answer_id) for answer_id in answer_ids),
    )


def _mean_shares(ratings: Iterable[Rating], kind: RaterKind) -> dict[str, float]:
    """Average the scores of each answer by raters of one kind, as shares of 1."""
    shares: dict[str, list[float]] = {}
    for rating in ratings:
        if rating.kind is kind and rating.score is not None:
            shares.setdefault(rating.answer_id, []).append(rating_share(rating.score))
    return {answer_id: sum(values) / len(values) for answer_id, values in shares.items()}


def _mean(values: Iterable[float | None]) -> float | None:
    numbers = [value for value in values if value is not None]
    return sum(numbers) / len(numbers) if numbers else None


def _check(facet: Facet, text: str) -> FacetCheck:
    match facet.kind:
        case FacetKind.WORDS:
            shown = folded(text)
            return FacetCheck(facet=facet, met=any(has_word(word, shown) for word in facet.any_of))
        case FacetKind.PHRASES:
            shown = folded(text)
            return FacetCheck(facet=facet, met=any(folded(phrase) in shown for phrase in facet.any_of))
        case FacetKind.PATTERNS:
            forms = (text, composed(text), plain(text))
            return FacetCheck(facet=facet, met=any(patterns.matches_any(facet.any_of, form) for form in forms))
        case FacetKind.JSON:
            problem = _json_problem(text)
            return FacetCheck(facet=facet, met=not problem, found=problem)
        case FacetKind.LANGUAGE:
            language = language_of(text, facet.any_of[0])
            if language is None:
                other = other_script(text, facet.any_of)
                return FacetCheck(facet=facet, met=False if other else None, found=other or "cannot be told")
            return FacetCheck(
                facet=facet, met=any(same_language(language, code) for code in facet.any_of), found=language
            )
        case FacetKind.FORBIDDEN:
            shown = folded(text)
            present = next((word for word in facet.any_of if has_word(word, shown)), "")
            return FacetCheck(facet=facet, met=not present, found=f'"{present}"' if present else "")
        case _:
            return _check_length(facet, text)


def _check_length(facet: Facet, text: str) -> FacetCheck:
    """Check the number of sentences, words, characters or bullets."""
    how, what = LENGTHS[facet.kind]
    count, limit = _COUNTS[what](text), facet.limit or 0
    if count is None:
        return FacetCheck(facet=facet, met=None, found="words that cannot be told apart without a dictionary")
    met = count >= limit if how == "at least" else count <= limit if how == "at most" else count == limit
    return FacetCheck(facet=facet, met=met, found=f"{count} {what}{'' if count == 1 else 's'}")


def _json_problem(text: str) -> str:
    """Give the reason why an answer, without a code fence around all of it, is not JSON; empty if it is JSON."""
    stripped = text.strip()
    fenced = _FENCED.fullmatch(stripped)
    try:
        json.loads(fenced[1] if fenced else stripped, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")
