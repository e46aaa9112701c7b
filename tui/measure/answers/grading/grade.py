"""All grades of an answer: those of its facets and of its graders, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from tui.measure.answers.grading import choice, json_answers, numbers, reference, tool_calls
from tui.records.grading import Grade, Grader, GraderKind
from tui.records.quality import FacetCheck

_GRADERS: Final[Mapping[GraderKind, Callable[[Grader, str], Grade]]] = {
    GraderKind.NUMBER: numbers.grade,
    GraderKind.CHOICE: choice.grade,
    GraderKind.SCHEMA: json_answers.grade_schema,
    GraderKind.VALUES: json_answers.grade_values,
    GraderKind.REFERENCE: reference.grade,
    GraderKind.IN_ORDER: reference.grade_order,
    GraderKind.TOOL_CALL: tool_calls.grade,
}
NOT_RUN: Final = "its code has not been run; bench --run-code agrees to that"


def grade_answer(grader: Grader, text: str) -> Grade:
    """Grade an answer by one grader. Code is not run here, so its grade cannot be told."""
    function = _GRADERS.get(grader.kind)
    return Grade.untold(grader, NOT_RUN) if function is None else function(grader, text)


def grade_of_facet(check: FacetCheck) -> Grade:
    """Write the check of a facet as a grade."""
    if check.met is None:
        return Grade.untold(check.facet, check.found or "it cannot be told")
    instead = f"it has {check.found}" if check.found else "it is missing"
    return Grade.of(check.facet, float(check.met), "it is there" if check.met else instead)


def total(grades: Iterable[Grade]) -> Grade | None:
    """Put the grades of one answer together; ``None`` if none of them can be told.

    The answer has passed if every grade that can be told has; its score is the mean of them.
    """
    told = [grade for grade in grades if grade.score is not None]
    if not told:
        return None
    score = sum(grade.score or 0.0 for grade in told) / len(told)
    failed = [grade for grade in told if not grade.passed]
    reason = "; ".join(f"{grade.grader}: {grade.reason}" for grade in failed) if failed else "all is right"
    return Grade(grader="all", score=score, passed=not failed, reason=reason, partial=bool(failed) and score > 0)
