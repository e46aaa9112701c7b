"""Rates and waits against the number of requests at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.measure.doubt import reason_of_flags
from tui.measure.timing.levels import levels
from tui.records.comparison import Quantity
from tui.records.steps import Level
from tui.reports.context import ReportContext
from tui.reports.html.charts.chart import Chart, Line
from tui.reports.html.charts.styles import NARROW_PLOT_HEIGHT, PLOT_HEIGHT, dots_of_rounds, doubt_legend, model_colours
from tui.reports.sections.levels import ttft_p50_ms
from tui.text import units

_DOT_RADIUS: Final = 3.2


def level_charts(context: ReportContext) -> list[Chart]:
    """Make charts of the total rate, the rate of a request and TTFT; none for a run that has a single level."""
    charts = (
        _chart(context, "Total rate", Quantity.TOTAL, lambda level: level.total_tok_s, units.rate),
        _chart(context, "Rate of a request", Quantity.DECODE, _rate_of_a_request, units.rate),
        _chart(context, "TTFT p50", Quantity.TTFT, ttft_p50_ms, units.milliseconds),
    )
    return [chart for chart in charts if chart is not None]


def _rate_of_a_request(level: Level) -> float | None:
    return level.decode_tok_s and level.decode_tok_s.headline


def _chart(
    context: ReportContext,
    title: str,
    quantity: Quantity,
    number: Callable[[Level], float | None],
    show: Callable[[float], str],
) -> Chart | None:
    colours = model_colours(context)
    all_levels = {key: [level for level in levels(context.run, key) if number(level) is not None] for key in colours}
    levels_of = {key: of_model for key, of_model in all_levels.items() if len(of_model) > 1}
    doubts_of = {
        key: [reason_of_flags(level.flags, quantity) for level in of_model] for key, of_model in levels_of.items()
    }
    points_of = {
        key: [(level.arrivals_per_s or float(level.at_once), number(level) or 0.0) for level in of_model]
        for key, of_model in levels_of.items()
    }
    if not points_of:
        return None
    arrive = bool(context.run.plan.method.arrivals_per_s)
    axis = "arrivals a second" if arrive else "requests at once"

    def across(load: float) -> str:
        return f"{load:g}/s" if arrive else f"{units.count(load)} at once"

    shown_doubts = doubt_legend(reason for reasons in doubts_of.values() for reason in reasons)
    counts = sorted({count for points in points_of.values() for count, _ in points})
    lines = [Line(classes=f"pace {colours[key]}", points=points) for key, points in points_of.items()]
    titles_of = {
        key: [f"{key}, {across(count)}: {show(value)}" for count, value in points] for key, points in points_of.items()
    }
    dots = [
        line
        for key, points in points_of.items()
        for line in dots_of_rounds(colours[key], points, titles_of[key], doubts_of[key], _DOT_RADIUS)
    ]
    return Chart(
        title=f"{title} against {axis}",
        summary=f"{title} of each model by {axis}.",
        lines=[*lines, *dots],
        across=(0.0, counts[-1] * 1.04),
        upward=(0.0, max(value for points in points_of.values() for _, value in points) * 1.1),
        ticks_across=[(count, f"{count:g}") for count in counts],
        show_upward=show,
        height=PLOT_HEIGHT,
        narrow_height=NARROW_PLOT_HEIGHT,
        across_title=axis,
        legend=[*((f"pace {colours[key]}", key) for key in points_of), *shown_doubts],
    )
