"""Loading and ending the models of a run: what is expected of them, what is learned, and how they die."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from tui.bench import events
from tui.bench.memory.fit import advice, observed_memory, predict_fit
from tui.bench.run_context import ModelProgress, RunContext
from tui.engines.contract import EngineDied
from tui.probes import host
from tui.records import ExitCause, ExitKind, Fit, FitForecast, Load, Model, Purpose, Sample

log = logging.getLogger(__name__)


class Loader:
    """Brings the models of a run into memory and out of it again."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self.in_haste = False
        """The run is being stopped: nobody waits to see whether memory comes back."""

    async def load(self, progress: ModelProgress) -> None:
        """Load the progress's model as its next launch, unless it is loaded already or has died."""
        model, context = progress.model, self._context
        if progress.died:
            return
        progress.loaded = context.pool.find(model.key)
        if progress.loaded is not None:
            context.ledger.add_load(progress.loaded.load)
            progress.launch = max(progress.launch, progress.loaded.load.launch)
            return
        progress.launch += 1
        progress.fit_forecast = outlook = await self._predict_fit(model)
        context.emit(events.ModelLoading(key=model.key, model=model, launch=progress.launch, fit_forecast=outlook))
        context.memory.begin_load(model.key)
        forecast_bytes = outlook.forecast.total_bytes if outlook else None
        blank = Load(key=model.key, launch=progress.launch, forecast_bytes=forecast_bytes, segment=context.segment)
        if outlook is not None and outlook.fit is Fit.WILL_NOT_FIT and not context.plan.force:
            self._mark_died(progress, blank, ExitCause(kind=ExitKind.WILL_NOT_FIT, reason=outlook.words))
            return
        try:
            progress.loaded = await context.pool.load(model, context.plan.load_timeout_s, progress.launch)
        except EngineDied as error:
            self._mark_died(progress, blank, error.cause)
            return
        except Exception as error:
            log.exception("loading %s", model.key)
            self._mark_died(progress, blank, unexpected_exit(error))
            return
        progress.just_loaded = True
        self._update_load(progress, forecast_bytes=forecast_bytes, segment=context.segment)
        context.emit(events.ModelLoaded(key=model.key, load=progress.loaded.load))

    def record_size(self, progress: ModelProgress, sample: Sample) -> None:
        """The first request brings the KV cache: with it the model has taken what it takes."""
        load = progress.loaded.load if progress.loaded else None
        peaks = [peak for peak in (load and load.peak_rss_bytes, sample.peak_rss_bytes) if peak]
        idle_watts = self._context.energy.idle_watts(progress.model.key)
        self._update_load(progress, measured_bytes=max(peaks, default=None), idle_watts=idle_watts)
        seen = observed_memory(progress.model, max(peaks, default=None))
        if seen is not None:
            self._context.ledger.add_observed_memory(seen)

    async def close_failed(self, progress: ModelProgress, cause: ExitCause) -> None:
        """End what is left of a model that has died, and skip the rest of its plan; once, whoever finds it first."""
        if progress.died:
            return
        progress.died = True
        launch = (
            progress.loaded.load if progress.loaded else Load(key=progress.model.key, segment=self._context.segment)
        )
        try:
            await self._context.pool.unload(progress.model.key, in_haste=True)
        finally:
            self._mark_died(progress, launch, cause)

    async def unload(self, key: str, models: Sequence[ModelProgress] = ()) -> None:
        """End a model's process; where it is one of the models', its load is kept with what is known of its end."""
        load = await self._context.pool.unload(key, in_haste=self.in_haste)
        if load is None:
            return
        if any(progress.model.key == key and progress.loaded is not None for progress in models):
            self._context.ledger.add_load(load)
        self._context.emit(events.ModelUnloaded(key=key, left_bytes=load.left_bytes))

    async def release(self, models: Sequence[ModelProgress]) -> None:
        """After a benchmark nothing stays loaded; after a question what is loaded stays, unless it has died."""
        for progress in models:
            if self._context.plan.purpose is Purpose.BENCHMARK or self._context.pool.find(progress.model.key) is None:
                await self.unload(progress.model.key, models)

    def _update_load(self, progress: ModelProgress, **known: float | None) -> None:
        """Enter what has become known of a model's load."""
        if progress.loaded is not None:
            progress.loaded = replace(progress.loaded, load=replace(progress.loaded.load, **known))
            self._context.pool.update_load(progress.loaded.load)
            self._context.ledger.add_load(progress.loaded.load)

    async def _predict_fit(self, model: Model) -> FitForecast | None:
        pool = self._context.pool
        reading = await asyncio.to_thread(host.memory, {})
        if pool.sampler is not None:
            reading = replace(reading, gpus=pool.sampler.gpus)
        return predict_fit(model, reading, pool.guard.floor_of(reading), self._context.ledger.observed_memory())

    def _mark_died(self, progress: ModelProgress, load: Load, cause: ExitCause) -> None:
        context = self._context
        context.memory.read()
        load = replace(load, verdict=self._with_advice(progress, cause))
        assert load.verdict is not None
        progress.loaded, progress.died = None, True
        context.done += progress.samples_left
        context.ledger.add_load(load)
        context.emit(
            events.ModelDied(key=load.key, load=load, cause=load.verdict, skipped_samples=progress.samples_left)
        )
        progress.samples_left = 0

    def _with_advice(self, progress: ModelProgress, cause: ExitCause) -> ExitCause:
        """The verdict with the peak before the end and, where memory was the matter, what to try."""
        memory = self._context.memory
        peaks = [peak for peak in (cause.peak_rss_bytes, memory.peak_rss_bytes(progress.model.key)) if peak]
        tips: tuple[str, ...] = ()
        if cause.kind in (ExitKind.OUT_OF_MEMORY, ExitKind.WILL_NOT_FIT):
            loaded = {key: memory.peak_rss_bytes(key) or 0 for key in self._context.pool.loaded}
            tips = advice(progress.model, progress.fit_forecast, loaded, self._context.alternatives)
        return replace(cause, peak_rss_bytes=max(peaks, default=None), advice=tips)


def unexpected_exit(error: Exception) -> ExitCause:
    """The verdict on a model whose engine raised what no engine should."""
    return ExitCause(kind=ExitKind.CRASHED, reason=f"{type(error).__name__}: {error}")
