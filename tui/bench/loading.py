"""Loading and ending the models of a run: what is expected of them, what is learned, and how they die."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from tui.bench import events
from tui.bench.memory.fit import advice, look_ahead, observed
from tui.bench.run_context import ModelProgress, RunContext
from tui.engines.engine import EngineDied
from tui.probes import host
from tui.records import ExitCause, ExitKind, Fit, FitForecast, Load, Model, Purpose, Sample

log = logging.getLogger(__name__)


class Loader:
    """Brings the models of a run into memory and out of it again."""

    def __init__(self, stage: RunContext) -> None:
        self._stage = stage
        self.in_haste = False
        """The run is being stopped: nobody waits to see whether memory comes back."""

    async def load(self, lane: ModelProgress) -> None:
        """Load the lane's model as its next launch, unless it is loaded already or has died."""
        model, stage = lane.model, self._stage
        if lane.over:
            return
        lane.seat = stage.rack.seat(model.key)
        if lane.seat is not None:
            stage.ledger.add_load(lane.seat.load)
            lane.launch = max(lane.launch, lane.seat.load.launch)
            return
        lane.launch += 1
        lane.outlook = outlook = await self._look_ahead(model)
        stage.say(events.ModelLoading(key=model.key, model=model, launch=lane.launch, outlook=outlook))
        stage.memory.begin_load(model.key)
        forecast_bytes = outlook.forecast.total_bytes if outlook else None
        blank = Load(key=model.key, launch=lane.launch, forecast_bytes=forecast_bytes, segment=stage.segment)
        if outlook is not None and outlook.fit is Fit.WILL_NOT_FIT and not stage.plan.force:
            self._give_up(lane, blank, ExitCause(kind=ExitKind.WILL_NOT_FIT, reason=outlook.words))
            return
        try:
            lane.seat = await stage.rack.load(model, stage.plan.load_timeout_s, lane.launch)
        except EngineDied as error:
            self._give_up(lane, blank, error.verdict)
            return
        except Exception as error:
            log.exception("loading %s", model.key)
            self._give_up(lane, blank, unexpected(error))
            return
        lane.fresh = True
        self._amend(lane, forecast_bytes=forecast_bytes, segment=stage.segment)
        stage.say(events.ModelLoaded(key=model.key, load=lane.seat.load))

    def learn(self, lane: ModelProgress, sample: Sample) -> None:
        """The first request brings the KV cache: with it the model has taken what it takes."""
        load = lane.seat.load if lane.seat else None
        peaks = [peak for peak in (load and load.peak_rss_bytes, sample.peak_rss_bytes) if peak]
        idle_watts = self._stage.energy.idle_watts(lane.model.key)
        self._amend(lane, measured_bytes=max(peaks, default=None), idle_watts=idle_watts)
        seen = observed(lane.model, max(peaks, default=None))
        if seen is not None:
            self._stage.ledger.observe(seen)

    async def bury(self, lane: ModelProgress, verdict: ExitCause) -> None:
        """End what is left of a model that has died, and skip the rest of its plan; once, whoever finds it first."""
        if lane.over:
            return
        lane.over = True
        launch = lane.seat.load if lane.seat else Load(key=lane.model.key, segment=self._stage.segment)
        try:
            await self._stage.rack.unload(lane.model.key, in_haste=True)
        finally:
            self._give_up(lane, launch, verdict)

    async def unload(self, key: str, lanes: Sequence[ModelProgress] = ()) -> None:
        """End a model's process; where it is one of the lanes', its load is kept with what is known of its end."""
        load = await self._stage.rack.unload(key, in_haste=self.in_haste)
        if load is None:
            return
        if any(lane.model.key == key and lane.seat is not None for lane in lanes):
            self._stage.ledger.add_load(load)
        self._stage.say(events.ModelUnloaded(key=key, left_bytes=load.left_bytes))

    async def leave(self, lanes: Sequence[ModelProgress]) -> None:
        """After a benchmark nothing stays loaded; after a question what is loaded stays, unless it has died."""
        for lane in lanes:
            if self._stage.plan.purpose is Purpose.BENCHMARK or self._stage.rack.seat(lane.model.key) is None:
                await self.unload(lane.model.key, lanes)

    def _amend(self, lane: ModelProgress, **known: float | None) -> None:
        """Enter what has become known of a model's load."""
        if lane.seat is not None:
            lane.seat = replace(lane.seat, load=replace(lane.seat.load, **known))
            self._stage.rack.amend(lane.seat.load)
            self._stage.ledger.add_load(lane.seat.load)

    async def _look_ahead(self, model: Model) -> FitForecast | None:
        rack = self._stage.rack
        reading = await asyncio.to_thread(host.memory, {})
        if rack.sampler is not None:
            reading = replace(reading, gpus=rack.sampler.gpus)
        return look_ahead(model, reading, rack.guard.floor_of(reading), self._stage.ledger.observed())

    def _give_up(self, lane: ModelProgress, load: Load, verdict: ExitCause) -> None:
        stage = self._stage
        stage.memory.read()
        load = replace(load, verdict=self._explained(lane, verdict))
        assert load.verdict is not None
        lane.seat, lane.over = None, True
        stage.done += lane.left
        stage.ledger.add_load(load)
        stage.say(events.ModelDied(key=load.key, load=load, verdict=load.verdict, skipped_samples=lane.left))
        lane.left = 0

    def _explained(self, lane: ModelProgress, verdict: ExitCause) -> ExitCause:
        """The verdict with the peak before the end and, where memory was the matter, what to try."""
        memory = self._stage.memory
        peaks = [peak for peak in (verdict.peak_rss_bytes, memory.peak_rss_bytes(lane.model.key)) if peak]
        tips: tuple[str, ...] = ()
        if verdict.kind in (ExitKind.OUT_OF_MEMORY, ExitKind.WILL_NOT_FIT):
            loaded = {key: memory.peak_rss_bytes(key) or 0 for key in self._stage.rack.loaded}
            tips = advice(lane.model, lane.outlook, loaded, self._stage.known)
        return replace(verdict, peak_rss_bytes=max(peaks, default=None), advice=tips)


def unexpected(error: Exception) -> ExitCause:
    """The verdict on a model whose engine raised what no engine should."""
    return ExitCause(kind=ExitKind.CRASHED, reason=f"{type(error).__name__}: {error}")
