"""Charts of several requests at once: rates and waits against their number."""

from __future__ import annotations

from collections.abc import Callable

from tui.measure.timing.levels import levels
from tui.records.statistics import Distribution
from tui.records.steps import Level
from tui.reports.context import ReportContext
from tui.reports.html.charts import NARROW_PLOT_HEIGHT, PLOT_HEIGHT, colours
from tui.reports.html.drawing import Chart, Line
from tui.text import units


def level_charts(material: ReportContext) -> list[Chart]:
    """The total rate, the rate of a request and TTFT; none of a run that has a single level."""
    charts = (
        _chart(material, "Total rate", lambda level: level.total_tok_s, units.rate),
        _chart(material, "Rate of a request", lambda level: _p50(level.decode_tok_s), units.rate),
        _chart(material, "TTFT p50", lambda level: _p50(level.ttft_ms), units.milliseconds),
    )
    return [chart for chart in charts if chart is not None]


def _p50(found: Distribution | None) -> float | None:
    return found.headline if found is not None else None


def _chart(
    material: ReportContext, title: str, number: Callable[[Level], float | None], show: Callable[[float], str]
) -> Chart | None:
    looks = colours(material)
    courses = {
        key: [
            (float(level.at_once), value) for level in levels(material.run, key) if (value := number(level)) is not None
        ]
        for key in looks
    }
    known = {key: points for key, points in courses.items() if len(points) > 1}
    if not known:
        return None
    top = max(value for points in known.values() for _, value in points) * 1.1
    places = sorted({place for points in known.values() for place, _ in points})
    lines = [Line(look=f"pace {looks[key]}", points=points) for key, points in known.items()]
    lines += [
        Line(
            look=f"dot {looks[key]}",
            points=points,
            radius=3.2,
            titles=[f"{key}, {units.count(place)} at once: {show(value)}" for place, value in points],
        )
        for key, points in known.items()
    ]
    return Chart(
        title=f"{title} against requests at once",
        summary=f"{title} of each model by the number of requests at once.",
        lines=lines,
        across=(0.0, places[-1] * 1.04),
        upward=(0.0, top),
        ticks_across=[(place, units.count(place)) for place in places],
        show_upward=show,
        height=PLOT_HEIGHT,
        narrow_height=NARROW_PLOT_HEIGHT,
        across_title="requests at once",
        legend=tuple((f"pace {looks[key]}", key) for key in known),
    )
