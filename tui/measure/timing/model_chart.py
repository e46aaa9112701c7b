"""This module extracts from a run the data that the charts of one model are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tui.measure.doubt import reason_of_sample
from tui.measure.statistics.distribution import distribution
from tui.measure.timing import metrics
from tui.measure.timing.headlines import tail_over_prompts
from tui.measure.timing.levels import at_level
from tui.measure.timing.summary import measured, rounds_of, ttft_ms
from tui.records import RunRecord, Sample, SampleStatus, Timeline
from tui.records.comparison import Quantity
from tui.records.summary import ModelChart, Point

_OF_TIMELINE: Final[Mapping[Quantity, Callable[[Timeline], float | None]]] = {
    Quantity.TTFT: ttft_ms,
    Quantity.DECODE: metrics.decode_tok_s,
}


def model_charts(run: RunRecord, key: str, at_once: int | None = None) -> tuple[ModelChart, ...]:
    """Return the charts of TTFT and decode rate of one model at one level; the default is the lowest level."""
    of_level = at_level(run, at_once or min(run.plan.method.concurrency))
    return tuple(_chart(of_level, key, quantity) for quantity in _OF_TIMELINE)


def _chart(run: RunRecord, key: str, quantity: Quantity) -> ModelChart:
    number = _OF_TIMELINE[quantity]
    rounds = rounds_of(run, key)
    summary, counted = distribution(measured(rounds, number)), {id(sample) for sample in rounds}
    outliers = (
        {(outlier.prompt_id, outlier.launch, outlier.round) for outlier in summary.outliers}
        if summary
        else set[object]()
    )

    def point(sample: Sample) -> Point:
        counts = id(sample) in counted
        return Point(
            value=number(sample.timeline) if sample.status is SampleStatus.OK else None,
            kind=sample.kind,
            status=sample.status,
            launch=sample.launch,
            segment=sample.segment,
            outlier=counts and (sample.prompt_id, sample.launch, sample.round) in outliers,
            counts=counts,
            doubt=reason_of_sample(sample, quantity),
        )

    points = tuple(point(sample) for sample in run.samples if sample.key == key)
    flags = tuple(dict.fromkeys(flag for sample in rounds for flag in sample.flags))
    # The high end of a rate is its best case, which no table shows.
    tail = tail_over_prompts(rounds, number) if quantity is Quantity.TTFT else None
    return ModelChart(key=key, quantity=quantity, points=points, distribution=summary, flags=flags, tail=tail)
