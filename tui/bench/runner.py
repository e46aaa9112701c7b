"""Does a run and says what happens. The workbench and the headless command read the same events."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from tui.bench import events
from tui.bench.concurrency import LoadLevel
from tui.bench.energy import EnergyMeter
from tui.bench.events import Event
from tui.bench.ledger import Ledger, now
from tui.bench.loading import Loader
from tui.bench.measuring import Meter
from tui.bench.memory.watch import MemoryWatch
from tui.bench.model_pool import ModelPool
from tui.bench.planning.steps import SampleStep, agendas, launch_steps, place_of, rounds_begun, rounds_behind
from tui.bench.planning.stopping_rule import StoppingRule
from tui.bench.run_context import ModelProgress, RunContext
from tui.probes import host
from tui.records import Mode, Model, Plan, Purpose, RunRecord, RunStatus, SampleKind
from tui.store.history import History

Turn = Mapping[ModelProgress, SampleStep]
"""What each of these models is asked next: all of them at once side by side, else one after the other."""

_ADDED: Final = 0
"""The launch of a step that is in no plan."""


async def run(
    plan: Plan,
    *,
    rack: ModelPool,
    history: History | None,
    stop: asyncio.Event,
    known: Sequence[Model] = (),
    resuming: RunRecord | None = None,
) -> AsyncGenerator[Event, None]:
    """Do what the plan says, yielding events; a sample is in the history before its event is yielded.

    Setting ``stop`` cancels what is in flight and keeps what is finished; closing the generator does the same. The
    last event is ``RunFinished`` with the whole record. ``known`` are the models that advice may point to.
    ``resuming`` is a run of this plan that goes on (``bench.resuming``): its rounds that succeeded are not repeated,
    all others are done, in fresh launches of another segment. The history knows of it (``History.take_over``).
    """
    if resuming is None:
        record = RunRecord(
            run_id=f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            started_at=now(),
            plan=plan,
            environment=await asyncio.to_thread(host.environment),
            owner=host.owner(),
        )
    else:
        record = resuming
    conductor = _RunLoop(record, rack, history, known, resuming=resuming is not None)
    task = asyncio.create_task(conductor.conduct())
    stopper = asyncio.create_task(_stop_when_set(stop, conductor, task))
    try:
        while (event := await conductor.said.get()) is not None:
            yield event
        await task
    finally:
        stopper.cancel()
        conductor.stop(task)
        # A wait, unlike an await, does not pass a second cancel on into the cleaning up.
        await asyncio.wait({task})


async def _stop_when_set(stop: asyncio.Event, conductor: _RunLoop, task: asyncio.Task[None]) -> None:
    await stop.wait()
    conductor.stop(task)


class _RunLoop:
    """One run from its first load to its last word; says its events into a queue, so that no reader holds it up."""

    def __init__(
        self, run: RunRecord, rack: ModelPool, history: History | None, known: Sequence[Model], *, resuming: bool
    ) -> None:
        self.said: asyncio.Queue[Event | None] = asyncio.Queue()
        self._run = run
        self._plan = plan = run.plan
        to_do = agendas(plan, run.samples)
        ledger = Ledger(run, history, lambda text: self._say(events.Notice(text=text)), begun=resuming)
        self._stage = RunContext(
            plan=plan,
            rack=rack,
            ledger=ledger,
            memory=MemoryWatch(rack.sampler, ledger, self._say),
            energy=EnergyMeter(plan, rack.sampler),
            say=self._say,
            segment=1 + max((part.segment for part in (*run.loads, *run.samples)), default=0),
            known=known,
            done=sum(rounds_behind(run.samples, model.key, to_do[model.key]) for model in plan.models),
        )
        self._loader = Loader(self._stage)
        self._meter = Meter(self._stage, self._loader)
        self._crowd = LoadLevel(self._stage, self._loader, self._meter)
        self._ambition = StoppingRule(self._stage)
        self._lanes = [
            ModelProgress(
                model, to_do[model.key], _launches_used(run, model.key), rounds_begun(plan, run.samples, model.key)
            )
            for model in plan.models
        ]

    def stop(self, task: asyncio.Task[None]) -> None:
        """Cancel the run once: a second cancel would break off the cleaning up."""
        if not self._loader.in_haste:
            self._loader.in_haste = True
            task.cancel()

    async def conduct(self) -> None:
        """Do the run; being cancelled is how it is stopped."""
        stage, status = self._stage, RunStatus.STOPPED
        self._say(events.RunStarted(run=self._run, total_samples=stage.done + self._left, kept_samples=stage.done))
        memory = asyncio.create_task(stage.memory.follow())
        try:
            await self._do()
            status = RunStatus.DONE
        except asyncio.CancelledError:
            pass
        finally:
            memory.cancel()
            try:
                await self._loader.leave(self._lanes)
            finally:
                # Whatever went wrong: a run without its last event would be waited for without end.
                self._say(events.RunFinished(run=stage.ledger.close(status), status=status))
                self.said.put_nowait(None)

    @property
    def _left(self) -> int:
        return sum(lane.left for lane in self._lanes)

    async def _do(self) -> None:
        if self._plan.purpose is Purpose.BENCHMARK:
            for key in self._stage.rack.loaded:
                await self._loader.unload(key)
        await self._stage.energy.rest()
        for turns in self._planned():
            for party in self._parties(self._lanes):
                await self._launch(party, _of(turns, party))
        while lanes := await self._ambition.wanting(self._lanes, afresh=True):
            for party in self._parties(lanes):
                await self._launch(party, self._added(party, afresh=True))

    def _planned(self) -> list[list[Turn]]:
        """Launch by launch the turns that the plan asks for, as far as they are to be done."""
        missing = {step for lane in self._lanes for step in lane.agenda}
        turns = [
            {lane: replace(step, kind=lane.agenda[step]) for lane in self._lanes if step in lane.agenda}
            for step in sorted(missing, key=lambda step: place_of(self._plan, step))
        ]
        return [list(of) for _, of in groupby(turns, key=lambda turn: next(iter(turn.values())).launch)]

    def _parties(self, lanes: Sequence[ModelProgress]) -> list[list[ModelProgress]]:
        """The models that are in memory together."""
        return [list(lanes)] if self._plan.method.loaded_together else [[lane] for lane in lanes]

    async def _launch(self, party: Sequence[ModelProgress], turns: Sequence[Turn]) -> None:
        """Start the models that have something to do, ask them, go on where their numbers are not sure, end them."""
        party = [lane for lane in party if any(lane in turn for turn in turns)]
        for lane in party:
            await self._loader.load(lane)
        await self._play(turns)
        while lanes := await self._ambition.wanting(party, afresh=False):
            await self._play(self._added(lanes, afresh=False), goes_on=True)
        if self._plan.purpose is Purpose.BENCHMARK or not self._plan.method.loaded_together:
            for lane in party:
                await self._loader.unload(lane.model.key, self._lanes)

    async def _play(self, turns: Sequence[Turn], *, goes_on: bool = False) -> None:
        if self._plan.method.concurrent:
            await self._play_crowded(turns)
            return
        for place, turn in enumerate(turns):
            if self._plan.method.mode is Mode.SIDE_BY_SIDE:
                await self._cool_down(goes_on or place > 0)
                async with asyncio.TaskGroup() as group:
                    for lane, step in turn.items():
                        group.create_task(self._meter.measure(lane, step))
            else:
                for lane, step in turn.items():
                    await self._cool_down(goes_on or place > 0)
                    await self._meter.measure(lane, step)

    async def _play_crowded(self, turns: Sequence[Turn]) -> None:
        steps = [(lane, step) for turn in turns for lane, step in turn.items()]
        for lane in dict.fromkeys(lane for lane, _ in steps):
            own = [step for of_lane, step in steps if of_lane is lane]
            before = [step for step in own if step.kind is not SampleKind.ROUND]
            for place, step in enumerate(before):
                await self._cool_down(place > 0)
                await self._meter.measure(lane, step)
            await self._crowd.play(lane, own[len(before) :])

    async def _cool_down(self, needed: bool) -> None:
        """Let the machine rest before a sample, but not before a launch's first."""
        if needed and self._plan.method.cool_down_s:
            await asyncio.sleep(self._plan.method.cool_down_s)

    def _added(self, lanes: Sequence[ModelProgress], *, afresh: bool) -> list[Turn]:
        """More rounds for these models, numbered on from those that each has had."""
        count = self._ambition.more(lanes, afresh=afresh)
        of_lane: dict[ModelProgress, list[SampleStep]] = {}
        for lane in lanes:
            whole = launch_steps(self._plan, _ADDED, range(lane.rounds + 1, lane.rounds + count + 1))
            of_lane[lane] = [step for step in whole if afresh or step.kind is SampleKind.ROUND]
            lane.rounds += count
            lane.left += len(of_lane[lane])
        turns: list[Turn] = [dict(zip(of_lane, each, strict=True)) for each in zip(*of_lane.values(), strict=True)]
        for lane in lanes:
            self._say(
                events.RoundsAdded(
                    key=lane.model.key,
                    samples=len(turns),
                    total_samples=self._stage.done + self._left,
                    afresh=afresh,
                )
            )
        return turns

    def _say(self, event: Event) -> None:
        self.said.put_nowait(event)


def _of(turns: Sequence[Turn], party: Sequence[ModelProgress]) -> list[Turn]:
    """The turns as far as they are these models'."""
    found = ({lane: step for lane, step in turn.items() if lane in party} for turn in turns)
    return [turn for turn in found if turn]


def _launches_used(run: RunRecord, key: str) -> int:
    return max((part.launch for part in (*run.loads, *run.samples) if part.key == key), default=0)
