"""What the charts of one model are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records.comparison import Quantity
from tui.records.runs import SampleKind, SampleStatus
from tui.records.statistics import Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One request of a model, in the order of its run."""

    value: float | None
    kind: SampleKind
    status: SampleStatus
    launch: int
    segment: int
    outlier: bool = False
    counts: bool = False
    """It is one of those that the distribution is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChart:
    """One number of one model: every request, and what its warm rounds say together."""

    key: str
    quantity: Quantity
    points: tuple[Point, ...]
    found: Distribution | None

    @property
    def values(self) -> list[float]:
        """The warm rounds that succeeded: what the distribution is of."""
        return [point.value for point in self.points if point.value and point.counts]
