"""Change points in the numbers of a model over its runs.

A series is cut in two where the means of its logarithms differ most (binary segmentation: Scott & Knott 1974, "A
cluster analysis method for grouping means in the analysis of variance", Biometrics 30), and each part again, until no
cut is more than chance. A number that went up and came back has no such cut, so then the stretch is tried whose mean
differs most from all the rest (circular binary segmentation: Olshen, Venkatraman, Lucito & Wigler 2004, Biostatistics
5). What is more than chance is told by a permutation test: in how many orders of the same runs some place differs as
much (Antoch & Huskova 2001, "Permutation tests in change point analysis", Statistics & Probability Letters 53). No
shape of the values is assumed, but runs are taken as independent: where the pace of a machine wanders from run to run,
only values relative to the yardstick keep the promise of 5 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.measure.comparison.comparability import environment_differences, find_differences, server_differences
from tui.measure.comparison.compare import HEADLINES, measured_values
from tui.measure.comparison.pairs import slowdown, slowdown_outcome
from tui.measure.comparison.yardstick import yardstick_of
from tui.measure.doubt import doubt_about
from tui.measure.statistics.intervals import LEVEL, Measured, estimate, headline, headline_interval, ratio
from tui.measure.timing.summary import rounds_of
from tui.records import RunRecord
from tui.records.comparison import ChangePoint, Difference, ModelTrends, Outcome, Quantity, Trend, TrendPoint

LEAST_RUNS: Final = 2
"""On each side of a change: one run alone does not tell how far runs differ."""
OF_A_CUT, OF_A_STRETCH = 0.04, 0.01
"""The chances of telling a change where there is none, together 5 %."""
_ORDERS: Final = 999
_CELLS_AT_ONCE: Final = 2_000_000
"""Numbers that are computed together, which bounds the memory that a long series takes."""
_SEED: Final = 20261128
_CHI_SQUARED: Final = 3.841
"""The 95 % quantile of the chi-squared distribution with one degree of freedom."""

_Logs = NDArray[np.float64]


def model_trends(runs: Sequence[RunRecord], key: str) -> ModelTrends:
    """Return the trends of TTFT and decode rate over these runs, given with the oldest first."""
    measuring = [run for run in runs if measured_values(run, key, Quantity.TTFT)]
    alike = [run for run in measuring if _is_asked_the_same(run, measuring[-1])]
    trends = (_trend(alike, key, quantity) for quantity in HEADLINES)
    return ModelTrends(
        key=key, trends=tuple(trend for trend in trends if trend.points), left_out=len(runs) - len(alike)
    )


def change_places(logs: Sequence[float]) -> list[tuple[int, int, int, float]]:
    """Return the places of changes in a series, each with the ends of its interval and its probability, in order.

    A place is the index of the first value after the change.
    """
    values = np.array(logs, dtype=np.float64)
    found = dict(_places(values, 0, np.random.default_rng(_SEED)))
    places = sorted(found)
    borders = [0, *places, len(values)]
    return [
        (place, *_interval(values, *borders[number : number + 3]), found[place]) for number, place in enumerate(places)
    ]


def _is_asked_the_same(run: RunRecord, as_this: RunRecord) -> bool:
    """Compare what was asked and how; what ran it may differ, which is what a change is looked for."""
    one, other = (replace(each, plan=replace(each.plan, models=())) for each in (run, as_this))
    return not find_differences(one, other)


def _trend(runs: Sequence[RunRecord], key: str, quantity: Quantity) -> Trend:
    beside = [yardstick_of(runs[0], run, key) for run in runs]
    rows = [(run, measured_values(run, key, quantity)) for run in runs]
    by_yardstick = all(yardstick is not None for yardstick in beside)
    if by_yardstick:
        rows = [
            (run, yardstick.relative(quantity, (), values)[1] if yardstick is not None else values)
            for (run, values), yardstick in zip(rows, beside, strict=True)
        ]
    rows = [(run, values) for run, values in rows if values]
    doubts = [doubt_about(rounds_of(run, key), quantity) for run, _ in rows]
    points = tuple(
        replace(
            _point(run, values),
            doubt="" if doubt is None else doubt.reason,
            disturbed=any(sample.disturbances for sample in rounds_of(run, key)),
        )
        for (run, values), doubt in zip(rows, doubts, strict=True)
    )
    # Values that all came from a cache can be compared with each other, but not with computed ones.
    cached = all(doubt is not None and doubt.cached for doubt in doubts)
    sure = [index for index, doubt in enumerate(doubts) if doubt is None or cached]
    changes = _changes([rows[index][0] for index in sure], [points[index] for index in sure], key, quantity)
    return Trend(
        key=key,
        quantity=quantity,
        points=points,
        changes=tuple(
            replace(change, index=sure[change.index], earliest=sure[change.earliest], latest=sure[change.latest])
            for change in changes
        ),
        by_yardstick=by_yardstick and bool(points),
    )


def _point(run: RunRecord, values: Sequence[Measured]) -> TrendPoint:
    launches = len({row.launch for row in values})
    estimated = estimate(values) if launches > 1 else None
    return TrendPoint(
        run_id=run.run_id,
        started_at=run.started_at,
        value=headline(values),
        interval=None if estimated is None else headline_interval(estimated),
        launches=launches,
    )


def _changes(
    runs: Sequence[RunRecord], points: Sequence[TrendPoint], key: str, quantity: Quantity
) -> Iterator[ChangePoint]:
    places = change_places([math.log(point.value) for point in points])
    borders = [0, *(place for place, *_ in places), len(points)]
    for number, (index, earliest, latest, probability) in enumerate(places):
        sides = (points[borders[number] : index], points[index : borders[number + 2]])
        first, second = (
            estimate([Measured("", place, 1, point.value) for place, point in enumerate(side)]) for side in sides
        )
        if first is None or second is None:
            continue
        before, after = math.exp(first.centre), math.exp(second.centre)
        outcome, interval = slowdown_outcome(quantity, ratio(first, second), LEVEL)
        if outcome is Outcome.NO_DIFFERENCE:
            continue
        yield ChangePoint(
            index=index,
            earliest=earliest,
            latest=latest,
            before=before,
            after=after,
            slowdown=slowdown(quantity, after / before),
            interval=interval,
            outcome=outcome,
            probability=probability,
            changed=_changed(runs[earliest - 1], runs[latest], key),
        )


def _changed(before: RunRecord, after: RunRecord, key: str) -> tuple[Difference, ...]:
    """Return what differs in the environment and in the model itself."""
    sides = (before, after)
    own = tuple(
        replace(run, plan=replace(run.plan, models=tuple(model for model in run.plan.models if model.key == key)))
        for run in sides
    )
    of_model = [difference for difference in find_differences(*own) if difference.what.startswith(f"{key}: ")]
    environment = environment_differences(before.environment, after.environment)
    return (*environment, *server_differences(*own), *of_model)


def _places(logs: _Logs, offset: int, random: np.random.Generator) -> Iterator[tuple[int, float]]:
    """Yield the places of changes with their probability, in no order."""
    count = len(logs)
    if count < 2 * LEAST_RUNS or not np.ptp(logs):
        return
    ends = range(LEAST_RUNS, count - LEAST_RUNS + 1)
    cuts = [(0, end) for end in ends]
    stretches = [(first, last) for first in ends for last in ends if last - first >= LEAST_RUNS]
    for parts, significance in ((cuts, OF_A_CUT), (stretches, OF_A_STRETCH)):
        if not parts:
            continue
        found, probability = _most_different(logs, np.array(parts, dtype=np.int64), random)
        if probability <= significance:
            inner = [border for border in found if border]
            yield from ((offset + border, probability) for border in inner)
            for first, last in pairwise([0, *inner, count]):
                yield from _places(logs[first:last], offset + first, random)
            return


def _most_different(
    logs: _Logs, parts: NDArray[np.int64], random: np.random.Generator
) -> tuple[tuple[int, int], float]:
    """Return the part that differs most from the rest, and the share of orders with one that differs as much."""
    statistics = _differences(logs[np.newaxis], parts)[0]
    best = int(np.argmax(statistics))
    rows = max(1, _CELLS_AT_ONCE // len(parts))
    reached = done = 0
    while done < _ORDERS:
        shuffled = random.permuted(np.tile(logs, (min(rows, _ORDERS - done), 1)), axis=1)
        reached += int(np.count_nonzero(_differences(shuffled, parts).max(axis=1) >= statistics[best] - 1e-12))
        done += len(shuffled)
    return (int(parts[best, 0]), int(parts[best, 1])), (1 + reached) / (1 + _ORDERS)


def _differences(rows: _Logs, stretches: NDArray[np.int64]) -> _Logs:
    """Return ``sqrt(k (n - k) / n) |mean inside - mean outside|`` for each stretch of k values of each row."""
    count = rows.shape[1]
    sums = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(rows, axis=1)], axis=1)
    inside = sums[:, stretches[:, 1]] - sums[:, stretches[:, 0]]
    lengths = (stretches[:, 1] - stretches[:, 0]).astype(np.float64)
    means: _Logs = inside / lengths - (sums[:, -1:] - inside) / (count - lengths)
    found: _Logs = np.sqrt(lengths * (count - lengths) / count) * np.abs(means)
    return found


def _interval(logs: _Logs, begin: int, place: int, end: int) -> tuple[int, int]:
    """Return the first and the last place between two borders that the profile likelihood does not exclude.

    For normal values twice the logarithm of the likelihood falls by ``n log(squares / least squares)``, with the sum of
    squares around the two means (Hinkley 1970, "Inference about the change-point in a sequence of random variables",
    Biometrika 57).
    """
    values = logs[begin:end]
    cuts = range(LEAST_RUNS, len(values) - LEAST_RUNS + 1)
    squares = np.array([_squares(values[:cut]) + _squares(values[cut:]) for cut in cuts]) + 1e-18
    held = [begin + cut for cut, own in zip(cuts, squares, strict=True) if _is_held(own / squares.min(), len(values))]
    return min(place, *held), max(place, *held)


def _squares(values: _Logs) -> float:
    return float(np.sum((values - values.mean()) ** 2))


def _is_held(ratio_of_squares: float, count: int) -> bool:
    return count * math.log(ratio_of_squares) <= _CHI_SQUARED
