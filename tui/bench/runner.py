"""Does a run and says what happens. The workbench and the headless command read the same events."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby

from tui.bench import events
from tui.bench.energy import EnergyMeter
from tui.bench.events import Event
from tui.bench.foresight import advice, look_ahead, observed
from tui.bench.ledger import Ledger, now
from tui.bench.memory_watch import MemoryWatch
from tui.bench.plan import Step, steps, total_samples
from tui.bench.rack import Rack, Seat
from tui.bench.recorder import Recorder
from tui.engines.engine import Completed, EngineDied, EngineError, Pieces, Request
from tui.measure import metrics
from tui.probes import host
from tui.records import (
    Environment,
    Fit,
    Load,
    Mode,
    Model,
    Outlook,
    Plan,
    Purpose,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
    SampleStatus,
    Verdict,
    VerdictKind,
)
from tui.store.history import History

log = logging.getLogger(__name__)


async def run(
    plan: Plan, *, rack: Rack, history: History | None, stop: asyncio.Event, known: Sequence[Model] = ()
) -> AsyncGenerator[Event, None]:
    """Do what the plan says, yielding events; a sample is in the history before its event is yielded.

    Setting ``stop`` cancels what is in flight and keeps what is finished; closing the generator does the same. The
    last event is ``RunFinished`` with the whole record. ``known`` are the models that advice may point to.
    """
    environment = await asyncio.to_thread(host.environment)
    conductor = _Conductor(plan, rack, history, environment, known)
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


async def _stop_when_set(stop: asyncio.Event, conductor: _Conductor, task: asyncio.Task[None]) -> None:
    await stop.wait()
    conductor.stop(task)


class _Lane:
    """How far one model has come in a run."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.seat: Seat | None = None
        self.fresh = False
        self.left = 0
        """Samples before it; none once it has died."""
        self.warm_ttft_ns: dict[str, int] = {}
        self.outlook: Outlook | None = None


class _Conductor:
    """One run from its first load to its last word; says its events into a queue, so that no reader holds it up."""

    def __init__(
        self, plan: Plan, rack: Rack, history: History | None, environment: Environment, known: Sequence[Model]
    ) -> None:
        self.said: asyncio.Queue[Event | None] = asyncio.Queue()
        self._plan = plan
        self._rack = rack
        self._lanes = [_Lane(model) for model in plan.models]
        self._steps = steps(plan)
        for lane in self._lanes:
            lane.left = len(self._steps)
        self._done = 0
        self._stopping = False
        self._history = history
        self._environment = environment
        self._known = known
        self._energy = EnergyMeter(plan, rack.sampler)

    def stop(self, task: asyncio.Task[None]) -> None:
        """Cancel the run once: a second cancel would break off the cleaning up."""
        if not self._stopping:
            self._stopping = True
            task.cancel()

    async def conduct(self) -> None:
        """Do the run; being cancelled is how it is stopped."""
        status = RunStatus.DONE
        record = RunRecord(
            run_id=f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            started_at=now(),
            plan=self._plan,
            environment=self._environment,
        )
        self._ledger = Ledger(record, self._history, lambda text: self._say(events.Notice(text=text)))
        self._say(events.RunStarted(run=record, total_samples=total_samples(self._plan)))
        self._memory = MemoryWatch(self._rack.sampler, self._ledger, self._say)
        memory = asyncio.create_task(self._memory.follow())
        try:
            await self._do()
        except asyncio.CancelledError:
            status = RunStatus.STOPPED
        finally:
            memory.cancel()
            await self._leave()
            self._say(events.RunFinished(run=self._ledger.close(status), status=status))
            self.said.put_nowait(None)

    async def _do(self) -> None:
        if self._plan.purpose is Purpose.BENCHMARK:
            for key in self._rack.loaded:
                await self._unload(key)
        await self._energy.rest()
        for launch, of_launch in groupby(self._steps, key=lambda step: step.launch):
            turns = tuple(of_launch)
            if self._plan.together:
                await self._do_together(launch, turns)
            else:
                await self._do_in_turn(launch, turns)

    async def _do_in_turn(self, launch: int, turns: Sequence[Step]) -> None:
        for lane in self._lanes:
            await self._load(lane, launch)
            for place, step in enumerate(turns):
                await self._cool_down(place)
                await self._measure(lane, step)
            await self._unload(lane.model.key)

    async def _do_together(self, launch: int, turns: Sequence[Step]) -> None:
        for lane in self._lanes:
            await self._load(lane, launch)
        for place, step in enumerate(turns):
            if self._plan.mode is Mode.SIDE_BY_SIDE:
                await self._cool_down(place)
                async with asyncio.TaskGroup() as group:
                    for lane in self._lanes:
                        group.create_task(self._measure(lane, step))
            else:
                for lane in self._lanes:
                    await self._cool_down(place)
                    await self._measure(lane, step)
        if launch < self._plan.launches:
            for lane in self._lanes:
                await self._unload(lane.model.key)

    async def _cool_down(self, place: int) -> None:
        """Let the machine rest before a sample, but not before a launch's first."""
        if place and self._plan.cool_down_s:
            await asyncio.sleep(self._plan.cool_down_s)

    async def _load(self, lane: _Lane, launch: int) -> None:
        model = lane.model
        if not lane.left:
            return
        lane.seat = self._rack.seat(model.key)
        if lane.seat is not None:
            self._ledger.add_load(lane.seat.load)
            return
        lane.outlook = outlook = await self._look_ahead(model)
        self._say(events.ModelLoading(key=model.key, model=model, launch=launch, outlook=outlook))
        self._memory.begin_load(model.key)
        forecast_bytes = outlook.forecast.total_bytes if outlook else None
        blank = Load(key=model.key, launch=launch, forecast_bytes=forecast_bytes)
        if outlook is not None and outlook.fit is Fit.WILL_NOT_FIT and not self._plan.force:
            self._give_up(lane, blank, Verdict(kind=VerdictKind.WILL_NOT_FIT, reason=outlook.words))
            return
        try:
            lane.seat = await self._rack.load(model, self._plan.load_timeout_s, launch)
        except EngineDied as error:
            self._give_up(lane, blank, error.verdict)
            return
        except Exception as error:
            log.exception("loading %s", model.key)
            self._give_up(lane, blank, _unexpected(error))
            return
        lane.fresh = True
        self._amend(lane, forecast_bytes=forecast_bytes)
        self._say(events.ModelLoaded(key=model.key, load=lane.seat.load))

    def _amend(self, lane: _Lane, **known: float | None) -> None:
        """Enter what has become known of a model's load."""
        if lane.seat is not None:
            lane.seat = replace(lane.seat, load=replace(lane.seat.load, **known))
            self._rack.amend(lane.seat.load)
            self._ledger.add_load(lane.seat.load)

    async def _look_ahead(self, model: Model) -> Outlook | None:
        reading = await asyncio.to_thread(host.memory, {})
        if self._rack.sampler is not None:
            reading = replace(reading, gpus=self._rack.sampler.gpus)
        return look_ahead(model, reading, self._rack.guard.floor_of(reading), self._ledger.observed())

    async def _measure(self, lane: _Lane, step: Step) -> None:
        """One sample, whatever comes of it; nothing when the model is gone."""
        if lane.seat is None:
            return
        lane.left -= 1
        recorder = Recorder(self._blank(lane, step))
        try:
            sample = await self._energy.of(lane.model, lambda: self._stream(lane, step, recorder))
        except asyncio.CancelledError:
            self._keep_sample(recorder.broken(SampleStatus.CANCELLED, "stopped"))
            raise
        except EngineError as error:
            self._keep_sample(recorder.broken(SampleStatus.FAILED, str(error)))
            if isinstance(error, EngineDied):
                await self._bury(lane, error.verdict)
            return
        except Exception as error:
            log.exception("a sample of %s", lane.model.key)
            self._keep_sample(recorder.broken(SampleStatus.FAILED, str(_unexpected(error))))
            await self._bury(lane, _unexpected(error))
            return
        finally:
            self._rack.settle(lane.model.key)
        self._keep_sample(self._flagged(lane, sample))
        if sample.kind is SampleKind.COLD:
            self._learn(lane, sample)

    def _learn(self, lane: _Lane, sample: Sample) -> None:
        """The first request brings the KV cache: with it the model has taken what it takes."""
        load = lane.seat.load if lane.seat else None
        peaks = [peak for peak in (load and load.peak_rss_bytes, sample.peak_rss_bytes) if peak]
        idle_watts = self._energy.idle_watts(lane.model.key)
        self._amend(lane, measured_bytes=max(peaks, default=None), idle_watts=idle_watts)
        seen = observed(lane.model, max(peaks, default=None))
        if seen is not None:
            self._ledger.observe(seen)

    async def _stream(self, lane: _Lane, step: Step, recorder: Recorder) -> Sample:
        assert lane.seat is not None
        key, plan = lane.model.key, self._plan
        self._memory.begin_sample(key)
        kind = self._kind(lane, step)
        lane.fresh = False
        self._say(events.SampleStarted(key=key, prompt=step.prompt, kind=kind, round=step.round))
        request = Request(
            prompt=step.prompt.text,
            system=step.prompt.system,
            max_tokens=step.prompt.max_tokens or plan.max_tokens,
            temperature=plan.temperature,
            seed=plan.seed,
        )
        async with contextlib.aclosing(lane.seat.engine.generate(request, plan.silence_timeout_s)) as answer:
            async for heard in answer:
                if isinstance(heard, Completed):
                    return replace(recorder.complete(heard), peak_vram_bytes=self._memory.peak_vram_bytes(key))
                first = not recorder.arrivals_ns
                recorder.receive(heard)
                self._say_pieces(key, heard, first, recorder)
        raise EngineDied(Verdict(kind=VerdictKind.CRASHED, reason="the answer has no end"))

    def _say_pieces(self, key: str, heard: Pieces, first: bool, recorder: Recorder) -> None:
        arrivals = recorder.arrivals_ns
        if first:
            self._rack.settle(key)
            self._say(events.FirstToken(key=key, ttft_ns=arrivals[0]))
        for reasoning, run_of in groupby(heard.pieces, key=lambda piece: piece.reasoning):
            if text := "".join(piece.text for piece in run_of):
                self._say(
                    events.TextReceived(
                        key=key, text=text, reasoning=reasoning, arrivals=len(arrivals), last_ns=arrivals[-1]
                    )
                )

    def _blank(self, lane: _Lane, step: Step) -> Sample:
        model = lane.model
        return Sample(
            key=model.key,
            alias=model.alias,
            model_id=model.model_id,
            execution_provider=model.execution_provider,
            context_tokens=model.used_context_tokens,
            mode=self._plan.mode,
            order=self._plan.order,
            launch=step.launch,
            prompt_id=step.prompt.id,
            prompt=step.prompt.text,
            round=step.round,
            kind=self._kind(lane, step),
            started_at=now(),
        )

    def _kind(self, lane: _Lane, step: Step) -> SampleKind:
        """The first request after a load is cold, also when it is a person's question."""
        return SampleKind.COLD if lane.fresh else step.kind

    def _flagged(self, lane: _Lane, sample: Sample) -> Sample:
        """Compare with the first warm time of the same prompt: a runtime may keep what it has already computed."""
        ttft_ns = metrics.ttft_ns(sample.timeline)
        if sample.kind is SampleKind.COLD or ttft_ns is None:
            return sample
        first_ns = lane.warm_ttft_ns.setdefault(sample.prompt_id, ttft_ns)
        if metrics.looks_cached(first_ns, ttft_ns):
            return replace(sample, flags=(*sample.flags, metrics.MAYBE_CACHED))
        return sample

    async def _bury(self, lane: _Lane, verdict: Verdict) -> None:
        launch = lane.seat.load if lane.seat else Load(key=lane.model.key)
        self._give_up(lane, await self._rack.unload(lane.model.key, in_haste=True) or launch, verdict)

    def _give_up(self, lane: _Lane, load: Load, verdict: Verdict) -> None:
        self._memory.read()
        load = replace(load, verdict=self._explained(lane, verdict))
        assert load.verdict is not None
        lane.seat = None
        self._done += lane.left
        self._ledger.add_load(load)
        self._say(events.ModelDied(key=load.key, load=load, verdict=load.verdict, skipped_samples=lane.left))
        lane.left = 0

    def _explained(self, lane: _Lane, verdict: Verdict) -> Verdict:
        """The verdict with the peak before the end and, where memory was the matter, what to try."""
        peaks = [peak for peak in (verdict.peak_rss_bytes, self._memory.peak_rss_bytes(lane.model.key)) if peak]
        tips: tuple[str, ...] = ()
        if verdict.kind in (VerdictKind.OUT_OF_MEMORY, VerdictKind.WILL_NOT_FIT):
            loaded = {key: self._memory.peak_rss_bytes(key) or 0 for key in self._rack.loaded}
            tips = advice(lane.model, lane.outlook, loaded, self._known)
        return replace(verdict, peak_rss_bytes=max(peaks, default=None), advice=tips)

    async def _unload(self, key: str) -> None:
        load = await self._rack.unload(key, in_haste=self._stopping)
        if load is None:
            return
        if any(lane.model.key == key and lane.seat is not None for lane in self._lanes):
            self._ledger.add_load(load)
        self._say(events.ModelUnloaded(key=key, left_bytes=load.left_bytes))

    async def _leave(self) -> None:
        """After a benchmark nothing stays loaded; after a question what is loaded stays, unless it has died."""
        for lane in self._lanes:
            if self._plan.purpose is Purpose.BENCHMARK or self._rack.seat(lane.model.key) is None:
                await self._unload(lane.model.key)

    def _keep_sample(self, sample: Sample) -> None:
        self._ledger.add_sample(sample)
        self._done += 1
        self._say(events.SampleFinished(key=sample.key, sample=sample, done_samples=self._done))

    def _say(self, event: Event) -> None:
        self.said.put_nowait(event)


def _unexpected(error: Exception) -> Verdict:
    return Verdict(kind=VerdictKind.CRASHED, reason=f"{type(error).__name__}: {error}")
