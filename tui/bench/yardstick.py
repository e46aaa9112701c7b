"""The yardstick of a run: a practice model that takes turns with the measured models, always with the same request.

The pace of a shared machine, or of a laptop, wanders from launch to launch. A request of a model and the yardstick's
request next to it are slowed by it alike, so a comparison relative to the yardstick is free of it.
``measure.comparison.yardstick`` does that arithmetic. Each launch has a fresh process of the yardstick, since fresh
processes of one model differ too, and its requests take at most a fifth of the time of all requests.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from tui.bench import events
from tui.bench.events import Event
from tui.bench.loading import Loader
from tui.bench.measuring import Meter
from tui.bench.planning.steps import SampleStep
from tui.bench.run_context import ModelProgress, RunContext
from tui.measure.timing import metrics
from tui.practice import YARDSTICK_MODEL, practice_folder
from tui.records import Model, ModelState, Plan, Prompt, Purpose, Sample, SampleKind
from tui.records.sample import YARDSTICK
from tui.text.escape import visible

LARGEST_SHARE: Final = 0.2
"""The largest share that its requests have of the time of all requests."""
_FIRST_S: Final = 0.1
"""The time that its first request is expected to take."""
_PROMPT: Final = Prompt(
    id="yardstick-1",
    text="What is a token? Explain it to somebody who has never run a language model on a machine of their own.",
    max_tokens=24,
)
"""The request is the same in every run, so that all runs can be compared. Another request needs another id."""


class Yardstick:
    """Loads the yardstick for each launch of a run, and takes its turns."""

    def __init__(self, context: RunContext, models: Sequence[Model], launches: int) -> None:
        """``launches`` are those that a resumed run has had already."""
        quiet = replace(context, emit=self._tell)
        self._emit = context.emit
        self._loader = Loader(quiet)
        self._meter = Meter(quiet, self._loader)
        self._progress = ModelProgress(_model(), 0, launches)
        self._keys = {model.key for model in models if can_stand_beside(model)}
        self._wanted = bool(self._keys) and is_possible(context.plan) and context.plan.method.yardstick
        self._pool = context.pool
        self._models_ns = 0
        """The time of the models' requests so far."""
        self._own_ns = 0
        self._expected_ns = _FIRST_S * metrics.NS_PER_S
        self._turns = 0

    @asynccontextmanager
    async def launched(self) -> AsyncGenerator[None]:
        """Hold a fresh process of the yardstick for one launch of the models."""
        if not self._wanted or self._progress.died:
            yield
            return
        try:
            await self._loader.load(self._progress)
            await self._measure("", SampleKind.COLD)
            yield
        finally:
            await self._pool.unload(YARDSTICK, in_haste=True)
            self._progress.loaded = None

    async def take_turn(self, samples: Sequence[Sample | None], key: str = "") -> None:
        """Measure the yardstick next to these samples of a model, or of all models, if its share of the time allows it.

        Cold samples and warm-ups of the models give it time, but only rounds have the yardstick beside them.
        """
        taken = [sample for sample in samples if sample is not None]
        self._models_ns += sum(_duration_ns(sample) for sample in taken)
        if self._progress.loaded is None or (key and key not in self._keys):
            return
        if not any(sample.kind is SampleKind.ROUND for sample in taken):
            return
        own_ns = self._own_ns + self._expected_ns
        if own_ns <= LARGEST_SHARE * (own_ns + self._models_ns):
            self._progress.launch = taken[0].launch
            await self._measure(key, SampleKind.YARDSTICK)

    async def _measure(self, key: str, kind: SampleKind) -> None:
        self._turns += 1
        progress = self._progress
        step = SampleStep(_PROMPT, kind, self._turns, progress.launch, beside=key)
        sample = await self._meter.measure(progress, step)
        if sample is not None:
            self._own_ns += _duration_ns(sample)
            self._expected_ns = _duration_ns(sample)

    def _tell(self, event: Event) -> None:
        """Pass on that the yardstick failed; nobody follows its requests."""
        if isinstance(event, events.ModelDied):
            reason = visible(str(event.cause))
            self._emit(events.Notice(text=f"The yardstick failed ({reason}); the run goes on without it."))


def is_possible(plan: Plan) -> bool:
    """Return whether a yardstick can take turns in this plan: it needs requests that are not in flight together."""
    return plan.purpose is Purpose.BENCHMARK and not plan.method.concurrent


def can_stand_beside(model: Model) -> bool:
    """Return whether a model shares the processor of this machine, whose pace the yardstick measures."""
    return model.on_cpu and (model.endpoint is None or model.endpoint.is_here)


def _model() -> Model:
    folder = practice_folder(YARDSTICK_MODEL)
    return Model(alias=YARDSTICK, folder=folder, state=ModelState.READY, practice=True)


def _duration_ns(sample: Sample) -> int:
    return sample.timeline.end_ns or metrics.e2e_ns(sample.timeline) or 0
