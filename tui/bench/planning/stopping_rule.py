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

from tui.bench.planning.steps import DEFAULT_MAX_ROUNDS
from tui.bench.run_context import ModelProgress, RunContext
from tui.records import Mode, RunRecord, Sample

GROWTH: Final = 0.2


class StoppingRule:
    """Which models of a run need more rounds, and how many."""

    def __init__(self, stage: RunContext) -> None:
        self._stage = stage
        self._plan = stage.plan
        self._seen: dict[str, int] = {}

    async def wanting(self, lanes: Sequence[ModelProgress], *, afresh: bool) -> list[ModelProgress]:
        """The lanes whose models need more rounds: in the launch that they are in, or ``afresh`` in another one.

        Side by side all go on together until the last has enough: fewer would share the machine otherwise.
        """
        if self._plan.method.until_interval is None:
            return []
        run = self._stage.ledger.run
        found = [lane for lane in lanes if await self._wants(lane, run, afresh=afresh)]
        if found and self._plan.method.mode is Mode.SIDE_BY_SIDE:
            return [lane for lane in lanes if not lane.over]
        return found

    def more(self, lanes: Sequence[ModelProgress], *, afresh: bool) -> int:
        """How many rounds to add for all of these."""
        begun = max(lane.rounds for lane in lanes)
        share = max(1, self._plan.method.rounds // self._plan.method.launches)
        return max(0, min(share if afresh else math.ceil(begun * GROWTH), _cap(self._stage) - begun))

    async def _wants(self, lane: ModelProgress, run: RunRecord, *, afresh: bool) -> bool:
        if lane.over or lane.left or lane.rounds >= _cap(self._stage):
            return False
        # Imported here: numpy is not needed to begin a run.
        from tui.measure.timing.precision import reach
        from tui.measure.timing.summary import rounds_of

        rounds: list[Sample] = rounds_of(run, lane.model.key)
        of_this_launch = {sample.launch for sample in rounds} == {lane.launch}
        # Additions that bring nothing, since each of their requests fails, would never end.
        if not (of_this_launch or afresh) or len(rounds) <= self._seen.get(lane.model.key, 0):
            return False
        self._seen[lane.model.key] = len(rounds)
        # In a thread: the loop has a screen to draw. Nothing is measured meanwhile.
        reached = await asyncio.to_thread(reach, rounds, by_prompt=bool(self._plan.method.sweep))
        assert self._plan.method.until_interval is not None
        return reached is None or reached > self._plan.method.until_interval


def _cap(stage: RunContext) -> int:
    return DEFAULT_MAX_ROUNDS if stage.plan.method.max_rounds is None else stage.plan.method.max_rounds
