"""The median gap between pieces of text by their place in the answer: whether a long answer slows down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from tui.measure.doubt import doubt_about
from tui.measure.timing import metrics
from tui.measure.timing.summary import rounds_of
from tui.records import RunRecord, Sample
from tui.records.comparison import Quantity
from tui.reports.context import ReportContext
from tui.reports.html.charts.axis import whole_number
from tui.reports.html.charts.chart import Chart, Line
from tui.reports.html.charts.styles import NARROW_PLOT_HEIGHT, PLOT_HEIGHT, model_colours
from tui.text import units

_POINTS: Final = 48


def gap_chart(context: ReportContext, level: str = "") -> Chart | None:
    """Make the chart, with ``level`` in its title if there are several; ``None`` if no answer has enough pieces."""
    colours = model_colours(context)
    all_points = {summary.key: _points(rounds_of(context.run, summary.key)) for summary in context.summaries}
    points_of = {key: points for key, points in all_points.items() if len(points) > 1}
    if not points_of:
        return None
    every_point = [point for points in points_of.values() for point in points]
    return Chart(
        title=f"Gap between pieces of text, by place in the answer{level}",
        summary="Median gap over the rounds of each model, by the place of the piece in its answer.",
        lines=[Line(classes=f"pace {colours[key]}", points=points) for key, points in points_of.items()],
        across=(0.0, float(max(piece for piece, _ in every_point))),
        upward=(0.0, max(gap_ms for _, gap_ms in every_point) * 1.1),
        show_across=whole_number,
        show_upward=units.milliseconds,
        height=PLOT_HEIGHT,
        narrow_height=NARROW_PLOT_HEIGHT,
        across_title="piece",
        legend=[(f"pace {colours[key]}", _named(context.run, key)) for key in points_of],
    )


def _named(run: RunRecord, key: str) -> str:
    """Return the name of a model, with the reason if its pace is in doubt."""
    doubt = doubt_about(rounds_of(run, key), Quantity.DECODE)
    return key if doubt is None else f"{key}, in doubt: {doubt.reason}"


def _points(rounds: Sequence[Sample]) -> list[tuple[float, float]]:
    """Return stretches of the answer as (piece, median of all gaps in ms), as far as half of the answers reach."""
    gaps = [metrics.gaps_ns(sample.timeline) for sample in rounds]
    reach = int(np.median([len(of_sample) for of_sample in gaps])) if gaps else 0
    step = max(1, -(-reach // _POINTS))
    stretches = (
        (begin, [gap for of_sample in gaps for gap in of_sample[begin : begin + step]])
        for begin in range(0, reach, step)
    )
    return [(begin + step / 2, float(np.median(stretch)) / 1e6) for begin, stretch in stretches if stretch]
