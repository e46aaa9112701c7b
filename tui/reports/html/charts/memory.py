"""The memory that each model held over the run, and the machine's memory if that came near."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tui.measure.memory.time_series import MemoryTimeSeries, ProcessSpan, downsampled, memory_time_series
from tui.reports.context import ReportContext
from tui.reports.html.charts.axis import memory_ticks
from tui.reports.html.charts.chart import Chart, Line
from tui.reports.html.charts.styles import DOT_RADIUS, NARROW_PLOT_HEIGHT, PLOT_HEIGHT, model_colours
from tui.text import units

_POINTS: Final = 240
_NEAR: Final = 0.4
"""From this share of the machine's memory on, the machine's memory is drawn: below it would only flatten all else."""
_GPU: Final = "gpu"
"""The class of what belongs to no model of the plan."""


def memory_chart(context: ReportContext) -> Chart | None:
    """Make the chart; ``None`` if memory was not recorded."""
    course = memory_time_series(context.run, context.readings)
    if course is None:
        return None
    colours = {**dict.fromkeys(course.gpu_used_bytes, _GPU), **model_colours(context)}
    series = {**course.rss_bytes, **course.gpu_used_bytes}
    is_near = course.most_bytes >= _NEAR * course.total_bytes
    top = max(course.most_bytes, course.total_bytes if is_near else 0) * 1.06 or 1.0
    end_s = course.times_s[-1]
    lines = [_over_time(course, values, colours.get(key, _GPU), max) for key, values in series.items()]
    legend = [(f"area {colours.get(key, _GPU)}", key) for key in series]
    if is_near:
        lines.append(Line(classes="limit", points=[(0, course.total_bytes), (end_s, course.total_bytes)]))
        lines.append(_over_time(course, course.available_bytes, "available", min))
        legend += [("limit", "memory of the machine"), ("available", "available")]
    lines += _starts_and_deaths(course, colours, top)
    legend.append(("loaded", "a process starts"))
    if any(stay.died for stay in course.process_spans):
        legend.append(("failed", "ended before it should have"))
    least = f"At least {units.size(min(course.available_bytes))} of {units.size(course.total_bytes)} stayed available."
    return Chart(
        title=f"Memory over the run. {least}",
        summary=f"Resident memory of each model over {units.clock(end_s)}; at most {units.size(course.most_bytes)}.",
        lines=lines,
        across=(0.0, end_s or 1.0),
        upward=(0.0, top),
        show_across=units.clock if end_s >= 10 else units.seconds,
        show_upward=units.size,
        ticks_upward=memory_ticks(top),
        height=PLOT_HEIGHT,
        narrow_height=NARROW_PLOT_HEIGHT,
        legend=legend,
    )


def _over_time(course: MemoryTimeSeries, values: Sequence[int | None], colour: str, pick: Callable[..., int]) -> Line:
    """Draw a series with so many points at most; ``pick`` takes one of the readings that a point stands for."""
    step_s = course.times_s[-1] / _POINTS
    points = downsampled(course.times_s, values, _POINTS, pick)
    return Line(classes=f"area {colour}", points=[(index * step_s, value) for index, value in enumerate(points)])


def _starts_and_deaths(course: MemoryTimeSeries, colours: Mapping[str, str], top: float) -> list[Line]:
    def dots(classes: str, stays: Sequence[ProcessSpan], at_s: Callable[[ProcessSpan], float], words: str) -> Line:
        return Line(
            classes=classes,
            points=[(at_s(stay), top * 0.012) for stay in stays],
            radius=DOT_RADIUS + 1,
            titles=[f"{stay.key} {words} at {units.seconds(at_s(stay))}" for stay in stays],
        )

    lines = [
        dots(f"loaded {colours.get(stay.key, _GPU)}", [stay], lambda stay: stay.start_s, "starts")
        for stay in course.process_spans
    ]
    died = [stay for stay in course.process_spans if stay.died]
    return [*lines, dots("failed", died, lambda stay: stay.end_s, "ends before it should have")] if died else lines
