"""A run as one HTML file: charts, tables and words that need no network, no script and no second file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.measure.timing import metrics
from tui.measure.timing.quiet_rows import quiet_rows
from tui.records import MemoryReading, RunRecord
from tui.reports.context import report_context
from tui.reports.html.charts.memory import memory_chart
from tui.reports.html.rendering import MARKUP, template
from tui.reports.html.sections import (
    ChoiceView,
    DistributionView,
    EnergyView,
    QualityView,
    StepsView,
    builds_view,
    choice_view,
    distribution_view,
    energy_view,
    levels_view,
    quality_view,
    sweep_view,
    timeline_view,
    without_backticks,
)
from tui.reports.html.views import Figure, Table, figure_of, table_of
from tui.reports.markup import Finding
from tui.reports.sections.course import course_lines
from tui.reports.sections.failures import Failure, failures
from tui.reports.sections.findings import findings
from tui.reports.sections.memory import MEMORY_COLUMNS, with_forecast
from tui.reports.sections.method import method_sentences, pack_sentence, server_sentences
from tui.reports.sections.overview import environment_rows, plan_sentence, thread_rows, title
from tui.reports.sections.results import DETAIL_TITLE, detail_columns, detail_notes, result_columns, result_notes
from tui.reports.sections.summary.headline import headline


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on the page; the template leaves out a section that is empty or ``None``."""

    title: str
    heading: str
    verdict: str
    plan_sentence: str
    findings: Sequence[Finding]
    sweep: StepsView | None
    levels: StepsView | None
    results: Table
    result_notes: Sequence[str]
    details: Table
    detail_notes: Sequence[str]
    distribution: DistributionView | None
    timeline: Sequence[Sequence[Figure]]
    energy: EnergyView | None
    memory_figure: Figure | None
    forecasts: Table
    quality: QualityView | None
    builds: StepsView | None
    choice: ChoiceView | None
    course: Sequence[str]
    failures: Sequence[Failure]
    method: Sequence[str]
    environment: Sequence[tuple[str, str]]
    definitions: Sequence[tuple[str, str]]


def html_page(run: RunRecord, readings: Sequence[MemoryReading] = ()) -> str:
    """Write the report of a run as a page."""
    context = report_context(run, readings)
    memory, name = memory_chart(context), title(run)
    page = Page(
        title=name,
        heading=name[:1].upper() + name[1:],
        verdict=headline(context, MARKUP),
        plan_sentence=plan_sentence(run),
        findings=() if run.plan.method.sweep else findings(context, MARKUP),
        sweep=sweep_view(context),
        levels=levels_view(context),
        results=table_of(result_columns(run, context.summaries), [*context.summaries, *quiet_rows(run)], "Results"),
        result_notes=without_backticks(result_notes(run, context.summaries)),
        details=table_of(detail_columns(run, context.summaries), context.summaries, DETAIL_TITLE),
        detail_notes=without_backticks(detail_notes(context.summaries)),
        distribution=distribution_view(context),
        timeline=timeline_view(context),
        energy=energy_view(context),
        memory_figure=figure_of(memory) if memory else None,
        forecasts=table_of(MEMORY_COLUMNS, with_forecast(context), "Memory"),
        quality=quality_view(context),
        builds=builds_view(run),
        choice=choice_view(run),
        course=course_lines(context, MARKUP),
        failures=failures(context, MARKUP),
        method=[*filter(None, (pack_sentence(run), *server_sentences(run))), *method_sentences(run)],
        environment=(*environment_rows(run.environment), *thread_rows(run)),
        definitions=metrics.DEFINITIONS,
    )
    return template("page.html.j2").render(page=page)
