"""A run as a report that reads well on a code-hosting page and in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tui.measure.timing import metrics
from tui.measure.timing.quiet_rows import quiet_rows
from tui.measure.timing.summary import summarize
from tui.records import MemoryReading, ModelSummary, RunRecord
from tui.reports.context import ReportContext, report_context
from tui.reports.markdown.choice import choice_section
from tui.reports.markdown.distribution import distribution_section
from tui.reports.markdown.elements import MARKUP, bulleted, joined
from tui.reports.markdown.energy import energy_section
from tui.reports.markdown.levels import level_section
from tui.reports.markdown.memory import memory_section
from tui.reports.markdown.quality import builds_section, quality_section
from tui.reports.markdown.sweep import sweep_section
from tui.reports.sections.course import course_lines
from tui.reports.sections.failures import Failure, failures
from tui.reports.sections.findings import findings
from tui.reports.sections.method import method_sentences, pack_sentence, server_sentences
from tui.reports.sections.overview import environment_rows, plan_sentence, thread_rows, title
from tui.reports.sections.results import DETAIL_TITLE, detail_columns, detail_notes, result_columns, result_notes
from tui.reports.sections.summary.headline import headline
from tui.text.escape import markdown_block, markdown_inline
from tui.text.tables import drawn


def markdown_report(run: RunRecord, readings: Sequence[MemoryReading] = ()) -> str:
    """Write the whole report, from its title to its definitions; a section with nothing to tell is left out."""
    context = report_context(run, readings)
    return joined(*(section(context) for section in _SECTIONS)) + "\n"


def results_table(run: RunRecord) -> str:
    """Write the table of results with the notes that its marks need, after the tables of a sweep or of levels."""
    summaries = summarize(run)
    return joined(sweep_section(run, summaries), level_section(run, summaries), _table(run, summaries)) + "\n"


def _heading(context: ReportContext) -> str:
    run = context.run
    return joined(
        f"# Benchtop: {markdown_inline(title(run))}", headline(context, MARKUP), markdown_inline(plan_sentence(run))
    )


def _summary(context: ReportContext) -> str:
    if context.run.plan.method.sweep:
        return ""
    parts = (part for finding in findings(context, MARKUP) for part in (finding.sentence, bulleted(finding.points)))
    return joined("## Summary", *parts)


def _results(context: ReportContext) -> str:
    return joined("## Results", _table(context.run, context.summaries), _detail(context.run, context.summaries))


def _table(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    # Two spaces at the end of a line break it on a page as they do in a terminal.
    notes = "  \n".join(result_notes(run, summaries))
    return joined(drawn(result_columns(run, summaries), [*summaries, *quiet_rows(run)]), notes)


def _detail(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    columns = detail_columns(run, summaries)
    if not columns or not any(summary.rounds for summary in summaries):
        return ""
    return joined(f"### {DETAIL_TITLE}", drawn(columns, summaries), "  \n".join(detail_notes(summaries)))


def _course(context: ReportContext) -> str:
    lines = course_lines(context, MARKUP)
    return joined("## Course of the run", bulleted(lines)) if lines else ""


def _failures(context: ReportContext) -> str:
    parts = [_failure(failure) for failure in failures(context, MARKUP)]
    return joined("## Failures", *parts) if parts else ""


def _failure(failure: Failure) -> str:
    last_lines = ("Its last lines:", markdown_block(failure.last_lines)) if failure.last_lines else ()
    return joined(failure.finding.sentence, bulleted(failure.finding.points), *failure.more, *last_lines)


def _method(context: ReportContext) -> str:
    return joined(
        "## Method",
        bulleted(filter(None, (*map(markdown_inline, _from_outside(context.run)), *method_sentences(context.run)))),
    )


def _from_outside(run: RunRecord) -> Iterator[str]:
    yield pack_sentence(run)
    yield from server_sentences(run)


def _environment(context: ReportContext) -> str:
    rows = (*environment_rows(context.run.environment), *thread_rows(context.run))
    return joined("## Environment", bulleted(f"{name}: {markdown_inline(value)}" for name, value in rows))


def _definitions(_: ReportContext) -> str:
    return joined("## Definitions", bulleted(f"**{name}**: {meaning}" for name, meaning in metrics.DEFINITIONS))


_SECTIONS: Final[tuple[Callable[[ReportContext], str], ...]] = (
    _heading,
    _summary,
    lambda context: sweep_section(context.run, context.summaries),
    lambda context: level_section(context.run, context.summaries),
    _results,
    distribution_section,
    lambda context: energy_section(context.run, context.summaries),
    memory_section,
    lambda context: quality_section(context.run),
    lambda context: builds_section(context.run),
    lambda context: choice_section(context.run),
    _course,
    _failures,
    _method,
    _environment,
    _definitions,
)
"""The sections of a report, from its top to its end."""
