"""The yardstick in comparisons: the pace of the machine beside a model, launch by launch.

Where both runs have a yardstick, each launch of a model is set against the yardstick's pace beside it. What slowed
both, such as a neighbour on a shared machine, is in neither number then.

The pace of a launch is the geometric mean of two medians over the yardstick's turns: TTFT, and time per token. Over 30
launches on a shared machine with 2 cores, TTFT and decode rate of a model varied by 10 and 9 % (sd), and successive
launches had a correlation of 0.6. Relative to that pace they varied by 7 %, with a correlation of 0.0 to 0.2; relative
to the yardstick's TTFT alone they varied by 12 %.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tui.measure.statistics.intervals import Measured, is_measured
from tui.measure.timing import metrics
from tui.measure.timing.summary import rounds_of, ttft_ms, values_of
from tui.records import RunRecord, Sample, SampleKind, SampleStatus
from tui.records.comparison import LESS_IS_BETTER, Quantity


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The pace of the yardstick beside one model in each launch of two runs; a larger one is slower."""

    before: Mapping[int, float]
    after: Mapping[int, float]

    def relative(
        self, quantity: Quantity, before: Sequence[Measured], after: Sequence[Measured]
    ) -> tuple[list[Measured], list[Measured]]:
        """Return the values of both runs as they would be at the yardstick's typical pace in the earlier run."""
        typical = float(np.median(list(self.before.values())))
        sides = ((before, self.before), (after, self.after))
        first, second = ([_at_pace(row, quantity, pace[row.launch], typical) for row in rows] for rows, pace in sides)
        return first, second


def turns_of(run: RunRecord, key: str = "") -> list[Sample]:
    """Return the yardstick's requests that succeeded; with a key only those beside this model."""
    return [
        sample
        for sample in run.samples
        if sample.kind is SampleKind.YARDSTICK
        and sample.status is SampleStatus.OK
        and (not key or sample.beside in ("", key))
    ]


def yardstick_of(before: RunRecord, after: RunRecord, key: str) -> Yardstick | None:
    """Return the yardstick beside a model in both runs; ``None`` if a launch lacks it, or if its request is another."""
    sides = [turns_of(run, key) for run in (before, after)]
    if len({sample.prompt_id for side in sides for sample in side}) != 1:
        return None
    paces = [_paces(side) for side in sides]
    for run, pace in zip((before, after), paces, strict=True):
        if not {sample.launch for sample in rounds_of(run, key)} <= pace.keys():
            return None
    return Yardstick(*paces)


def without_yardstick(before: RunRecord, after: RunRecord, keys: Sequence[str]) -> str:
    """Return in words why a yardstick that one of the runs has serves no model; empty if none has one, or it serves."""
    sides = [turns_of(run) for run in (before, after)]
    if not any(sides) or any(yardstick_of(before, after, key) is not None for key in keys):
        return ""
    if not all(sides):
        return f"only the {'earlier' if sides[0] else 'later'} run has one"
    return "in one run it is missing beside some launches of the models, or was asked something else than in the other"


def _paces(turns: Sequence[Sample]) -> dict[int, float]:
    """Return the pace of each launch in which the yardstick has both numbers."""
    paces: dict[int, float] = {}
    for launch in dict.fromkeys(sample.launch for sample in turns):
        own = [sample for sample in turns if sample.launch == launch]
        times, rates = ([*filter(is_measured, values_of(own, number))] for number in (ttft_ms, metrics.decode_tok_s))
        if times and rates:
            paces[launch] = math.sqrt(float(np.median(times)) / float(np.median(rates)))
    return paces


def _at_pace(row: Measured, quantity: Quantity, pace: float, typical: float) -> Measured:
    factor = typical / pace
    return replace(row, value=row.value * factor if quantity in LESS_IS_BETTER else row.value / factor)
