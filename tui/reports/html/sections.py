"""What stands in each section of the page that is more than a list of sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui.measure.answers.quality_steps import quality_steps
from tui.measure.decision import advice
from tui.measure.timing.levels import at_level, levels
from tui.measure.timing.sweep import sweep_steps
from tui.records import ModelSummary, Prompt, RunRecord
from tui.records.grading.steps import QualityAcross
from tui.reports.context import ReportContext
from tui.reports.decision import ranking_columns
from tui.reports.html.charts.gaps import gap_chart
from tui.reports.html.charts.levels import level_charts
from tui.reports.html.charts.quality import quality_charts
from tui.reports.html.charts.spread import spread_chart
from tui.reports.html.charts.timeline import timeline_charts
from tui.reports.html.rendering import MARKUP
from tui.reports.html.views import Figure, ModelPart, Table, figure_of, table_of
from tui.reports.markup import Finding
from tui.reports.sections.answers import (
    CUT_NOTE,
    QUALITY_NOTE,
    AnswerRow,
    answer_columns,
    check_words,
    grade_words,
    judge_sentences,
    judged_answers,
    quality_terms,
    rating_words,
)
from tui.reports.sections.choice import OTHER_WEIGHTS, choice_of
from tui.reports.sections.distribution import (
    SpreadPart,
    distribution_explained,
    distribution_notes,
    distribution_parts,
)
from tui.reports.sections.energy import (
    energy_columns,
    energy_explained,
    energy_sources,
    energy_unknown,
    with_energy_known,
)
from tui.reports.sections.levels import (
    LEVELS_TITLE,
    level_columns,
    level_detail_columns,
    level_notes,
    levels_explained,
)
from tui.reports.sections.quality.builds import (
    BUILD_COLUMNS,
    BUILDS_NOTE,
    BUILDS_TITLE,
    broken_sentences,
    builds_of,
)
from tui.reports.sections.quality.disagreements import (
    DISAGREEMENT_COLUMNS,
    DISAGREEMENTS_TITLE,
    WORST_COLUMNS,
    WORST_TITLE,
    disagreements,
    worst_answers,
)
from tui.reports.sections.quality.rates import RATES_TITLE, rate_columns, rate_notes, rates_of
from tui.reports.sections.quality.steps import (
    STEPS_EXPLAINED,
    STEPS_TITLES,
    step_columns,
    step_rows,
    steps_sentence,
)
from tui.reports.sections.sweep import sweep_columns, sweep_explained, sweep_notes, sweep_title, swept_length
from tui.text import units
from tui.text.tables import plain_name


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsView:
    """A sweep, or several requests at once: a part for each model."""

    title: str
    explained: str
    figures: Sequence[Figure] = ()
    parts: Sequence[ModelPart]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadView:
    """The tables of one number."""

    title: str
    tables: Sequence[Table]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionView:
    """How numbers spread."""

    figures: Sequence[Figure]
    parts: Sequence[SpreadView]
    explained: str
    notes: Sequence[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyView:
    """What answers took, or why that is unknown if the table is empty."""

    table: Table
    explained: str
    sources: Sequence[str]
    unknown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """One answer with its checks and ratings."""

    models: str
    text: str
    cut_note: str
    checks: Sequence[str]
    ratings: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptView:
    """The answers to one prompt."""

    title: str
    answers: Sequence[AnswerView]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityView:
    """The answers and what was thought of them."""

    rates: Table
    rate_notes: Sequence[str]
    steps: Sequence[StepsView]
    """Right answers over lengths of the context, and over loads."""
    worst: Table
    disagreements: Table
    table: Table
    note: str
    judges: Sequence[str]
    prompts: Sequence[PromptView]
    terms: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceView:
    """Which model to take."""

    recommendation: str
    remarks: Sequence[str]
    ranking: Table
    note: str


def sweep_view(context: ReportContext) -> StepsView | None:
    """Collect the lengths of a sweep; ``None`` if the run is none."""
    run, of = context.run, swept_length(context.run)
    if of is None:
        return None

    def part(summary: ModelSummary) -> ModelPart:
        steps, name = sweep_steps(run, summary.key), plain_name(summary)
        return ModelPart(name, table_of(sweep_columns(of), steps, name), without_backticks(sweep_notes(of, steps, str)))

    return StepsView(
        title=sweep_title(of), explained=sweep_explained(run, of), parts=[part(model) for model in context.summaries]
    )


def levels_view(context: ReportContext) -> StepsView | None:
    """Collect the levels of requests at once; ``None`` if there was one request at a time."""
    run = context.run
    if not run.plan.method.has_levels:
        return None

    def part(summary: ModelSummary) -> ModelPart:
        of_model, name = levels(run, summary.key), plain_name(summary)
        measured = [level for level in of_model if level.measured]
        return ModelPart(
            name,
            table_of(level_columns(run.plan), measured, name),
            level_notes(of_model),
            [table_of(level_detail_columns(run.plan), measured, f"{name}, more")],
        )

    return StepsView(
        title=LEVELS_TITLE,
        explained=levels_explained(run.plan),
        figures=[figure_of(chart) for chart in level_charts(context)],
        parts=[part(summary) for summary in context.summaries],
    )


def distribution_view(context: ReportContext) -> DistributionView | None:
    """Collect how numbers spread; ``None`` if nothing was measured."""
    parts = distribution_parts(context)
    if not parts:
        return None
    return DistributionView(
        figures=[figure_of(spread_chart(context, part)) for part in parts],
        parts=[SpreadView(title=part.title, tables=_spread_tables(part)) for part in parts],
        explained=distribution_explained(context.run, parts, "*"),
        notes=distribution_notes(context.run, parts, MARKUP),
    )


def timeline_view(context: ReportContext) -> list[list[Figure]]:
    """Draw the run in its order, level by level, since one scale for all would flatten the lowest level."""
    run = context.run
    if run.plan.method.concurrent:
        figures_of_levels = [
            _timeline_figures(replace(context, run=at_level(run, level)), f", {units.at_once(level)}")
            for level in run.plan.method.concurrency
        ]
    else:
        figures_of_levels = [_timeline_figures(context, "")]
    return figures_of_levels if any(figures_of_levels) else []


def energy_view(context: ReportContext) -> EnergyView | None:
    """Collect what answers took; ``None`` if the machine does not tell."""
    run, known = context.run, with_energy_known(context.summaries)
    unknown = "" if known else energy_unknown(run)
    if not known and not unknown:
        return None
    return EnergyView(
        table=table_of(energy_columns(run), known, "Energy"),
        explained=energy_explained(run.plan),
        sources=energy_sources(known),
        unknown=unknown,
    )


def quality_view(context: ReportContext) -> QualityView | None:
    """Collect the answers; ``None`` if nothing was expected of them and nobody rated one."""
    run = context.run
    rows = judged_answers(run)
    if not rows:
        return None
    prompts = (_prompt_view(prompt, [row for row in rows if row.prompt_id == prompt.id]) for prompt in run.plan.prompts)
    rates = rates_of(run)
    return QualityView(
        rates=table_of(rate_columns(rates), rates, RATES_TITLE),
        rate_notes=rate_notes(run),
        steps=_quality_steps(context),
        worst=table_of(WORST_COLUMNS, worst_answers(rows), WORST_TITLE),
        disagreements=table_of(DISAGREEMENT_COLUMNS, disagreements(rows), DISAGREEMENTS_TITLE),
        table=table_of(answer_columns(rows), rows, "Quality"),
        note=QUALITY_NOTE,
        judges=judge_sentences(run),
        prompts=[prompt for prompt in prompts if prompt.answers],
        terms=quality_terms(run),
    )


def _quality_steps(context: ReportContext) -> list[StepsView]:
    every, views = quality_steps(context.run), list[StepsView]()
    by_kind = [(across, [steps for steps in every if steps.across is across]) for across in QualityAcross]
    known = [(across, own) for across, own in by_kind if own]
    for (across, own), chart in zip(known, quality_charts(context), strict=True):
        title = STEPS_TITLES[across]
        table = table_of(step_columns(across), step_rows(own), title)
        part = ModelPart(title, table, [steps_sentence(steps) for steps in own])
        views.append(
            StepsView(title=title, explained=STEPS_EXPLAINED[across], figures=[figure_of(chart)], parts=[part])
        )
    return views


def builds_view(run: RunRecord) -> StepsView | None:
    """Collect the builds of each model that several were measured of; ``None`` if there is none."""
    groups = builds_of(run)
    parts = [ModelPart("", table_of(BUILD_COLUMNS, group, BUILDS_TITLE), broken_sentences(group)) for group in groups]
    return StepsView(title=BUILDS_TITLE, explained=BUILDS_NOTE, parts=parts) if parts else None


def choice_view(run: RunRecord) -> ChoiceView | None:
    """Collect what there is to choose by; ``None`` if there is nothing."""
    choice = choice_of(run)
    if choice is None:
        return None
    return ChoiceView(
        recommendation=advice.recommendation(choice),
        remarks=advice.remarks(choice),
        ranking=table_of(ranking_columns(choice), choice.ranking, "Ranking"),
        note=OTHER_WEIGHTS,
    )


def without_backticks(notes: Sequence[str]) -> list[str]:
    """Return notes as plain text: their signs do not stand between backticks."""
    return [note.replace("`", "") for note in notes]


def _spread_tables(part: SpreadPart) -> list[Table]:
    tables = [table_of(part.columns, part.rows, part.title)]
    if part.interval_columns:
        tables.append(table_of(part.interval_columns, part.rows, f"{part.title}, intervals of percentiles"))
    if part.launch_columns:
        tables.append(table_of(part.launch_columns, part.rows, f"{part.title}, launches"))
    return tables


def _timeline_figures(context: ReportContext, level: str) -> list[Figure]:
    gaps = gap_chart(context, level)
    return [figure_of(chart) for chart in (*timeline_charts(context, level), *([gaps] if gaps else []))]


def _prompt_view(prompt: Prompt, rows: Sequence[AnswerRow]) -> PromptView:
    return PromptView(title=f"{prompt.id}: {prompt.text}", answers=[_answer_view(row) for row in rows])


def _answer_view(row: AnswerRow) -> AnswerView:
    return AnswerView(
        models=", ".join(row.keys),
        text=row.text,
        cut_note=CUT_NOTE if row.cut else "",
        checks=[*map(check_words, row.facets), *map(grade_words, row.grades)],
        ratings=[rating_words(rating) for rating in row.ratings],
    )
