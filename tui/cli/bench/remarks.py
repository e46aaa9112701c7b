"""Sentences on the numbers of a benchmark, which stand after its table."""

from __future__ import annotations

from tui.measure.timing.rounds import rounds_summaries
from tui.records import RunRecord
from tui.reports.sections.course import course_sentences
from tui.text.escape import visible
from tui.text.tables import listed


def remarks(run: RunRecord) -> list[str]:
    """List what to know about each model, once for all that share it: wide intervals, disturbed rounds, other texts."""
    models: dict[str, list[str]] = {}
    for course in rounds_summaries(run):
        for sentence in course_sentences(run, course):
            models.setdefault(sentence, []).append(visible(course.key))
    return [f"{listed(keys)}{', each' if len(keys) > 1 else ''}: {sentence}." for sentence, keys in models.items()]
