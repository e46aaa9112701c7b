"""This module computes the energy and cost of answers: joules from counters, from power over time, and per token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite, sqrt
from typing import Final

from tui.records import EnergySource, ModelSummary, Plan, Sample

J_PER_KWH: Final = 3_600_000
_PRICED_REQUESTS: Final = 1000
_FEWEST_READINGS: Final = 2
_RENEWED_EVERY_S: Final[Mapping[EnergySource | None, float]] = {
    EnergySource.GPU_COUNTER: 0.1,
    EnergySource.GPU_POWER: 0.1,
    EnergySource.RAPL: 0.001,
}
"""How often a meter renews its value, in seconds: NVIDIA's drivers take 20 to 100 ms, RAPL about 1 ms."""


@dataclass(frozen=True, slots=True)
class PowerAt:
    """This record is the power drawn at one moment of the monotonic clock."""

    at_s: float
    watts: float


def counter_increase(before: int, after: int, largest: int) -> int:
    """Return the increase of a counter that restarts at 0 after ``largest``; it may have wrapped once at most."""
    return after - before if after >= before else after - before + largest


def integrated_j(readings: Sequence[PowerAt], begin_s: float, end_s: float) -> float | None:
    """Return joules from begin to end: the area under the readings (trapezoids), the outer ones extended.

    The result is ``None`` with fewer than two readings in between, because an older reading may be of the time before.
    """
    inside = [reading for reading in readings if begin_s <= reading.at_s <= end_s]
    if len(inside) < _FEWEST_READINGS or end_s <= begin_s:
        return None
    ends = PowerAt(begin_s, inside[0].watts), PowerAt(end_s, inside[-1].watts)
    line = (ends[0], *inside, ends[1])
    return sum((later.at_s - earlier.at_s) * (later.watts + earlier.watts) / 2 for earlier, later in pairwise(line))


def cost(energy_j: float, price_per_kwh: float) -> float:
    """Return the cost ``J / 3,600,000 x price``, in the currency of the price."""
    return energy_j / J_PER_KWH * price_per_kwh


def with_energy(
    summary: ModelSummary, rounds: Sequence[Sample], plan: Plan, rest_watts: float | None = None
) -> ModelSummary:
    """Return the row with the energy of its warm rounds: ``sum of J / sum of output tokens``.

    Each sample keeps its sign, so that noise around rest averages out. The energy stays unknown if the sum cannot be
    distinguished from rest, or if the samples come from several sources. A meter that is renewed every ``t`` seconds
    is wrong by up to ``t x watts at rest`` a sample, and by ``sqrt(n)`` times that over n samples, whose errors are
    independent.
    """
    energies = [
        (sample.energy_j, sample.timeline.output_tokens)
        for sample in rounds
        if sample.energy_j is not None and isfinite(sample.energy_j)
    ]
    sources = {sample.energy_source for sample in rounds if sample.energy_j is not None}
    if len(sources) != 1:
        return summary
    source = next(iter(sources))
    energy_j = sum(joules for joules, _ in energies)
    # A request whose tokens nobody counted has joules that belong to no token.
    counted = [(joules, count) for joules, count in energies if count]
    counted_j, tokens = sum(joules for joules, _ in counted), sum(count for _, count in counted)
    resolution_j = _RENEWED_EVERY_S.get(source, 0.0) * (rest_watts or 0.0) * sqrt(len(energies))
    if not energies or energy_j <= resolution_j:
        return summary
    per_request_j = energy_j / len(energies)
    price = plan.price_per_kwh
    return replace(
        summary,
        energy_j_per_token=counted_j / tokens if tokens and counted_j > 0 else None,
        energy_j_per_request=per_request_j,
        energy_source=source,
        cost_per_1000=None if price is None else _PRICED_REQUESTS * cost(per_request_j, price),
        currency=plan.currency,
    )
