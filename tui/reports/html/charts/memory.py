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
    series = memory_time_series(context.run, context.readings)
    if series is None:
        return None
    colours = {**dict.fromkeys(series.gpu_used_bytes, _GPU), **model_colours(context)}
    held = {**series.rss_bytes, **series.gpu_used_bytes}
    is_near = series.most_bytes >= _NEAR * series.total_bytes
    top = max(series.most_bytes, series.total_bytes if is_near else 0) * 1.06 or 1.0
    end_s = series.times_s[-1]
    lines = [_over_time(series, values, colours.get(key, _GPU), max) for key, values in held.items()]
    legend = [(f"area {colours.get(key, _GPU)}", key) for key in held]
    if is_near:
        lines.append(Line(classes="limit", points=[(0, series.total_bytes), (end_s, series.total_bytes)]))
        lines.append(_over_time(series, series.available_bytes, "available", min))
        legend += [("limit", "memory of the machine"), ("available", "available")]
    lines += _starts_and_deaths(series, colours, top)
    legend.append(("loaded", "a process starts"))
    if any(span.died for span in series.process_spans):
        legend.append(("failed", "ended before it should have"))
    least = f"At least {units.size(min(series.available_bytes))} of {units.size(series.total_bytes)} stayed available."
    return Chart(
        title=f"Memory over the run. {least}",
        summary=f"Resident memory of each model over {units.clock(end_s)}; at most {units.size(series.most_bytes)}.",
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


def _over_time(series: MemoryTimeSeries, values: Sequence[int | None], colour: str, pick: Callable[..., int]) -> Line:
    """Draw a series with so many points at most; ``pick`` takes one of the readings that a point stands for."""
    step_s = series.times_s[-1] / _POINTS
    points = downsampled(series.times_s, values, _POINTS, pick)
    return Line(classes=f"area {colour}", points=[(index * step_s, value) for index, value in enumerate(points)])


def _starts_and_deaths(series: MemoryTimeSeries, colours: Mapping[str, str], top: float) -> list[Line]:
    def dots(classes: str, spans: Sequence[ProcessSpan], at_s: Callable[[ProcessSpan], float], words: str) -> Line:
        return Line(
            classes=classes,
            points=[(at_s(span), top * 0.012) for span in spans],
            radius=DOT_RADIUS + 1,
            titles=[f"{span.key} {words} at {units.seconds(at_s(span))}" for span in spans],
        )

    lines = [
        dots(f"loaded {colours.get(span.key, _GPU)}", [span], lambda span: span.start_s, "starts")
        for span in series.process_spans
    ]
    died = [span for span in series.process_spans if span.died]
    return [*lines, dots("failed", died, lambda span: span.end_s, "ends before it should have")] if died else lines
