"""Sentences on the numbers of a benchmark, which stand after its table."""

from __future__ import annotations

from tui.measure.timing.rounds import rounds_summaries
from tui.records import RunRecord
from tui.reports.sections.course import course_sentences
from tui.text.escape import visible


def remarks(run: RunRecord) -> list[str]:
    """List what to know about each model: intervals wider than was asked for, disturbed rounds, differing texts."""
    return [
        f"{visible(course.key)}: {sentence}."
        for course in rounds_summaries(run)
        for sentence in course_sentences(run, course)
    ]
