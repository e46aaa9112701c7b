"""Load and unload the models of a run, record the memory that they take, and deal with models that die."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tui.bench import events
from tui.bench.memory.fit import advice, longest_prompt_tokens, observed_memory, predict_fit
from tui.bench.run_context import ModelProgress, RunContext
from tui.engines.contract import Completed, EngineDied
from tui.probes import host
from tui.records import ExitCause, ExitKind, Fit, FitForecast, Load, Model, Purpose, Sample, SampleKind

log = logging.getLogger(__name__)

_MUCH_LONGER: Final = 1.5
"""A prompt that is longer than an earlier one by this factor teaches forecasts something."""


class Loader:
    """Loads and unloads the models of a run."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self.in_haste = False
        """Whether the run is being stopped, so that unloading does not wait for memory to return."""

    async def load(self, progress: ModelProgress) -> None:
        """Load a model as its next launch, unless it is loaded already or has died.

        A model that is not expected to fit is not loaded, unless the plan forces it; a load that fails marks the model
        as dead.
        """
        model, context = progress.model, self._context
        if progress.died:
            return
        progress.loaded = context.pool.find(model.key)
        if progress.loaded is not None:
            context.ledger.add_load(progress.loaded.load)
            progress.launch = max(progress.launch, progress.loaded.load.launch)
            return
        progress.launch += 1
        content = context.plan.content_of(model.key)
        if content is not None and content.missing:
            absent = Load(key=model.key, launch=progress.launch, segment=context.segment)
            self._mark_died(progress, absent, ExitCause(kind=ExitKind.REFUSED, reason=content.missing))
            return
        progress.fit_forecast = fit_forecast = await self._predict_fit(model)
        context.emit(events.ModelLoading(key=model.key, model=model, launch=progress.launch, fit_forecast=fit_forecast))
        context.memory.begin_load(model.key)
        forecast_bytes = fit_forecast.forecast.total_bytes if fit_forecast else None
        blank = Load(key=model.key, launch=progress.launch, forecast_bytes=forecast_bytes, segment=context.segment)
        if fit_forecast is not None and fit_forecast.fit is Fit.WILL_NOT_FIT and not context.plan.force:
            self._mark_died(progress, blank, ExitCause(kind=ExitKind.WILL_NOT_FIT, reason=fit_forecast.words))
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
        """Record the most memory of a model so far after a request, and learn from it what forecasts do not know yet.

        They learn from the first request, whose KV cache completes the memory, and from one with a much longer prompt.
        What the system has taken back of the model's files counts too: with more room the model takes it again.
        """
        if progress.loaded is None or sample.peak_rss_bytes is None:
            return
        load = progress.loaded.load
        # A GPU with memory of its own holds the weights of its models, and that memory is what was forecast.
        of_vram = not progress.model.on_cpu and sample.peak_vram_bytes is not None
        peak_bytes = max(load.peak_rss_bytes or 0, sample.peak_rss_bytes + progress.taken_back_bytes)
        if of_vram:
            peak_bytes = max(load.measured_bytes or 0, sample.peak_vram_bytes or 0)
        if sample.kind is SampleKind.COLD:
            progress.learned_prompt_tokens = None
            idle_watts = self._context.energy.idle_watts(progress.model.key)
            self._update_load(progress, measured_bytes=peak_bytes, idle_watts=idle_watts)
        elif peak_bytes > (load.measured_bytes or 0):
            self._update_load(progress, measured_bytes=peak_bytes)
        prompt_tokens = sample.timeline.prompt_tokens or 0
        learned = progress.learned_prompt_tokens
        if learned is not None and prompt_tokens < learned * _MUCH_LONGER:
            return
        progress.learned_prompt_tokens = prompt_tokens
        observation = observed_memory(progress.model, peak_bytes, prompt_tokens, of_vram=of_vram)
        if observation is not None:
            self._context.ledger.add_observed_memory(observation)

    def note_end(self, progress: ModelProgress, completed: Completed) -> None:
        """Note what the end of an answer tells of the load: its memory, and the time that a server loaded before it."""
        progress.taken_back_bytes = completed.taken_back_bytes
        if completed.load_ns is not None and progress.loaded is not None:
            self._update_load(progress, load_ns=(progress.loaded.load.load_ns or 0) + completed.load_ns)

    async def close_failed(self, progress: ModelProgress, cause: ExitCause) -> None:
        """End the process of a model that has failed, and skip the rest of its samples.

        Several requests in flight may find the failure; only the first call has an effect.
        """
        if progress.died:
            return
        progress.died = True
        key = progress.model.key
        load = progress.loaded.load if progress.loaded else Load(key=key, segment=self._context.segment)
        try:
            await self._context.pool.unload(key, in_haste=True)
        finally:
            self._mark_died(progress, load, cause)

    async def unload(self, key: str, models: Sequence[ModelProgress] = ()) -> None:
        """End the process of a model; if it is one of ``models``, its load is stored with the memory left behind."""
        load = await self._context.pool.unload(key, in_haste=self.in_haste)
        if load is None:
            return
        if any(progress.model.key == key and progress.loaded is not None for progress in models):
            self._context.ledger.add_load(load)
        self._context.emit(events.ModelUnloaded(key=key, left_bytes=load.left_bytes))

    async def release(self, models: Sequence[ModelProgress]) -> None:
        """Unload all models after a benchmark; after a question unload those alone whose process has ended."""
        for progress in models:
            if self._context.plan.purpose is Purpose.BENCHMARK or self._context.pool.find(progress.model.key) is None:
                await self.unload(progress.model.key, models)

    def _update_load(self, progress: ModelProgress, **changes: float | None) -> None:
        """Change fields of the load of a model, in the pool and in the ledger too."""
        if progress.loaded is not None:
            progress.loaded = replace(progress.loaded, load=replace(progress.loaded.load, **changes))
            self._context.pool.update_load(progress.loaded.load)
            self._context.ledger.add_load(progress.loaded.load)

    async def _predict_fit(self, model: Model) -> FitForecast | None:
        pool = self._context.pool
        reading = await asyncio.to_thread(host.memory, {})
        if pool.sampler is not None:
            reading = replace(reading, gpus=pool.sampler.gpus)
        observations, prompts = self._context.ledger.observed_memory(), self._context.plan.prompts
        return predict_fit(model, reading, pool.guard.floor_of(reading), observations, longest_prompt_tokens(prompts))

    def _mark_died(self, progress: ModelProgress, load: Load, cause: ExitCause) -> None:
        context, skipped = self._context, progress.samples_left
        context.memory.read()
        cause = self._with_advice(progress, cause)
        load = replace(load, verdict=cause)
        progress.loaded, progress.died, progress.samples_left = None, True, 0
        context.done += skipped
        context.ledger.add_load(load)
        log.warning("%s ended (%s); its last lines:\n%s", load.key, cause, "\n".join(cause.stderr_tail))
        context.emit(events.ModelDied(key=load.key, load=load, cause=cause, skipped_samples=skipped))

    def _with_advice(self, progress: ModelProgress, cause: ExitCause) -> ExitCause:
        """Add the peak memory before the end to a cause and, if memory was the reason, advice on what to try."""
        memory = self._context.memory
        peaks = [peak for peak in (cause.peak_rss_bytes, memory.peak_rss_bytes(progress.model.key)) if peak]
        tips: tuple[str, ...] = ()
        if cause.kind in (ExitKind.OUT_OF_MEMORY, ExitKind.WILL_NOT_FIT):
            loaded = {key: memory.peak_rss_bytes(key) or 0 for key in self._context.pool.loaded}
            tips = advice(progress.model, progress.fit_forecast, loaded, self._context.alternatives)
        return replace(cause, peak_rss_bytes=max(peaks, default=None), advice=tips)


def unexpected_exit(error: Exception) -> ExitCause:
    """Make an exit cause of an exception that no engine should raise."""
    return ExitCause(kind=ExitKind.CRASHED, reason=f"{type(error).__name__}: {error}")
