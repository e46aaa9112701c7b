"""How a number spreads: every round of each model as a dot, with the middle half of them, the p50 and its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np

from tui.reports.context import ReportContext
from tui.reports.html.charts.axis import Axis, axis_for
from tui.reports.html.charts.chart import Chart, Line
from tui.reports.html.charts.styles import DOT_RADIUS, dots_of_rounds, doubt_legend, model_colours
from tui.reports.sections.distribution import SpreadPart, SpreadRow

_ROW_HEIGHT: Final = 78
_AXIS_HEIGHT: Final = 34
_POSITIONS: Final = 170
"""Into so many positions the axis is parted; dots at the same position make way for each other."""
_DOT_STEP: Final = 0.06
_MOST_OFFSET: Final = 0.22
"""In rows: how far dots at the same position stand apart, and how far from the middle of their row at the most."""
_LEGEND: Final = (
    ("dot", "a round"),
    ("band", "middle half of the rounds"),
    ("tick", "p50"),
    ("interval", "95 % interval of p50"),
)


def spread_chart(context: ReportContext, part: SpreadPart) -> Chart:
    """Make the chart of one number, with a row a model."""
    colours = model_colours(context)
    values_of_rows = [row.values(context.run) for row in part.rows]
    intervals = [interval for row in part.rows if (interval := row.distribution.interval)]
    ends = [end for interval in intervals for end in (interval.low, interval.high) if end > 0]
    references = part.references(context.run)
    shown = [*ends, *references.values(), *(value for values in values_of_rows for value in values)]
    axis = axis_for(shown, part.show_on_axis)
    count = len(part.rows) + len(references)
    heights = [float(count - 1 - index) for index in range(count)]
    lines: list[Line] = []
    doubts_of_rows = [row.doubts(context.run) for row in part.rows]
    for row, values, doubts, height in zip(part.rows, values_of_rows, doubts_of_rows, heights, strict=False):
        lines += _row_of_model(row, list(zip(values, doubts, strict=True)), height, colours[row.summary.key], axis)
    for value, height in zip(references.values(), heights[len(part.rows) :], strict=True):
        at = axis.position(value)
        lines.append(Line(classes="tick shadow", points=[(at, height - 0.32), (at, height + 0.18)]))
    names = Line(
        classes="name",
        points=[(axis.ends[0], height + 0.4) for height in heights],
        labels=[*(row.name(context.run) for row in part.rows), *references],
    )
    medians = ", ".join(f"{row.summary.key} {row.show(row.distribution.headline)}" for row in part.rows)
    medians = ", ".join(
        [medians, *(f"{key} (reference) {part.show_on_axis(value)}" for key, value in references.items())]
    )
    height = _ROW_HEIGHT * count + _AXIS_HEIGHT
    return Chart(
        title=f"{part.title}: every round{', on a logarithmic axis' if axis.logarithmic else ''}",
        summary=f"{part.title} of each round, by model. p50: {medians}.",
        lines=[*lines, names],
        across=axis.ends,
        upward=(-0.45, count - 0.4),
        ticks_across=axis.ticks,
        height=height,
        narrow_height=height,
        legend=(
            *_LEGEND,
            *doubt_legend(chain.from_iterable(doubts_of_rows)),
            *((("tick shadow", "p50 of a reference"),) if references else ()),
        ),
    )


def _row_of_model(
    row: SpreadRow, rounds: Sequence[tuple[float, str]], height: float, colour: str, axis: Axis
) -> list[Line]:
    """Draw the row of a model, of whose rounds each is a value and the reason why it is in doubt, if it is."""
    values = [value for value, _ in rounds]
    quartiles = (float(np.percentile(values, percent)) for percent in (25, 75))
    positions = [axis.position(value) for value in values]
    offsets = _offsets(positions, axis.ends)
    lines = [
        Line(classes=f"band {colour}", points=[(axis.position(quartile), height) for quartile in quartiles]),
        *dots_of_rounds(
            colour,
            [(position, height + offset) for position, offset in zip(positions, offsets, strict=True)],
            [f"{row.summary.key}: {row.show(value)}" for value in values],
            [doubt for _, doubt in rounds],
            DOT_RADIUS,
        ),
    ]
    interval = row.distribution.interval
    if interval is not None:
        ends = [(axis.position(end), height - 0.27) for end in (interval.low, interval.high)]
        lines.append(Line(classes=f"interval {colour}", points=ends))
    median = axis.position(row.distribution.headline)
    return [*lines, Line(classes=f"tick {colour}", points=[(median, height - 0.32), (median, height + 0.18)])]


def _offsets(positions: Sequence[float], ends: tuple[float, float]) -> list[float]:
    """Return how far each dot leaves the middle of its row, which is thick where the values are dense."""
    cells = [round((position - ends[0]) / (ends[1] - ends[0]) * _POSITIONS) for position in positions]
    step = min(_DOT_STEP, 2 * _MOST_OFFSET / max(Counter(cells).values()))
    seen: Counter[int] = Counter()
    offsets: list[float] = []
    for cell in cells:
        rank = seen[cell]
        seen[cell] += 1
        offsets.append((rank + 1) // 2 * step * (1 if rank % 2 else -1))
    return offsets
