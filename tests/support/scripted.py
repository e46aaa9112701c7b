"""A run that follows a script, since no model can be made to flood, die or pause at a given moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from tests.support import builders
from tui.bench import events
from tui.bench.events import Event
from tui.bench.model_pool import ModelPool
from tui.bench.planning.steps import steps, total_samples
from tui.probes.sampler import Sampler
from tui.records import ExitCause, Load, Model, Plan, RunRecord, RunStatus, Sample
from tui.store.history import History
from tui.workspace.workspace import Workspace


class Pause:
    """A place in a script where the run waits until the test lets it go on."""

    def __init__(self) -> None:
        self._gate = asyncio.Event()

    def end(self) -> None:
        self._gate.set()

    async def wait(self, stop: asyncio.Event) -> None:
        """Wait until the pause is ended or the run is stopped."""
        waits = [asyncio.ensure_future(self._gate.wait()), asyncio.ensure_future(stop.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


Script = Callable[[Plan], Iterable[Event | Pause]]


class ScriptedRun:
    """A stand-in for ``bench.runner.run`` that yields the start of a run, the events of a script, and the end."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.plans: list[Plan] = []

    async def __call__(
        self,
        plan: Plan,
        *,
        pool: ModelPool,
        history: History | None,
        stop: asyncio.Event,
        alternatives: Sequence[Model],
        resuming: RunRecord | None = None,
        without_disturbed: bool = False,
    ) -> AsyncGenerator[Event, None]:
        del pool, history, alternatives, resuming, without_disturbed
        self.plans.append(plan)
        run = RunRecord(
            run_id=f"run-{len(self.plans)}",
            started_at=builders.STARTED_AT,
            plan=plan,
            environment=builders.environment(),
        )
        yield events.RunStarted(run=run, total_samples=total_samples(plan))
        loads: list[Load] = []
        samples: list[Sample] = []
        for part in self._script(plan):
            if isinstance(part, Pause):
                await part.wait(stop)
                continue
            if stop.is_set():
                break
            if isinstance(part, events.ModelLoaded | events.ModelDied):
                loads.append(part.load)
            if isinstance(part, events.SampleFinished):
                samples.append(part.sample)
            yield part
            await asyncio.sleep(0)
        status = RunStatus.STOPPED if stop.is_set() else RunStatus.DONE
        run = replace(run, status=status, finished_at=builders.FINISHED_AT, loads=tuple(loads), samples=tuple(samples))
        yield events.RunFinished(run=run, status=status)


def loading(model: Model, load_ms: float = 350.0) -> list[Event]:
    return [
        events.ModelLoading(key=model.key, model=model, launch=1),
        events.ModelLoaded(key=model.key, load=builders.load(model.key, load_ms=load_ms)),
    ]


def streaming(model: Model, plan: Plan, pieces: Sequence[str], *, reasoning: bool = False) -> list[Event]:
    """Return the events of a first sample up to its last text, without its end."""
    step = steps(plan)[0]
    happened: list[Event] = [
        events.SampleStarted(key=model.key, prompt=step.prompt, kind=step.kind, round=step.round),
        events.FirstToken(key=model.key, ttft_ns=231_000_000),
    ]
    for index, text in enumerate(pieces, start=1):
        happened.append(
            events.TextReceived(
                key=model.key,
                text=text,
                reasoning=reasoning,
                arrivals=index,
                last_ns=231_000_000 + index * 20_000_000,
            )
        )
    return happened


def death(model: Model, verdict: ExitCause, *, skipped: int) -> Event:
    load = replace(builders.load(model.key), verdict=verdict)
    return events.ModelDied(key=model.key, load=load, cause=verdict, skipped_samples=skipped)


def whole_benchmark(plan: Plan) -> Iterable[Event]:
    """Yield the events of a run in which each model is loaded, measured with numbers known by hand, and unloaded."""
    done = 0
    for index, model in enumerate(plan.models):
        yield from loading(model)
        samples = builders.samples_of(model.key, plan, ttft_ms=200.0 * 2**index, tok_s=50.0 / 2**index)
        for step, sample in zip(steps(plan), samples, strict=True):
            yield events.SampleStarted(key=model.key, prompt=step.prompt, kind=step.kind, round=step.round)
            done += 1
            yield events.SampleFinished(key=model.key, sample=sample, done_samples=done)
        yield events.ModelUnloaded(key=model.key)


def workspace(
    run: ScriptedRun, *models: Model, chosen: Sequence[str] = (), history_file: Path | None = None
) -> Workspace:
    """Return a workspace with these models, of which none can really be loaded."""
    sampler = Sampler()
    return Workspace(
        models=models,
        chosen=tuple(chosen) or tuple(model.key for model in models),
        prompt_sets={"deterministic": builders.prompts()},
        prompt_set="deterministic",
        prompt=builders.prompts()[0].text,
        run=run,
        model_pool=ModelPool(sampler=sampler),
        sampler=sampler,
        history_file=history_file,
    )
