"""The run in the order of its requests: each one as a dot, one chart a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tui.measure.doubt import reason_of_sample
from tui.measure.timing import metrics
from tui.measure.timing.summary import ttft_ms
from tui.records import Sample, SampleKind, SampleStatus, Timeline
from tui.records.comparison import Quantity, marked
from tui.reports.context import ReportContext
from tui.reports.html.charts.axis import whole_number
from tui.reports.html.charts.chart import Chart, Line
from tui.reports.html.charts.styles import (
    DOT_RADIUS,
    NARROW_PLOT_HEIGHT,
    PLOT_HEIGHT,
    dots_of_rounds,
    doubt_legend,
    model_colours,
)
from tui.text import units
from tui.text.tables import counted


@dataclass(frozen=True, slots=True)
class _Request:
    """A sample, with its position in the run from 1 on and its value of the number that a chart is of."""

    position: int
    sample: Sample
    value: float | None


@dataclass(frozen=True, slots=True)
class _Quantity:
    kind: Quantity
    title: str
    of_timeline: Callable[[Timeline], float | None]
    show: Callable[[float], str]

    def requests(self, samples: Sequence[Sample]) -> list[_Request]:
        """Return the samples with their values, which are computed once for all that a chart shows."""
        return [
            _Request(position, sample, self.of_timeline(sample.timeline) if sample.status is SampleStatus.OK else None)
            for position, sample in enumerate(samples, start=1)
        ]

    def doubt(self, request: _Request) -> str:
        """Return why the value of a round is in doubt; cold and warm-up requests are in no average."""
        has_value = request.sample.kind is SampleKind.ROUND and request.value is not None
        return reason_of_sample(request.sample, self.kind) if has_value else ""


_QUANTITIES: Final = (
    _Quantity(Quantity.TTFT, "TTFT", ttft_ms, units.milliseconds),
    _Quantity(Quantity.DECODE, "Decode rate", metrics.decode_tok_s, units.rate),
)


def timeline_charts(context: ReportContext, level: str = "") -> list[Chart]:
    """Make a chart for each number that any request has, with ``level`` in its title if the run has several."""
    charts = (_timeline_chart(context, quantity, level) for quantity in _QUANTITIES)
    return [chart for chart in charts if chart is not None]


def _timeline_chart(context: ReportContext, quantity: _Quantity, level: str) -> Chart | None:
    requests = quantity.requests(context.run.samples)
    values = [request.value for request in requests if request.value is not None]
    if not values:
        return None
    colours = model_colours(context)
    top = max(values) * 1.06
    borders = [Line(classes="border", points=[(at, 0), (at, top)]) for at in _borders(context.run.samples)]
    of_models = [
        line
        for key, colour in colours.items()
        for line in _dots_of_model([request for request in requests if request.sample.key == key], quantity, colour)
    ]
    failed = [request for request in requests if request.sample.status is SampleStatus.FAILED]
    measured_keys = {request.sample.key for request in requests}
    legend = [(f"dot {colours[key]}", key) for key in colours if key in measured_keys]
    legend.append(("cold", "cold or warm-up: in no average"))
    legend += doubt_legend(map(quantity.doubt, requests))
    if failed:
        legend.append(("failed", "failed"))
    if borders:
        legend.append(("border", "a new launch"))
    return Chart(
        title=f"{quantity.title} over the run{level}",
        summary=(
            f"{quantity.title} of {counted(len(requests), 'request')} in their order, {len(failed)} of them failed."
        ),
        lines=[*borders, *of_models, *([_failed_dots(failed)] if failed else [])],
        across=(0.0, len(requests) + 1.0),
        upward=(0.0, top),
        show_across=whole_number,
        show_upward=quantity.show,
        height=PLOT_HEIGHT,
        narrow_height=NARROW_PLOT_HEIGHT,
        across_title="request",
        legend=legend,
    )


def _dots_of_model(requests: Sequence[_Request], quantity: _Quantity, colour: str) -> list[Line]:
    """Draw the rounds of a model, and apart from them its cold and warm-up requests, which are in no average."""
    rounds = [request for request in requests if request.sample.kind is SampleKind.ROUND]
    others = [request for request in requests if request.sample.kind is not SampleKind.ROUND]
    lines: list[Line] = []
    for kind, drawn in (("cold", others), ("dot", rounds)):
        known = [(request, request.value) for request in drawn if request.value is not None]
        if known:
            points = [(float(request.position), value) for request, value in known]
            titles = [
                f"{_named(request.sample)}: {marked(quantity.show(value), request.sample.flags, quantity.kind)}"
                for request, value in known
            ]
            doubts = [quantity.doubt(request) for request, _ in known]
            lines += (
                dots_of_rounds(colour, points, titles, doubts, DOT_RADIUS)
                if kind == "dot"
                else [Line(classes=f"{kind} {colour}", points=points, radius=DOT_RADIUS, titles=titles)]
            )
    return lines


def _failed_dots(failed: Sequence[_Request]) -> Line:
    return Line(
        classes="failed",
        points=[(request.position, 0.0) for request in failed],
        radius=DOT_RADIUS + 1.5,
        titles=[f"{_named(request.sample)}: failed, {request.sample.error or 'no reason given'}" for request in failed],
    )


def _named(sample: Sample) -> str:
    launch = f", launch {sample.launch}" if sample.launch > 1 else ""
    kind = "cold" if sample.kind is SampleKind.COLD else f"{sample.kind.value} {sample.round}"
    return f"{sample.key}, {sample.prompt_id}, {kind}{launch}"


def _borders(samples: Sequence[Sample]) -> list[float]:
    """Return the positions between two requests at which another launch or segment of the run begins."""
    parts = [(sample.launch, sample.segment) for sample in samples]
    return [index + 0.5 for index in range(1, len(parts)) if parts[index] != parts[index - 1]]
