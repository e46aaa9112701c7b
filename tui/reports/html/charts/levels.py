"""Rates and waits against the number of requests at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.measure.timing.levels import levels
from tui.records.steps import Level
from tui.reports.context import ReportContext
from tui.reports.html.charts.chart import Chart, Line
from tui.reports.html.charts.styles import NARROW_PLOT_HEIGHT, PLOT_HEIGHT, model_colours
from tui.reports.sections.levels import ttft_p50_ms
from tui.text import units

_DOT_RADIUS: Final = 3.2


def level_charts(context: ReportContext) -> list[Chart]:
    """Make charts of the total rate, the rate of a request and TTFT; none for a run that has a single level."""
    charts = (
        _chart(context, "Total rate", lambda level: level.total_tok_s, units.rate),
        _chart(context, "Rate of a request", _rate_of_a_request, units.rate),
        _chart(context, "TTFT p50", ttft_p50_ms, units.milliseconds),
    )
    return [chart for chart in charts if chart is not None]


def _rate_of_a_request(level: Level) -> float | None:
    return level.decode_tok_s and level.decode_tok_s.headline


def _chart(
    context: ReportContext, title: str, number: Callable[[Level], float | None], show: Callable[[float], str]
) -> Chart | None:
    colours = model_colours(context)
    all_points = {
        key: [
            (level.arrivals_per_s or float(level.at_once), value)
            for level in levels(context.run, key)
            if (value := number(level)) is not None
        ]
        for key in colours
    }
    points_of = {key: points for key, points in all_points.items() if len(points) > 1}
    if not points_of:
        return None
    arrive = bool(context.run.plan.method.arrivals_per_s)
    axis = "arrivals a second" if arrive else "requests at once"

    def across(load: float) -> str:
        return f"{load:g}/s" if arrive else f"{units.count(load)} at once"

    counts = sorted({count for points in points_of.values() for count, _ in points})
    lines = [Line(classes=f"pace {colours[key]}", points=points) for key, points in points_of.items()]
    dots = [
        Line(
            classes=f"dot {colours[key]}",
            points=points,
            radius=_DOT_RADIUS,
            titles=[f"{key}, {across(count)}: {show(value)}" for count, value in points],
        )
        for key, points in points_of.items()
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
        legend=[(f"pace {colours[key]}", key) for key in points_of],
    )
