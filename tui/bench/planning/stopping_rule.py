"""Add rounds until the intervals of a model's numbers are as narrow as was asked for.

The effect of more rounds depends on the number of launches. With one launch the interval covers the rounds of that
launch, and more rounds make it narrower. With several launches the interval is over launches, and no number of rounds
makes it narrower than the variation between launches: then each addition is a new launch with a launch's share of the
rounds. The intervals are looked at ever more rarely (each addition is a fifth of the rounds so far), since stopping at
the first look that satisfies the rule makes an interval slightly too narrow, and every look takes time.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Final

from tui.bench.run_context import ModelProgress, RunContext
from tui.records import Mode, RunRecord, Sample
from tui.records.measurement_settings import DEFAULT_MAX_ROUNDS

GROWTH: Final = 0.2
"""The share of the rounds so far that is added at once."""


class StoppingRule:
    """Decides which models of a run need more rounds, and how many."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._plan = context.plan
        self._seen: dict[str, int] = {}

    async def unmet(self, models: Sequence[ModelProgress], *, new_launch: bool) -> list[ModelProgress]:
        """Find the models that need more rounds, in their present launch or, with ``new_launch``, in another one.

        Side by side all models continue until the last has enough: otherwise fewer models would share the machine.
        """
        if self._plan.method.until_interval is None:
            return []
        run = self._context.ledger.run
        unmet = [progress for progress in models if await self._is_unmet(progress, run, new_launch=new_launch)]
        if unmet and self._plan.method.mode is Mode.SIDE_BY_SIDE:
            return [progress for progress in models if not progress.died]
        return unmet

    def next_rounds(self, models: Sequence[ModelProgress], *, new_launch: bool) -> int:
        """The number of rounds to add for all of these models."""
        begun = max(progress.rounds for progress in models)
        share = max(1, self._plan.method.rounds // self._plan.method.launches)
        return max(0, min(share if new_launch else math.ceil(begun * GROWTH), _cap(self._context) - begun))

    async def _is_unmet(self, progress: ModelProgress, run: RunRecord, *, new_launch: bool) -> bool:
        if progress.died or progress.samples_left or progress.rounds >= _cap(self._context):
            return False
        # Imported here because a run should begin without waiting for numpy.
        from tui.measure.timing.precision import relative_half_width
        from tui.measure.timing.summary import all_rounds_of, rounds_of

        rounds: Sequence[Sample] = all_rounds_of(run, progress.model.key)
        of_this_launch = {sample.launch for sample in rounds} == {progress.launch}
        # If every request fails, rounds would be added forever.
        if not (of_this_launch or new_launch) or len(rounds) <= self._seen.get(progress.model.key, 0):
            return False
        self._seen[progress.model.key] = len(rounds)
        # The rounds that the report counts decide, so that it shows the interval that was reached.
        rounds = rounds_of(run, progress.model.key)
        # A thread computes it, since the event loop has a screen to draw. Nothing is measured meanwhile.
        reached = await asyncio.to_thread(relative_half_width, rounds, by_prompt=bool(self._plan.method.sweep))
        assert self._plan.method.until_interval is not None
        return reached is None or reached > self._plan.method.until_interval


def _cap(context: RunContext) -> int:
    return DEFAULT_MAX_ROUNDS if context.plan.method.max_rounds is None else context.plan.method.max_rounds
