"""This module holds the rounds of a model with their numbers, each of which is computed once for each round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from tui.measure.statistics.intervals import Measured, MeasuredRounds, is_measured
from tui.records import Sample, Timeline

Number = Callable[[Timeline], float | None]
"""A number of one request. Functions of a module are remembered by ``Rounds``; give it no lambda."""


class Rounds(tuple[Sample, ...]):
    """Samples, with the columns of numbers that have been computed from them so far."""

    _columns: dict[Number, Sequence[float | None]]
    _measured: dict[Number, MeasuredRounds]

    def __new__(cls, samples: Iterable[Sample]) -> Rounds:
        """Take samples, without any number yet."""
        rounds = super().__new__(cls, samples)
        rounds._columns = {}
        rounds._measured = {}
        return rounds

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, sample in enumerate(self):
            places.setdefault(sample.prompt_id, []).append(place)
        return places

    def column(self, number: Number) -> Sequence[float | None]:
        """Return ``number`` of each round, in the order of the rounds."""
        column = self._columns.get(number)
        if column is None:
            column = self._columns[number] = [number(sample.timeline) for sample in self]
        return column

    def by_prompt(self, number: Number) -> list[list[float]]:
        """Return the values of each prompt, leaving out rounds without ``number`` and prompts without any."""
        column = self.column(number)
        groups = ([column[place] for place in places] for places in self._places.values())
        values = [[value for value in group if value is not None] for group in groups]
        return [group for group in values if group]

    def measured(self, number: Number) -> MeasuredRounds:
        """Return ``number`` of each round with its prompt, launch and round, leaving out rounds without it."""
        measured = self._measured.get(number)
        if measured is None:
            measured = self._measured[number] = MeasuredRounds(
                [
                    Measured(sample.prompt_id, sample.launch, sample.round, value)
                    for sample, value in zip(self, self.column(number), strict=True)
                    if is_measured(value)
                ]
            )
        return measured


def as_rounds(samples: Iterable[Sample]) -> Rounds:
    """Return samples as rounds, with the numbers that are known of them if they are rounds already."""
    return samples if isinstance(samples, Rounds) else Rounds(samples)
