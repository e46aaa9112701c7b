"""Adding rounds until a model's numbers are as sure as was asked for.

What more rounds can do depends on how often the model was started. Started once, its interval speaks of the rounds of
that one launch, and more rounds in it make it narrower. Started several times, the interval is over launches, and no
number of rounds brings it below what launches differ by: then each addition is a fresh launch with a launch's share of
the rounds. Looks are taken ever more rarely (each addition is a fifth of what there is), since stopping at the first
look that pleases makes an interval a little too narrow, and every look costs a moment.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Final

from tui.bench.run_context import ModelProgress, RunContext
from tui.records import Mode, RunRecord, Sample
from tui.records.method import DEFAULT_MAX_ROUNDS

GROWTH: Final = 0.2


class StoppingRule:
    """Which models of a run need more rounds, and how many."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._plan = context.plan
        self._seen: dict[str, int] = {}

    async def unmet(self, models: Sequence[ModelProgress], *, new_launch: bool) -> list[ModelProgress]:
        """The models that need more rounds: in the launch that they are in, or, for a ``new_launch``, in another one.

        Side by side all go on together until the last has enough: fewer would share the machine otherwise.
        """
        if self._plan.method.until_interval is None:
            return []
        run = self._context.ledger.run
        found = [progress for progress in models if await self._is_unmet(progress, run, new_launch=new_launch)]
        if found and self._plan.method.mode is Mode.SIDE_BY_SIDE:
            return [progress for progress in models if not progress.died]
        return found

    def next_rounds(self, models: Sequence[ModelProgress], *, new_launch: bool) -> int:
        """How many rounds to add for all of these."""
        begun = max(progress.rounds for progress in models)
        share = max(1, self._plan.method.rounds // self._plan.method.launches)
        return max(0, min(share if new_launch else math.ceil(begun * GROWTH), _cap(self._context) - begun))

    async def _is_unmet(self, progress: ModelProgress, run: RunRecord, *, new_launch: bool) -> bool:
        if progress.died or progress.samples_left or progress.rounds >= _cap(self._context):
            return False
        # Imported here: numpy is not needed to begin a run.
        from tui.measure.timing.precision import reach
        from tui.measure.timing.summary import rounds_of

        rounds: list[Sample] = rounds_of(run, progress.model.key)
        of_this_launch = {sample.launch for sample in rounds} == {progress.launch}
        # Additions that bring nothing, since each of their requests fails, would never end.
        if not (of_this_launch or new_launch) or len(rounds) <= self._seen.get(progress.model.key, 0):
            return False
        self._seen[progress.model.key] = len(rounds)
        # In a thread: the loop has a screen to draw. Nothing is measured meanwhile.
        reached = await asyncio.to_thread(reach, rounds, by_prompt=bool(self._plan.method.sweep))
        assert self._plan.method.until_interval is not None
        return reached is None or reached > self._plan.method.until_interval


def _cap(context: RunContext) -> int:
    return DEFAULT_MAX_ROUNDS if context.plan.method.max_rounds is None else context.plan.method.max_rounds
