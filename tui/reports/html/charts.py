"""What the charts of a page show: the rounds of each model, the run in its order, memory, and the pace of an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tui.measure.memory.time_series import MemoryCourse, Stay, memory_course, thinned
from tui.measure.timing import metrics
from tui.measure.timing.summary import rounds_of, ttft_ms
from tui.records import Sample, SampleKind, SampleStatus, Timeline
from tui.reports.context import ReportContext
from tui.reports.html.axis import Axis, axis_for, memory_ticks
from tui.reports.html.drawing import COLOURS, Chart, Line
from tui.reports.sections.distribution import SpreadPart, SpreadRow
from tui.text import units
from tui.text.tables import counted

_ROW_HEIGHT: Final = 78
PLOT_HEIGHT: Final = 300
NARROW_PLOT_HEIGHT: Final = 240
_SWARM_PLACES: Final = 170
_SWARM_STEP: Final = 0.06
_SWARM_HALF: Final = 0.22
"""How far dots of one place lie apart, in rows, and how far from their row at most."""
_MEMORY_POINTS: Final = 240
_LIMIT_NEAR: Final = 0.4
"""From this share of it on, the machine's memory is drawn: before, it would only flatten everything."""
_GAP_POINTS: Final = 48
_DOT: Final = 2.8


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of one request, as the timeline of a run shows it."""

    title: str
    of_timeline: Callable[[Timeline], float | None]
    show: Callable[[float], str]


_NUMBERS: Final = (
    _Number("TTFT", ttft_ms, units.milliseconds),
    _Number("Decode rate", metrics.decode_tok_s, units.rate),
)


def colours(material: ReportContext) -> dict[str, str]:
    """The class of each model's colour, the same in every chart."""
    return {summary.key: f"m{place % COLOURS}" for place, summary in enumerate(material.summaries)}


def spread_chart(material: ReportContext, part: SpreadPart) -> Chart:
    """Every round of each model as a dot, with the middle half of them, the p50 and its interval."""
    looks = colours(material)
    spans = [row.values(material.run) for row in part.rows]
    sure = [end for row in part.rows if (of := row.distribution.interval) for end in (of.low, of.high) if end > 0]
    axis = axis_for([*sure, *(value for values in spans for value in values)], part.show_on_axis)
    lines: list[Line] = []
    for place, (row, values) in enumerate(zip(part.rows, spans, strict=True)):
        height = float(len(part.rows) - 1 - place)
        lines += _row_of_spread(row, values, height, looks[row.summary.key], axis)
    names = Line(
        look="name",
        points=[(axis.ends[0], len(part.rows) - 1 - place + 0.4) for place in range(len(part.rows))],
        labels=[row.summary.key for row in part.rows],
    )
    told = ", ".join(f"{row.summary.key} {row.show(row.distribution.headline)}" for row in part.rows)
    return Chart(
        title=f"{part.title}: every round{', on a logarithmic axis' if axis.logarithmic else ''}",
        summary=f"{part.title} of each round, by model. p50: {told}.",
        lines=[*lines, names],
        across=axis.ends,
        upward=(-0.45, len(part.rows) - 0.4),
        ticks_across=axis.ticks,
        height=_ROW_HEIGHT * len(part.rows) + 34,
        legend=(
            ("dot", "a round"),
            ("band", "middle half of the rounds"),
            ("tick", "p50"),
            ("interval", "95 % interval of p50"),
        ),
    )


def _row_of_spread(row: SpreadRow, values: Sequence[float], height: float, look: str, axis: Axis) -> list[Line]:
    found = row.distribution
    ends = (float(np.percentile(values, percent)) for percent in (25, 75))
    offsets = _swarm([axis.place(value) for value in values], axis.ends)
    lines = [
        Line(look=f"band {look}", points=[(axis.place(end), height) for end in ends]),
        Line(
            look=f"dot {look}",
            points=[(axis.place(value), height + offset) for value, offset in zip(values, offsets, strict=True)],
            radius=_DOT,
            titles=[f"{row.summary.key}: {row.show(value)}" for value in values],
        ),
    ]
    if found.interval is not None:
        sure = (found.interval.low, found.interval.high)
        lines.append(Line(look=f"interval {look}", points=[(axis.place(end), height - 0.27) for end in sure]))
    middle = axis.place(found.headline)
    return [*lines, Line(look=f"tick {look}", points=[(middle, height - 0.32), (middle, height + 0.18)])]


def _swarm(places: Sequence[float], ends: tuple[float, float]) -> list[float]:
    """How far each dot makes way for those of its place, so that the swarm is wide where the values are dense."""
    stacks = [round((place - ends[0]) / (ends[1] - ends[0]) * _SWARM_PLACES) for place in places]
    highest = max(Counter(stacks).values())
    step = min(_SWARM_STEP, 2 * _SWARM_HALF / highest)
    seen: Counter[int] = Counter()
    offsets: list[float] = []
    for stack in stacks:
        rank = seen[stack]
        seen[stack] += 1
        offsets.append((rank + 1) // 2 * step * (1 if rank % 2 else -1))
    return offsets


def timeline_charts(material: ReportContext, level: str = "") -> list[Chart]:
    """The run in the order of its requests, one chart a number; nothing of a run without a request.

    ``level`` says how many were in flight, of a run that has them several ways.
    """
    return [chart for number in _NUMBERS if (chart := _timeline_chart(material, number, level)) is not None]


def _timeline_chart(material: ReportContext, number: _Number, level: str) -> Chart | None:
    samples = list(enumerate(material.run.samples, start=1))
    values = [value for _, sample in samples if (value := _value(sample, number)) is not None]
    if not values:
        return None
    looks = colours(material)
    top = max(values) * 1.06
    lines = [Line(look="border", points=[(place, 0), (place, top)]) for place in _borders(material.run.samples)]
    for key, look in looks.items():
        of_model = [(place, sample) for place, sample in samples if sample.key == key]
        lines += _dots_of_model(of_model, number, look)
    failed = [(place, sample) for place, sample in samples if sample.status is SampleStatus.FAILED]
    if failed:
        lines.append(
            Line(
                look="failed",
                points=[(place, 0.0) for place, _ in failed],
                radius=_DOT + 1.5,
                titles=[f"{_where(sample)}: failed, {sample.error or 'no reason given'}" for _, sample in failed],
            )
        )
    shown = [summary for summary in material.summaries if any(sample.key == summary.key for _, sample in samples)]
    legend = [(f"dot {looks[summary.key]}", summary.key) for summary in shown]
    legend += [("cold", "cold or warm-up: in no average")] + ([("failed", "failed")] if failed else [])
    return Chart(
        title=f"{number.title} over the run{level}",
        summary=f"{number.title} of {counted(len(samples), 'request')} in their order, {len(failed)} of them failed.",
        lines=lines,
        across=(0.0, len(samples) + 1.0),
        upward=(0.0, top),
        show_across=lambda value: f"{value:,.0f}" if value == round(value) else "",
        show_upward=number.show,
        height=PLOT_HEIGHT,
        narrow_height=NARROW_PLOT_HEIGHT,
        across_title="request",
        legend=tuple(legend + ([("border", "a new launch")] if lines and lines[0].look == "border" else [])),
    )


def _dots_of_model(samples: Sequence[tuple[int, Sample]], number: _Number, look: str) -> list[Line]:
    counted_ones = [each for each in samples if each[1].kind is SampleKind.ROUND]
    others = [each for each in samples if each[1].kind is not SampleKind.ROUND]
    lines: list[Line] = []
    for kind, chosen in (("cold", others), ("dot", counted_ones)):
        known = [(place, sample, value) for place, sample in chosen if (value := _value(sample, number)) is not None]
        if known:
            lines.append(
                Line(
                    look=f"{kind} {look}",
                    points=[(place, value) for place, _, value in known],
                    radius=_DOT,
                    titles=[f"{_where(sample)}: {number.show(value)}" for _, sample, value in known],
                )
            )
    return lines


def _where(sample: Sample) -> str:
    launch = f", launch {sample.launch}" if sample.launch > 1 else ""
    kind = "cold" if sample.kind is SampleKind.COLD else f"{sample.kind.value} {sample.round}"
    return f"{sample.key}, {sample.prompt_id}, {kind}{launch}"


def _borders(samples: Sequence[Sample]) -> list[float]:
    """Between which requests another launch or another stretch of the run begins."""
    marks = [(sample.launch, sample.segment) for sample in samples]
    return [place + 0.5 for place in range(1, len(marks)) if marks[place] != marks[place - 1]]


def _value(sample: Sample, number: _Number) -> float | None:
    return number.of_timeline(sample.timeline) if sample.status is SampleStatus.OK else None


def memory_chart(material: ReportContext) -> Chart | None:
    """What each model held over the run, and the machine's memory where that came near."""
    course = memory_course(material.run, material.readings)
    if course is None:
        return None
    looks = {**dict.fromkeys(course.gpu_used_bytes, "gpu"), **colours(material)}
    held = {**course.rss_bytes, **course.gpu_used_bytes}
    near = course.most_bytes >= _LIMIT_NEAR * course.total_bytes
    top = max(course.most_bytes, course.total_bytes if near else 0) * 1.06 or 1.0
    end_s = course.times_s[-1]
    lines = [_over_time(course, values, looks.get(key, "gpu"), max) for key, values in held.items()]
    legend = [(f"area {looks.get(key, 'gpu')}", key) for key in held]
    if near:
        lines.append(Line(look="limit", points=[(0, course.total_bytes), (end_s, course.total_bytes)]))
        lines.append(_over_time(course, course.available_bytes, "available", min))
        legend += [("limit", "memory of the machine"), ("available", "available")]
    lines += _comings_and_goings(course, looks, top)
    died = any(stay.died for stay in course.stays)
    legend += [("loaded", "a process starts")] + ([("failed", "ended before it should have")] if died else [])
    least = f"At least {units.size(min(course.available_bytes))} of {units.size(course.total_bytes)} stayed available."
    return Chart(
        title=f"Memory over the run. {least}",
        summary=f"Resident memory of each model over {units.clock(end_s)}; at most {units.size(course.most_bytes)}.",
        lines=lines,
        across=(0.0, end_s or 1.0),
        upward=(0.0, top),
        show_across=lambda value: units.clock(value) if end_s >= 10 else units.seconds(value),
        show_upward=units.size,
        ticks_upward=memory_ticks(top),
        height=PLOT_HEIGHT,
        narrow_height=NARROW_PLOT_HEIGHT,
        legend=tuple(legend),
    )


def _over_time(course: MemoryCourse, values: Sequence[int | None], look: str, pick: Callable[..., int]) -> Line:
    step_s = course.times_s[-1] / _MEMORY_POINTS
    shown = thinned(course.times_s, values, _MEMORY_POINTS, pick)
    return Line(look=f"area {look}", points=[(place * step_s, value) for place, value in enumerate(shown)])


def _comings_and_goings(course: MemoryCourse, looks: Mapping[str, str], top: float) -> list[Line]:
    def dots(look: str, stays: Sequence[Stay], at_s: Callable[[Stay], float], word: str) -> Line:
        return Line(
            look=look,
            points=[(at_s(stay), top * 0.012) for stay in stays],
            radius=_DOT + 1,
            titles=[f"{stay.key} {word} at {units.seconds(at_s(stay))}" for stay in stays],
        )

    lines = [
        dots(f"loaded {looks.get(stay.key, 'gpu')}", [stay], lambda each: each.start_s, "starts")
        for stay in course.stays
    ]
    died = [stay for stay in course.stays if stay.died]
    return [*lines, dots("failed", died, lambda each: each.end_s, "ends before it should have")] if died else lines


def pace_chart(material: ReportContext, level: str = "") -> Chart | None:
    """The median gap between pieces of text, by their place in the answer: whether a long answer slows down."""
    looks = colours(material)
    paces = {summary.key: _pace(rounds_of(material.run, summary.key)) for summary in material.summaries}
    known = {key: pace for key, pace in paces.items() if len(pace) > 1}
    if not known:
        return None
    top = max(gap for pace in known.values() for _, gap in pace) * 1.1
    longest = max(place for pace in known.values() for place, _ in pace)
    return Chart(
        title=f"Gap between pieces of text, by place in the answer{level}",
        summary="Median gap over the rounds of each model, by the place of the piece in its answer.",
        lines=[Line(look=f"pace {looks[key]}", points=pace) for key, pace in known.items()],
        across=(0.0, float(longest)),
        upward=(0.0, top),
        show_across=lambda value: f"{value:,.0f}" if value == round(value) else "",
        show_upward=units.milliseconds,
        height=PLOT_HEIGHT,
        narrow_height=NARROW_PLOT_HEIGHT,
        across_title="piece",
        legend=tuple((f"pace {looks[key]}", key) for key in known),
    )


def _pace(rounds: Sequence[Sample]) -> list[tuple[float, float]]:
    """Stretches of the answer, each with the median of all gaps in it, as far as half of the answers reach."""
    gaps = [metrics.gaps_ns(sample.timeline) for sample in rounds]
    reach = int(np.median([len(each) for each in gaps])) if gaps else 0
    step = max(1, -(-reach // _GAP_POINTS))
    stretches = (
        (begin, [gap for each in gaps for gap in each[begin : begin + step]]) for begin in range(0, reach, step)
    )
    return [(begin + step / 2, float(np.median(found)) / 1e6) for begin, found in stretches if found]
