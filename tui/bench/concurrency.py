"""Several requests to one server at once, level by level: how rates and waits change with their number."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import groupby

from tui.bench import events
from tui.bench.loading import Loader
from tui.bench.measuring import Meter
from tui.bench.planning.steps import SampleStep
from tui.bench.run_context import ModelProgress, RunContext
from tui.engines.engine import EngineDied, RequestFailed
from tui.records import Sample, SampleStatus
from tui.records.flags import ASKED_TO_WAIT


class LoadLevel:
    """Plays the steps of one model that are not one at a time."""

    def __init__(self, stage: RunContext, loader: Loader, meter: Meter) -> None:
        self._stage = stage
        self._loader = loader
        self._meter = meter

    async def play(self, lane: ModelProgress, steps: Sequence[SampleStep]) -> None:
        """One level after the other, the lowest first, until one at which the server fails or asks to wait.

        Later launches end below that level: a server is not driven into the same failure again.
        """
        for level, found in groupby(steps, key=lambda step: step.concurrency):
            of_level = list(found)
            if lane.over or (lane.most_at_once is not None and level > lane.most_at_once):
                self._leave_out(lane, len(of_level))
                continue
            if self._stage.plan.method.cool_down_s:
                await asyncio.sleep(self._stage.plan.method.cool_down_s)
            try:
                trouble = await self._level(lane, level, of_level)
            except RequestFailed as error:
                self._leave_out(lane, len(of_level))
                lane.most_at_once = _below(level)
                self._say(f"{lane.model.key}: {error.verdict.reason}; no more are asked for.")
                continue
            if trouble:
                lane.most_at_once = _below(level)
                self._tell(lane, level, trouble)

    async def _level(self, lane: ModelProgress, level: int, steps: Sequence[SampleStep]) -> list[Sample]:
        """The requests of a level that went wrong, or were asked to wait.

        Each connection sends its next request as soon as its last is answered. After a failure with several in flight
        no further one is begun: whatever made it fail, more of the same is not what the server needs.

        Raises:
            RequestFailed: the server does not take so many connections.
        """
        if not await self._widened(lane, level):
            return []
        waiting, trouble = deque(steps), list[Sample]()

        async def keep_asking() -> None:
            while waiting and not lane.over:
                if level > 1 and any(each.status is SampleStatus.FAILED for each in trouble):
                    break
                sample = await self._meter.measure(lane, waiting.popleft())
                if sample is not None and _troubled(sample):
                    trouble.append(sample)

        async with asyncio.TaskGroup() as group:
            for _ in range(level):
                group.create_task(keep_asking())
        self._leave_out(lane, len(waiting))
        return trouble

    async def _widened(self, lane: ModelProgress, level: int) -> bool:
        """Whether there are as many connections as the level needs; a model of which there are not is ended."""
        if lane.seat is None:
            return False
        try:
            await lane.seat.engine.open_connections(level)
        except EngineDied as error:
            await self._loader.bury(lane, error.verdict)
            return False
        return True

    def _leave_out(self, lane: ModelProgress, count: int) -> None:
        """Requests that are not sent count as done; those of a model that has died do already."""
        if not lane.over:
            lane.left -= count
            self._stage.done += count

    def _tell(self, lane: ModelProgress, level: int, trouble: Sequence[Sample]) -> None:
        failed = [each for each in trouble if each.status is SampleStatus.FAILED]
        what = f"requests fail ({failed[0].error})" if failed else "the server asks to wait"
        higher = [each for each in self._stage.plan.method.concurrency if each > level]
        if higher:
            left_out = ", ".join(map(str, higher))
            self._say(f"{lane.model.key}: with {level} at once {what}, so {left_out} at once are left out.")

    def _say(self, text: str) -> None:
        self._stage.say(events.Notice(text=text))


def _below(level: int) -> int:
    """One at a time is always asked for: what fails then fails for another reason."""
    return max(1, level - 1)


def _troubled(sample: Sample) -> bool:
    return sample.status is SampleStatus.FAILED or ASKED_TO_WAIT in sample.flags
