"""Measure one sample, from its request to its record."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection
from dataclasses import replace
from itertools import groupby

from tui.bench import events
from tui.bench.fresh_prompts import fresh_text, is_fresh
from tui.bench.ledger import now
from tui.bench.loading import Loader, unexpected_exit
from tui.bench.planning.steps import SampleStep
from tui.bench.recorder import Recorder, lacks_count, with_count
from tui.bench.run_context import ModelProgress, RunContext
from tui.engines.contract import Completed, CountsTokens, EngineDied, EngineError, NotSent, Pieces, Request
from tui.engines.foundry.providers import runs_as_made
from tui.measure.disturbance import MachineCounters, disturbances, mean_pace_ns, other_cores
from tui.measure.timing import metrics
from tui.measure.timing.prompt_limit import is_at_limit
from tui.probes.disturbance import CounterReader
from tui.records import (
    MAYBE_CACHED,
    OTHER_PROVIDER,
    PROMPT_CUT,
    Disturbance,
    ExitCause,
    ExitKind,
    Mode,
    Model,
    Purpose,
    Sample,
    SampleKind,
    SampleStatus,
)
from tui.records.engine_traits import traits_of
from tui.text import secrets

log = logging.getLogger(__name__)


class Meter:
    """Sends requests to the models of a run, and stores the sample of each."""

    def __init__(self, context: RunContext, loader: Loader) -> None:
        self._context = context
        self._loader = loader
        self._counter_reader = CounterReader()
        self._of_server = any(_runs_in_another_program(model) for model in context.plan.models)

    async def measure(self, progress: ModelProgress, step: SampleStep, due_ns: int | None = None) -> Sample | None:
        """Measure and store one sample, also if the request fails or is cancelled.

        ``due_ns`` is when the request arrives, from the start of the schedule of its level.

        Returns ``None`` if the model is not loaded. A model whose process has ended is closed.
        """
        if progress.loaded is None:
            return None
        progress.samples_left -= 1
        recorder = Recorder(self._blank(progress, step))
        recorder.begun = not step.crowded
        began = self._context.memory.newest
        try:
            with self._counter_reader.stall_watch.watching(self._context.pool.pids):
                sample = await self._measured(progress, step, recorder, due_ns)
        except asyncio.CancelledError:
            if recorder.begun:
                self._store(recorder.stopped(self._context.memory.rss_bytes_since(progress.model.key, began)))
            raise
        except NotSent:
            self._context.done += 1
            return None
        except EngineError as error:
            failed = self._store(recorder.incomplete(SampleStatus.FAILED, str(error)))
            if isinstance(error, EngineDied):
                await self._loader.close_failed(progress, error.cause)
            return failed
        except Exception as error:
            log.exception("a sample of %s", progress.model.key)
            failed = self._store(recorder.incomplete(SampleStatus.FAILED, str(unexpected_exit(error))))
            await self._loader.close_failed(progress, unexpected_exit(error))
            return failed
        finally:
            self._context.pool.settle(progress.model.key)
        try:
            sample = await self._with_tokens_counted(progress, step, sample)
        finally:
            stored = self._store(_flagged(progress, sample))
        self._loader.record_size(progress, sample)
        return stored

    async def _measured(
        self, progress: ModelProgress, step: SampleStep, recorder: Recorder, due_ns: int | None
    ) -> Sample:
        """Have the request answered; if a person stops this one answer, give its sample as far as it has come."""
        measured = self._context.energy.measure(progress.model, lambda: self._stream(progress, step, recorder, due_ns))
        if self._context.plan.purpose is Purpose.BENCHMARK:
            return await measured
        scope, began = self._context.pool.begin_answer(progress.model.key), self._context.memory.newest
        try:
            async with scope:
                return await measured
        except TimeoutError:
            if not scope.expired():
                raise
            return recorder.stopped(self._context.memory.rss_bytes_since(progress.model.key, began))
        finally:
            self._context.pool.end_answer(progress.model.key)

    async def _stream(
        self, progress: ModelProgress, step: SampleStep, recorder: Recorder, due_ns: int | None
    ) -> Sample:
        assert progress.loaded is not None
        key, plan, memory = progress.model.key, self._context.plan, self._context.memory
        memory.begin_sample(key)
        began = memory.newest
        kind = _kind(progress, step)
        progress.just_loaded = False
        self._context.emit(
            events.SampleStarted(key=key, prompt=step.prompt, kind=kind, round=step.round, turn=plan.turn_of(key))
        )
        request = Request(
            prompt=self._prompt_text(progress, step),
            fresh=is_fresh(plan, progress.model),
            system=step.prompt.system,
            earlier=plan.earlier.get(key, ()),
            max_tokens=step.prompt.max_tokens or plan.method.max_tokens,
            temperature=plan.method.temperature,
            seed=plan.method.seed,
            time_limit_s=plan.method.time_limit_s,
            per_second=plan.method.max_per_second,
            up_to_context=plan.purpose is Purpose.ASK,
            queued=step.crowded,
            due_ns=due_ns,
        )
        pids = self._context.pool.pids
        alone = plan.method.mode is Mode.ONE_BY_ONE and not step.crowded
        before = self._counters(step, pids, with_pace=alone)
        async with contextlib.aclosing(progress.loaded.engine.generate(request, plan.silence_timeout_s)) as answer:
            async for frame in answer:
                if isinstance(frame, Completed):
                    memory.read()
                    self._loader.note_end(progress, frame)
                    after = self._counters(step, pids, with_pace=alone)
                    complete = _with_provider(progress.model, recorder.complete(frame), frame.execution_provider)
                    return replace(
                        complete,
                        peak_rss_bytes=complete.peak_rss_bytes or memory.rss_bytes_since(key, began),
                        peak_vram_bytes=memory.peak_vram_bytes(key),
                        disturbances=self._disturbances(key, before, after),
                        pace_ns=mean_pace_ns(before, after),
                        other_cores=other_cores(before, after, of_server=self._of_server),
                    )
                first = not recorder.arrivals_ns
                recorder.receive(frame)
                # The texts of several requests in flight would be mixed in one stream.
                if not step.crowded:
                    self._emit_pieces(key, frame, first, recorder)
        raise EngineDied(ExitCause(kind=ExitKind.CRASHED, reason="the answer has no end"))

    async def _with_tokens_counted(self, progress: ModelProgress, step: SampleStep, sample: Sample) -> Sample:
        """Have the server's tokenizer count the tokens of an answer that came without a count.

        While other requests of the run may be in flight this would change their times, and the estimate stays.
        """
        plan, engine = self._context.plan, None if progress.loaded is None else progress.loaded.engine
        alone = not step.crowded and (plan.method.mode is Mode.ONE_BY_ONE or len(plan.models) == 1)
        if not alone or not lacks_count(sample) or not isinstance(engine, CountsTokens):
            return sample
        count = await engine.count_tokens(sample.reasoning + sample.text)
        return sample if count is None else with_count(sample, count)

    def _counters(self, step: SampleStep, pids: Collection[int], *, with_pace: bool) -> MachineCounters:
        if step.crowded:
            return self._counter_reader.read_shared(pids, self._context.pool.server_pids)
        return self._counter_reader.read(pids, self._context.pool.server_pids, with_pace=with_pace)

    def _prompt_text(self, progress: ModelProgress, step: SampleStep) -> str:
        context, text = self._context, step.prompt.text
        if not is_fresh(context.plan, progress.model):
            return text
        return fresh_text(text, context.ledger.run_id, context.segment, progress.launch, step)

    def _disturbances(self, key: str, before: MachineCounters, after: MachineCounters) -> tuple[Disturbance, ...]:
        return disturbances(
            before,
            after,
            gpu_throttled=self._context.memory.gpu_throttled(key),
            best_pace_ns=self._counter_reader.best_pace_ns,
            of_server=self._of_server,
        )

    def _emit_pieces(self, key: str, received: Pieces, first: bool, recorder: Recorder) -> None:
        arrivals, emit = recorder.arrivals_ns, self._context.emit
        if first:
            self._context.pool.settle(key)
            emit(events.FirstToken(key=key, ttft_ns=arrivals[0]))
        for reasoning, pieces in groupby(received.pieces, key=lambda piece: piece.reasoning):
            if text := "".join(piece.text for piece in pieces):
                emit(
                    events.TextReceived(
                        key=key, text=text, reasoning=reasoning, arrivals=len(arrivals), last_ns=arrivals[-1]
                    )
                )

    def _blank(self, progress: ModelProgress, step: SampleStep) -> Sample:
        model, plan = progress.model, self._context.plan
        return Sample(
            key=model.key,
            alias=model.alias,
            model_id=model.model_id,
            execution_provider=model.execution_provider,
            context_tokens=model.used_context_tokens,
            mode=plan.method.mode,
            order=plan.method.order,
            launch=progress.launch,
            prompt_id=step.prompt.id,
            prompt=step.prompt.text,
            round=step.round,
            segment=self._context.segment,
            concurrency=step.concurrency,
            arrivals_per_s=step.arrivals_per_s,
            kind=_kind(progress, step),
            started_at=now(),
            turn=plan.turn_of(model.key),
            beside=step.beside,
        )

    def _store(self, sample: Sample) -> Sample:
        sample = _without_secrets(sample)
        self._context.ledger.add_sample(sample)
        self._context.done += 1
        self._context.emit(events.SampleFinished(key=sample.key, sample=sample, done_samples=self._context.done))
        return sample


def _runs_in_another_program(model: Model) -> bool:
    """Tell whether a server on this machine runs a model; the load of others may be its own if it is a proxy."""
    return model.endpoint is not None and model.endpoint.is_here


def _without_secrets(sample: Sample) -> Sample:
    """Hide the keys that this process knows in the whole text of an answer: a key may have come in parts."""
    if not secrets.knows_any():
        return sample
    error = None if sample.error is None else secrets.without_secrets(sample.error)
    text, reasoning = secrets.without_secrets(sample.text), secrets.without_secrets(sample.reasoning)
    return replace(sample, text=text, reasoning=reasoning, error=error)


def _kind(progress: ModelProgress, step: SampleStep) -> SampleKind:
    """Choose the kind of a sample: the first request after a load is cold, even if it is a user's question."""
    return SampleKind.COLD if progress.just_loaded else step.kind


def _with_provider(model: Model, sample: Sample, ran_with: str | None) -> Sample:
    """Note the provider that ran a request, with a flag if the build is made for another one."""
    if ran_with is None:
        return sample
    flags = sample.flags if runs_as_made(model, ran_with) else (*sample.flags, OTHER_PROVIDER)
    return replace(sample, execution_provider=ran_with, flags=flags)


def _flagged(progress: ModelProgress, sample: Sample) -> Sample:
    """Flag a sample whose prompt was cut, or probably cached, since its TTFT is far below that of its first time."""
    sample = _with_prompt_checked(progress, sample)
    ttft_ns = metrics.ttft_ns(sample.timeline)
    if sample.timeline.cached_prompt_tokens is not None or traits_of(progress.model.engine).timed_at_source:
        # The server reports what it took from its cache, or each request has a session of its own: nothing is guessed.
        return sample
    if sample.kind is SampleKind.COLD or ttft_ns is None:
        return sample
    first_ns = progress.warm_ttft_ns.setdefault(sample.prompt_id, ttft_ns)
    if metrics.looks_cached(first_ns, ttft_ns):
        return replace(sample, flags=(*sample.flags, MAYBE_CACHED))
    return sample


def _with_prompt_checked(progress: ModelProgress, sample: Sample) -> Sample:
    """Flag a sample whose prompt was cut: a clearly shorter prompt had just as many tokens."""
    tokens, length = sample.timeline.prompt_tokens, len(sample.prompt)
    if tokens is None or PROMPT_CUT in sample.flags:
        return sample
    cut = any(is_at_limit(tokens, length, *other) for other in progress.prompt_sizes.values())
    progress.prompt_sizes[sample.prompt_id] = (tokens, length)
    return replace(sample, flags=(*sample.flags, PROMPT_CUT)) if cut else sample
