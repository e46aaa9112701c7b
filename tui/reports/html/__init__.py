"""A run as one HTML file: charts, tables and words that need no network, no script and no second file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tui.measure.timing import metrics
from tui.measure.timing.levels import at_level, levels
from tui.measure.timing.sweep import sweep_steps
from tui.records import MemoryReading, RunRecord, SweepOf
from tui.reports.context import ReportContext, report_context
from tui.reports.html import answers, charts
from tui.reports.html.drawing import Chart
from tui.reports.html.elements import MARKUP, block, defined, figure, found, listed, paragraph, section, table, text
from tui.reports.html.level_charts import level_charts
from tui.reports.sections import energy, overview, sweep
from tui.reports.sections import levels as level_section
from tui.reports.sections.course import course_lines
from tui.reports.sections.distribution import distribution_explained, distribution_notes, distribution_parts
from tui.reports.sections.failures import failures
from tui.reports.sections.findings import findings
from tui.reports.sections.memory import MEMORY_COLUMNS, with_forecast
from tui.reports.sections.method import method_sentences
from tui.reports.sections.results import result_columns, result_notes
from tui.text import units
from tui.text.tables import plain_name

_STYLE: Final = Path(__file__).with_name("page.css")
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Whatever a text might smuggle in: a browser runs no script of this page and fetches nothing for it."""


def page(run: RunRecord, readings: Sequence[MemoryReading] = ()) -> str:
    """The whole page."""
    material = report_context(run, readings)
    sections = (part(material) for part in _SECTIONS)
    content = "\n".join(part for part in sections if part)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Benchtop: {text(overview.title(run))}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n"
        f"</head>\n<body>\n<main>\n{content}\n</main>\n</body>\n</html>\n"
    )


def _heading(material: ReportContext) -> str:
    run = material.run
    title = overview.title(run)
    return (
        f'<header>\n<p class="maker">Benchtop</p>\n<h1>{text(title[:1].upper() + title[1:])}</h1>\n'
        f"{paragraph(text(overview.plan_sentence(run)))}</header>"
    )


def _summary(material: ReportContext) -> str:
    if material.run.plan.method.sweep:
        return ""
    first, *others = findings(material, MARKUP)
    return section("Summary", found(first, "cards"), *(found(finding) for finding in others))


def _sweep(material: ReportContext) -> str:
    run = material.run
    if not run.plan.method.sweep:
        return ""
    of = SweepOf(run.plan.method.sweep)
    parts: list[str] = []
    for each in material.summaries:
        steps, name = sweep_steps(run, each.key), plain_name(each)
        parts.append(f"<h3>{text(name)}</h3>" + table(sweep.sweep_columns(of), steps, name))
        parts.append(listed(note.replace("`", "") for note in sweep.sweep_notes(of, steps, text)))
    return section(f"Sweep over {of.value} length", paragraph(text(sweep.sweep_explained(run, of))), *parts)


def _levels(material: ReportContext) -> str:
    run = material.run
    if not run.plan.method.concurrent:
        return ""
    parts: list[str] = []
    for each in material.summaries:
        found = levels(run, each.key)
        measured = [level for level in found if level.measured]
        name = plain_name(each)
        parts.append(
            f"<h3>{text(name)}</h3>" + (table(level_section.LEVEL_COLUMNS, measured, name) if measured else "")
        )
        parts.append(listed(text(note) for note in level_section.level_notes(found)))
    about = paragraph(text(level_section.levels_explained(run.plan)))
    return section(level_section.LEVELS_TITLE, about, *(figure(chart) for chart in level_charts(material)), *parts)


def _energy(material: ReportContext) -> str:
    known = [each for each in material.summaries if each.energy_source is not None]
    if not known:
        return section("Energy", paragraph(text(energy.energy_unknown(material.run))))
    below = f'<p class="note">{text(energy.energy_explained(material.run.plan))}</p>'
    sources = listed(text(line) for line in energy.energy_sources(known))
    return section("Energy", table(energy.energy_columns(material.run), known, "Energy"), below, sources)


def _results(material: ReportContext) -> str:
    marks = "<br>".join(text(note.replace("`", "")) for note in result_notes(material.run, material.summaries))
    below = f'<p class="note">{marks}</p>' if marks else ""
    return section(
        "Results",
        table(result_columns(material.run, material.summaries), material.summaries, "Results"),
        below,
    )


def _distribution(material: ReportContext) -> str:
    parts = distribution_parts(material)
    if not parts:
        return ""
    shown = [figure(charts.spread_chart(material, part)) for part in parts]
    tables: list[str] = []
    for part in parts:
        tables.append(f"<h3>{text(part.title)}</h3>{table(part.columns, part.rows, part.title)}")
        if part.interval_columns:
            tables.append(table(part.interval_columns, part.rows, f"{part.title}, intervals of percentiles"))
    said = "".join(found(note) for note in distribution_notes(material.run, parts, MARKUP))
    standing_out = f"<details><summary>Outliers and drift</summary>{said}</details>" if said else ""
    rests_on = f'<p class="note">{text(distribution_explained(parts, "*"))}</p>'
    return section("Distribution", *shown, *tables, rests_on, standing_out)


def _timeline(material: ReportContext) -> str:
    """Level by level, the lowest before all others: the same scale would flatten it."""
    if not material.run.plan.method.concurrent:
        return section("The run in its order", *map(figure, _courses(material, "")))
    lowest, *others = [
        _courses(replace(material, run=at_level(material.run, level)), f", {units.at_once(level)}")
        for level in material.run.plan.method.concurrency
    ]
    more = "".join(figure(chart) for of_level in others for chart in of_level)
    folded = f"<details><summary>More requests at once</summary>{more}</details>" if more else ""
    return section("The run in its order", *map(figure, lowest), folded)


def _courses(material: ReportContext, level: str) -> list[Chart]:
    pace = charts.pace_chart(material, level)
    return [*charts.timeline_charts(material, level), *([pace] if pace else [])]


def _memory(material: ReportContext) -> str:
    chart, known = charts.memory_chart(material), with_forecast(material)
    return section("Memory", figure(chart) if chart else "", table(MEMORY_COLUMNS, known, "Memory") if known else "")


def _failures(material: ReportContext) -> str:
    parts: list[str] = []
    for failure in failures(material, MARKUP):
        parts += [found(failure.finding), *(paragraph(sentence) for sentence in failure.more)]
        if failure.last_lines:
            parts.append(f"<p>Its last lines:</p>{block(failure.last_lines)}")
    return section("Failures", *parts)


def _course(material: ReportContext) -> str:
    return section("Course of the run", listed(course_lines(material, MARKUP)))


def _method(material: ReportContext) -> str:
    return section("Method", listed(text(sentence) for sentence in method_sentences(material.run)))


def _environment(material: ReportContext) -> str:
    return section("Environment", defined(overview.environment_rows(material.run.environment)))


def _definitions(_: ReportContext) -> str:
    return section("Definitions", defined(metrics.DEFINITIONS))


_SECTIONS: Final[tuple[Callable[[ReportContext], str], ...]] = (
    _heading,
    _summary,
    _sweep,
    _levels,
    _results,
    _distribution,
    _timeline,
    _energy,
    _memory,
    lambda material: answers.quality(material.run),
    lambda material: answers.choice(material.run),
    _course,
    _failures,
    _method,
    _environment,
    _definitions,
)
"""The page from its top to its end."""
