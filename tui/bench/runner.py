"""Execute a run and emit its events. The workbench and the headless command read the same events."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from tui.bench import events
from tui.bench.concurrency import LoadLevel
from tui.bench.energy_meter import EnergyMeter
from tui.bench.events import Event
from tui.bench.ledger import Ledger, now
from tui.bench.loading import Loader
from tui.bench.measuring import Meter
from tui.bench.memory.watch import MemoryWatch
from tui.bench.model_pool import ModelPool
from tui.bench.planning.steps import SampleStep, launch_steps, remaining_steps, rounds_so_far
from tui.bench.planning.stopping_rule import StoppingRule
from tui.bench.run_context import ModelProgress, RunContext
from tui.bench.yardstick import Yardstick
from tui.config.fleet.machine import machine_identity
from tui.engines.contract import ServerWait
from tui.probes import host
from tui.records import Environment, Mode, Model, Plan, Purpose, RunRecord, RunStatus, SampleKind
from tui.records.sample import YARDSTICK
from tui.store.history import History

Turn = Mapping[ModelProgress, SampleStep]
"""The next step of each model. Side by side the steps run at the same time, otherwise one after the other."""

_ADDED: Final = 0
"""The launch number of a step that is added to the plan."""


async def run(
    plan: Plan,
    *,
    pool: ModelPool,
    history: History | None,
    stop: asyncio.Event,
    alternatives: Sequence[Model] = (),
    resuming: RunRecord | None = None,
    without_disturbed: bool = False,
) -> AsyncGenerator[Event, None]:
    """Execute a plan and yield its events; a sample is in the history before its event is yielded.

    Setting ``stop`` cancels what is in flight and keeps what is finished; closing the generator does the same. The
    last event is ``RunFinished`` with the whole record. ``alternatives`` are the models that advice may suggest.
    ``resuming`` is a run of this plan that goes on (``bench.resuming``) and that this process already owns
    (``History.take_over``). Its successful rounds are not repeated; all others are done in fresh launches of another
    segment. ``without_disturbed`` leaves disturbed rounds out where intervals decide on the number of rounds.
    """
    if resuming is None:
        record = RunRecord(
            run_id=f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            started_at=now(),
            plan=plan,
            environment=await asyncio.to_thread(_environment),
            owner=host.owner(),
        )
    else:
        record = resuming
    record = replace(record, without_disturbed=without_disturbed)
    loop = _RunLoop(record, pool, history, alternatives, resuming=resuming is not None)
    task = asyncio.create_task(loop.execute())
    stopper = asyncio.create_task(_stop_when_set(stop, loop, task))
    try:
        while (event := await loop.events.get()) is not None:
            yield event
        await task
    finally:
        stopper.cancel()
        loop.stop(task)
        # Unlike an await of the task, this wait does not pass on a second cancel, which would break off the clean-up.
        await asyncio.wait({task})


def _environment() -> Environment:
    machine = machine_identity()
    return replace(host.environment(), machine=machine.id, machine_name=machine.name)


async def _stop_when_set(stop: asyncio.Event, loop: _RunLoop, task: asyncio.Task[None]) -> None:
    await stop.wait()
    loop.stop(task)


async def _beat(ledger: Ledger) -> None:
    """Note again and again that this run is alive."""
    while True:
        await asyncio.sleep(host.BEAT_S)
        ledger.beat()


class _RunLoop:
    """Executes one run. It puts its events into a queue, so that a slow reader does not delay the run."""

    def __init__(
        self, run: RunRecord, pool: ModelPool, history: History | None, alternatives: Sequence[Model], *, resuming: bool
    ) -> None:
        self.events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._run = run
        self._plan = plan = run.plan
        self._remaining = remaining_steps(plan, run.samples)
        ledger = Ledger(run, history, lambda text: self._emit(events.Notice(text=text)), begun=resuming)
        self._context = RunContext(
            plan=plan,
            pool=pool,
            ledger=ledger,
            memory=MemoryWatch(pool.sampler, ledger, self._emit),
            energy=EnergyMeter(plan, pool.sampler),
            emit=self._emit,
            segment=1 + max((part.segment for part in (*run.loads, *run.samples)), default=0),
            alternatives=alternatives,
            done=self._remaining.finished,
        )
        self._loader = Loader(self._context)
        self._meter = Meter(self._context, self._loader)
        self._load_level = LoadLevel(self._context, self._loader, self._meter)
        self._stopping_rule = StoppingRule(self._context)
        self._yardstick = Yardstick(self._context, plan.models, _launches_used(run, YARDSTICK))
        self._models = [
            ModelProgress(
                model,
                self._remaining.samples[model.key],
                _launches_used(run, model.key),
                rounds_so_far(plan, run.samples, model.key),
            )
            for model in plan.models
        ]

    def stop(self, task: asyncio.Task[None]) -> None:
        """Cancel the run, but only once: a second cancel would break off the clean-up."""
        if not self._loader.in_haste:
            self._loader.in_haste = True
            task.cancel()

    async def execute(self) -> None:
        """Execute the run; cancelling this coroutine stops it."""
        context, status = self._context, RunStatus.STOPPED
        self._emit(
            events.RunStarted(run=self._run, total_samples=context.done + self._samples_left, done_samples=context.done)
        )
        context.ledger.name_others()
        context.pool.on_wait = self._tell_wait
        memory = asyncio.create_task(context.memory.follow())
        beat = asyncio.create_task(_beat(context.ledger))
        try:
            await self._measure_all()
            status = RunStatus.DONE
        except asyncio.CancelledError:
            pass
        finally:
            context.pool.on_wait = None
            memory.cancel()
            beat.cancel()
            try:
                await self._loader.release(self._models)
                await context.ledger.wait_for_lock()
            finally:
                # The last event is emitted after any error, because its readers would wait for it for ever.
                self._emit(events.RunFinished(run=context.ledger.close(status), status=status))
                self.events.put_nowait(None)

    def _tell_wait(self, key: str, wait: ServerWait) -> None:
        self._emit(
            events.ModelWaiting(key=key, waited_s=wait.waited_s, limit_s=wait.limit_s, asked=wait.asked, over=wait.over)
        )

    @property
    def _samples_left(self) -> int:
        return sum(progress.samples_left for progress in self._models)

    async def _measure_all(self) -> None:
        if self._plan.purpose is Purpose.BENCHMARK:
            for key in self._context.pool.loaded:
                await self._loader.unload(key)
        await self._context.energy.measure_rest()
        for launch in self._remaining.launches:
            async with self._yardstick.launched():
                for group in self._groups(self._models):
                    await self._launch(group, _GroupTurns(launch, group))
        while models := await self._stopping_rule.unmet(self._models, new_launch=True):
            async with self._yardstick.launched():
                for group in self._groups(models):
                    await self._launch(group, self._added_turns(group, new_launch=True))

    def _groups(self, models: Sequence[ModelProgress]) -> list[list[ModelProgress]]:
        """Group the models by which are in memory together."""
        return [list(models)] if self._plan.method.loaded_together else [[progress] for progress in models]

    async def _launch(self, group: Sequence[ModelProgress], turns: Iterable[Turn]) -> None:
        """Load the models that have steps in these turns, run the turns and any added rounds, and unload the models."""
        group = _models_of(turns, group)
        for progress in group:
            await self._loader.load(progress)
        await self._run_turns(turns)
        while models := await self._stopping_rule.unmet(group, new_launch=False):
            await self._run_turns(self._added_turns(models, new_launch=False), goes_on=True)
        if self._plan.purpose is Purpose.BENCHMARK or not self._plan.method.loaded_together:
            for progress in group:
                await self._loader.unload(progress.model.key, self._models)

    async def _run_turns(self, turns: Iterable[Turn], *, goes_on: bool = False) -> None:
        if self._plan.method.has_levels:
            await self._run_concurrent(turns)
            return
        for index, turn in enumerate(turns):
            if self._plan.method.mode is Mode.SIDE_BY_SIDE:
                await self._cool_down(goes_on or index > 0)
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(self._meter.measure(*owner_and_step)) for owner_and_step in turn.items()]
                await self._yardstick.take_turn([task.result() for task in tasks])
                continue
            for progress, step in turn.items():
                await self._cool_down(goes_on or index > 0)
                sample = await self._meter.measure(progress, step)
                await self._yardstick.take_turn(
                    [sample], "" if self._plan.method.loaded_together else progress.model.key
                )

    async def _run_concurrent(self, turns: Iterable[Turn]) -> None:
        steps = [(progress, step) for turn in turns for progress, step in turn.items()]
        for progress in dict.fromkeys(progress for progress, _ in steps):
            own = [step for owner, step in steps if owner is progress]
            before = [step for step in own if step.kind is not SampleKind.ROUND]
            for index, step in enumerate(before):
                await self._cool_down(index > 0)
                await self._meter.measure(progress, step)
            await self._load_level.run(progress, own[len(before) :])

    async def _cool_down(self, needed: bool) -> None:
        """Let the machine rest before a sample, except before the first sample of a launch."""
        if needed and self._plan.method.cool_down_s:
            await asyncio.sleep(self._plan.method.cool_down_s)

    def _added_turns(self, models: Sequence[ModelProgress], *, new_launch: bool) -> list[Turn]:
        """Plan further rounds for these models, numbered from the last round of each model on."""
        count = self._stopping_rule.next_rounds(models, new_launch=new_launch)
        added: dict[ModelProgress, list[SampleStep]] = {}
        for progress in models:
            whole = launch_steps(self._plan, _ADDED, range(progress.rounds + 1, progress.rounds + count + 1))
            added[progress] = [step for step in whole if new_launch or step.kind is SampleKind.ROUND]
            progress.rounds += count
            progress.samples_left += len(added[progress])
        turns: list[Turn] = [dict(zip(added, steps, strict=True)) for steps in zip(*added.values(), strict=True)]
        for progress in models:
            self._emit(
                events.RoundsAdded(
                    key=progress.model.key,
                    samples=len(turns),
                    total_samples=self._context.done + self._samples_left,
                    new_launch=new_launch,
                )
            )
        return turns

    def _emit(self, event: Event) -> None:
        self.events.put_nowait(event)


@dataclass(frozen=True, slots=True)
class _GroupTurns:
    """The turns of a launch, reduced to the steps of some models."""

    launch: Iterable[Mapping[str, SampleStep]]
    group: Sequence[ModelProgress]

    def __iter__(self) -> Iterator[Turn]:
        for step_of in self.launch:
            turn = {progress: step_of[progress.model.key] for progress in self.group if progress.model.key in step_of}
            if turn:
                yield turn


def _models_of(turns: Iterable[Turn], group: Sequence[ModelProgress]) -> list[ModelProgress]:
    """Return the models that have a step in any of these turns."""
    having = set[ModelProgress]()
    for turn in turns:
        having |= turn.keys()
        if len(having) == len(group):
            break
    return [progress for progress in group if progress in having]


def _launches_used(run: RunRecord, key: str) -> int:
    return max((part.launch for part in (*run.loads, *run.samples) if part.key == key), default=0)
