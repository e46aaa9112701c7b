"""Right answers against the length of the context, and against the load, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.answers.quality_steps import quality_steps
from tui.records.grading.steps import QualityAcross, QualitySteps
from tui.reports.context import ReportContext
from tui.reports.html.charts.chart import Chart, Line
from tui.reports.html.charts.styles import NARROW_PLOT_HEIGHT, PLOT_HEIGHT, model_colours
from tui.reports.sections.quality.steps import STEPS_TITLES, rate_text, step_name
from tui.text import units

_DOT_RADIUS: Final = 3.6
_APART: Final = 0.06
"""In steps: how far the models stand apart at one step, so that no interval hides another."""
_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


def quality_charts(context: ReportContext) -> list[Chart]:
    """Make the charts; none for a run that has a single length and a single load."""
    every = quality_steps(context.run)
    by_kind = ([steps for steps in every if steps.across is across] for across in QualityAcross)
    return [_chart(context, own) for own in by_kind if own]


def _chart(context: ReportContext, every: Sequence[QualitySteps]) -> Chart:
    colours = model_colours(context)
    first = every[0]
    lines: list[Line] = []
    for number, steps in enumerate(every):
        lines += _of_model(steps, colours[steps.key], (number - (len(every) - 1) / 2) * _APART)
    return Chart(
        title=STEPS_TITLES[first.across],
        summary=f"{STEPS_TITLES[first.across]}: the share of right answers of each model, with 95 % intervals.",
        lines=lines,
        across=(-0.5, len(first.steps) - 0.5),
        upward=(0.0, 1.05),
        ticks_across=[(float(index), step_name(first, step)) for index, step in enumerate(first.steps)],
        ticks_upward=[(share, units.percent(share)) for share in _TICKS],
        height=PLOT_HEIGHT,
        narrow_height=NARROW_PLOT_HEIGHT,
        across_title="tokens of context" if first.across is QualityAcross.LENGTH else "load",
        legend=[(f"pace {colours[steps.key]}", steps.key) for steps in every],
    )


def _of_model(steps: QualitySteps, colour: str, offset: float) -> list[Line]:
    """Draw the rates of one model as dots on a line, each with its interval."""
    rates = [(index + offset, step, step.rate) for index, step in enumerate(steps.steps)]
    measured = [(at, step, rate) for at, step, rate in rates if rate is not None]
    intervals = [
        Line(classes=f"whisker {colour}", points=[(at, rate.interval.low), (at, rate.interval.high)])
        for at, _, rate in measured
    ]
    points = [(at, rate.rate) for at, _, rate in measured]
    titles = [f"{steps.key}, {step_name(steps, step)}: {rate_text(rate)}" for _, step, rate in measured]
    line = Line(classes=f"pace {colour}", points=[(at, rate.rate if rate else None) for at, _, rate in rates])
    return [*intervals, line, Line(classes=f"dot {colour}", points=points, radius=_DOT_RADIUS, titles=titles)]
