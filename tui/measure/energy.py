"""This module computes the energy and cost of answers: joules from counters, from power over time, and per token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from tui.records import ModelSummary, Plan, Sample

J_PER_KWH: Final = 3_600_000
_PRICED_REQUESTS: Final = 1000
_FEWEST_READINGS: Final = 2


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


def with_energy(summary: ModelSummary, rounds: Sequence[Sample], plan: Plan) -> ModelSummary:
    """Return the row with the energy of its warm rounds: ``sum of J / sum of output tokens``.

    Each sample keeps its sign, so that noise around rest averages out. The energy stays unknown if the sum is not above
    0, because it cannot be distinguished from rest, or if the samples come from several sources.
    """
    energies = [
        (sample.energy_j, sample.timeline.output_tokens or 0) for sample in rounds if sample.energy_j is not None
    ]
    sources = {sample.energy_source for sample in rounds if sample.energy_j is not None}
    energy_j, tokens = sum(joules for joules, _ in energies), sum(count for _, count in energies)
    if len(sources) != 1 or energy_j <= 0:
        return summary
    per_request_j = energy_j / len(energies)
    price = plan.price_per_kwh
    return replace(
        summary,
        energy_j_per_token=energy_j / tokens if tokens else None,
        energy_j_per_request=per_request_j,
        energy_source=next(iter(sources)),
        cost_per_1000=None if price is None else _PRICED_REQUESTS * cost(per_request_j, price),
        currency=plan.currency,
    )
