"""What to know about a benchmark's numbers, in a few sentences after its table."""

from __future__ import annotations

from tui.measure.timing.rounds import courses
from tui.records import RunRecord
from tui.reports.sections.course import course_sentences
from tui.text.escape import visible


def remarks(run: RunRecord) -> list[str]:
    """Whether the intervals are as narrow as was asked for, what was disturbed, and texts that were not the same."""
    return [
        f"{visible(course.key)}: {sentence}." for course in courses(run) for sentence in course_sentences(run, course)
    ]
