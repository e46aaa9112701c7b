"""What to know about a benchmark's numbers, in a few sentences after its table."""

from __future__ import annotations

from tui.measure.timing.rounds import Course, courses
from tui.records import RunRecord
from tui.reports.rounds import disturbed_said, reach_said, repeatable_said
from tui.text.escape import visible


def remarks(run: RunRecord) -> list[str]:
    """Whether the intervals are as narrow as was asked for, what was disturbed, and texts that were not the same."""
    return [f"{visible(course.key)}: {said}." for course in courses(run) for said in _of_model(run, course)]


def _of_model(run: RunRecord, course: Course) -> list[str]:
    said = (reach_said(run, course), disturbed_said(run, course), repeatable_said(course))
    return [sentence for sentence in said if sentence]
