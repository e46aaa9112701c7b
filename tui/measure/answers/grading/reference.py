"""The graders that compare an answer with texts: reference answers, and texts to be contained in their order."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from typing import Any, Final

from tui.measure.answers.grading.replies import without_thoughts
from tui.measure.answers.scripts.normal import bare, folded
from tui.measure.answers.scripts.words import find_text, words_of
from tui.records.grading import Grade, Grader, Likeness

_MOST_CHARACTERS: Final = 20_000
_LEAD: Final = re.compile(
    r"(?i)\A\W*(?:(?:the |my )?(?:final |correct |right )?answer(?: is)?|(?:die )?antwort(?: ist| lautet)?|"
    r"(?:la )?réponse(?: est)?|(?:la )?respuesta(?: es)?|(?:la )?risposta(?: è)?|(?:a )?resposta(?: é)?|ответ|cevap|"
    r"উত্তর|उत्तर|الجواب|الإجابة|答案(?:是)?|答え(?:は)?|정답(?:은)?)(?:\s*[:：]\W*|\s+|(?<=[是は은]))(?=\S)"
)
"""The words with which an answer names itself; they are no part of it."""
_NAMES: Final = {Likeness.EQUAL: "equal", Likeness.F1: "F1 of words", Likeness.EDIT: "likeness of characters"}


def grade(grader: Grader, text: str) -> Grade:
    """Grade the answer by the reference answer that it is most like."""
    answer = bare(without_thoughts(text)[:_MOST_CHARACTERS])
    without_lead = bare(_LEAD.sub("", without_thoughts(text)[:_MOST_CHARACTERS], count=1)) or answer
    likeness, reference = max(
        (
            (_likeness(grader.likeness, form, bare(reference)), reference)
            for reference in grader.answers
            for form in (answer, without_lead)
        ),
        key=lambda pair: pair[0],
    )
    if grader.likeness is Likeness.EQUAL:
        if likeness:
            return Grade.of(grader, 1, f'it equals "{reference}"')
        return Grade.of(grader, 0, f"it is not {' or '.join(_quoted(answer) for answer in grader.answers)}")
    reached = f'{_NAMES[grader.likeness]} with "{_cut(reference)}" {likeness:.2f}, {grader.at_least:.2f} is right'
    if likeness >= grader.at_least:
        return Grade.of(grader, 1, reached)
    return Grade.of(grader, min(likeness, 0.99), reached)


def grade_order(grader: Grader, text: str) -> Grade:
    """Grade whether the texts stand in the answer one after the other; the score is the share that does."""
    answer = folded(without_thoughts(text)[:_MOST_CHARACTERS])
    place, met, problems = 0, 0, list[str]()
    for alternatives in grader.in_order:
        found = [span for wanted in alternatives if (span := find_text(wanted, answer, place))]
        if found:
            met, place = met + 1, min(found, key=lambda span: span[1])[1]
        elif any(find_text(wanted, answer) for wanted in alternatives):
            problems.append(f"{_quoted(alternatives[0])} stands too early")
        else:
            problems.append(f"{_quoted(alternatives[0])} is missing")
    reason = "all are there in their order" if not problems else "; ".join(problems)
    return Grade.of(grader, met / len(grader.in_order), reason)


def token_f1(answer: str, reference: str) -> float:
    """Compute the F1 score of the words of two texts: ``2 c / (n + m)``, where c counts words that both have."""
    ours, theirs = Counter(words_of(answer)), Counter(words_of(reference))
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else float(answer == reference)


def _likeness(likeness: Likeness, answer: str, reference: str) -> float:
    match likeness:
        case Likeness.EQUAL:
            return float(answer == reference)
        case Likeness.F1:
            return token_f1(answer, reference)
        case Likeness.EDIT:
            levenshtein: Any = import_module("rapidfuzz.distance.Levenshtein")
            return float(levenshtein.normalized_similarity(answer, reference))


def _quoted(text: str) -> str:
    return f'"{_cut(text)}"'


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
