"""Measure several requests in flight to one server, level by level, to see how rates and waits change with the load."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from tui.bench import events
from tui.bench.loading import Loader
from tui.bench.measuring import Meter
from tui.bench.planning.arrivals import due_times_s
from tui.bench.planning.steps import SampleStep
from tui.bench.run_context import ModelProgress, RunContext
from tui.engines.contract import EngineDied, RequestFailed
from tui.records import ASKED_TO_WAIT, Sample, SampleStatus

MOST_IN_FLIGHT: Final = 64
"""The connections of an open loop. A request that arrives while all are in use waits for one, which counts."""
AHEAD_S: Final = 0.3
"""How long after the connections are open the client gets a request that is due at the start of the schedule."""


class LoadLevel:
    """Measures the levels of a plan, each with a number of requests in flight."""

    def __init__(self, context: RunContext, loader: Loader, meter: Meter) -> None:
        self._context = context
        self._loader = loader
        self._meter = meter

    async def run(self, progress: ModelProgress, steps: Sequence[SampleStep]) -> None:
        """Measure one level after the other, the lowest first, up to one at which the server fails or asks to wait.

        Higher levels are left out in this launch and in later ones, so that a server is not driven into the same
        failure again.
        """
        for (rate, level), steps_of_level in groupby(steps, key=lambda step: (step.arrivals_per_s, step.concurrency)):
            of_level = list(steps_of_level)
            if rate is not None:
                await self._run_arrivals(progress, rate, of_level)
                continue
            if progress.died or (progress.max_concurrency is not None and level > progress.max_concurrency):
                self._skip(progress, len(of_level))
                continue
            if self._context.plan.method.cool_down_s:
                await asyncio.sleep(self._context.plan.method.cool_down_s)
            try:
                trouble = await self._run_level(progress, level, of_level)
            except RequestFailed as error:
                self._skip(progress, len(of_level))
                progress.max_concurrency = _next_lower(level)
                self._notify(f"{progress.model.key}: {error.cause.reason}; no more are asked for.")
                continue
            if trouble:
                progress.max_concurrency = _next_lower(level)
                self._notify_left_out(progress, level, trouble)

    async def _run_arrivals(self, progress: ModelProgress, per_s: float, steps: Sequence[SampleStep]) -> None:
        """Measure one rate of arrivals: each request is sent when it is due, however many are in flight."""
        if progress.died:
            return
        if self._context.plan.method.cool_down_s:
            await asyncio.sleep(self._context.plan.method.cool_down_s)
        try:
            opened = await self._open_connections(progress, min(len(steps), MOST_IN_FLIGHT))
        except RequestFailed as error:
            opened = False
            self._notify(f"{progress.model.key}: {error.cause.reason}; {per_s:g}/s is left out.")
        if not opened:
            self._skip(progress, len(steps))
            return
        begun_s, sent = time.monotonic(), 0
        due_s = due_times_s(per_s, len(steps), self._context.plan.method.arrival_seed, steps[0].launch)
        async with asyncio.TaskGroup() as group:
            for step, due in zip(steps, due_s, strict=True):
                # The client gets each request a little before it is due, and keeps the time.
                await asyncio.sleep(max(0.0, begun_s + due + AHEAD_S - time.monotonic()))
                if progress.died:
                    break
                sent += 1
                group.create_task(self._meter.measure(progress, step, round(due * 1e9)))
        self._skip(progress, len(steps) - sent)

    async def _run_level(self, progress: ModelProgress, level: int, steps: Sequence[SampleStep]) -> list[Sample]:
        """Measure one level, and return the samples that failed or were asked to wait.

        Each connection sends its next request as soon as its last one is answered: as many as are in flight wait in
        the client for a free connection, so that no connection rests while this process is busy. After a failure with
        several requests in flight no further one is begun, because more load would not help the server.

        Raises:
            RequestFailed: the server does not take so many connections.
        """
        if not await self._open_connections(progress, level):
            return []
        waiting, trouble = deque(steps), list[Sample]()

        async def keep_asking() -> None:
            while waiting and not progress.died:
                if level > 1 and any(sample.status is SampleStatus.FAILED for sample in trouble):
                    break
                sample = await self._meter.measure(progress, waiting.popleft())
                if sample is not None and _failed_or_waited(sample):
                    trouble.append(sample)

        async with asyncio.TaskGroup() as group:
            for _ in range(2 * level if level > 1 else 1):
                group.create_task(keep_asking())
        self._skip(progress, len(waiting))
        return trouble

    async def _open_connections(self, progress: ModelProgress, level: int) -> bool:
        """Open the connections that a level needs, and tell whether that succeeded; a model that died is closed.

        Raises:
            RequestFailed: the server does not take so many connections.
        """
        if progress.loaded is None:
            return False
        try:
            await progress.loaded.engine.open_connections(level)
        except EngineDied as error:
            await self._loader.close_failed(progress, error.cause)
            return False
        return True

    def _skip(self, progress: ModelProgress, count: int) -> None:
        """Count requests that are not sent as done; those of a model that has died are counted already."""
        if not progress.died:
            progress.samples_left -= count
            self._context.done += count

    def _notify_left_out(self, progress: ModelProgress, level: int, trouble: Sequence[Sample]) -> None:
        failed = [sample for sample in trouble if sample.status is SampleStatus.FAILED]
        what = f"requests fail ({failed[0].error})" if failed else "the server asks to wait"
        higher = [other for other in self._context.plan.method.concurrency if other > level]
        if higher:
            left_out = ", ".join(map(str, higher))
            self._notify(f"{progress.model.key}: with {level} at once {what}, so {left_out} at once are left out.")

    def _notify(self, text: str) -> None:
        self._context.emit(events.Notice(text=text))


def _next_lower(level: int) -> int:
    """Return the level below one; it is at least 1, because a single request fails for another reason than load."""
    return max(1, level - 1)


def _failed_or_waited(sample: Sample) -> bool:
    return sample.status is SampleStatus.FAILED or ASKED_TO_WAIT in sample.flags
