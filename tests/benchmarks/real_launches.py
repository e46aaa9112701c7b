"""Measures real launches of models into files, and draws comparisons from them."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from tui.bench import events, runner
from tui.bench.model_pool import ModelPool
from tui.measure.timing import metrics
from tui.measure.timing.summary import rounds_of, ttft_ms
from tui.records import Method, Model, Order, Plan, Prompt, RunRecord, Sample, SampleStatus
from tui.reports import export
from tui.reports.json import baseline_text
from tui.reports.json.reading import read_run

PROMPTS: Final = (
    Prompt(id="token", text="What is a token?"),
    Prompt(id="privacy", text="List 3 privacy benefits of local inference."),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """The amount that is measured on each side of a comparison."""

    launches: int
    rounds: int
    """The rounds of each launch."""
    max_tokens: int
    order: Order = Order.BLOCKS
    yardstick: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of measured runs, which are not measured again."""

    folder: Path
    may_measure: bool = True

    def run(self, name: str, models: Sequence[Model], shape: Shape) -> RunRecord | None:
        """Return the run of this name; ``None`` if it is not in the folder and may not be measured."""
        file = self.folder / f"{name}.json"
        if not file.exists():
            if not self.may_measure:
                return None
            export.write(file, baseline_text(asyncio.run(measured(models, shape))))
            names = ", ".join(model.key for model in models)
            print(f"{name}: {shape.launches} launches of {names}", flush=True)
        return read_run(file)


async def measured(models: Sequence[Model], shape: Shape) -> RunRecord:
    """Run a benchmark of these models with the runner that the app and the commands use."""
    plan = Plan(
        models=tuple(models),
        prompts=PROMPTS,
        method=Method(
            rounds=shape.rounds * shape.launches,
            launches=shape.launches,
            max_tokens=shape.max_tokens,
            order=shape.order,
            yardstick=shape.yardstick,
        ),
    )
    pool = ModelPool()
    try:
        async with contextlib.aclosing(runner.run(plan, pool=pool, history=None, stop=asyncio.Event())) as happened:
            (run,) = [event.run async for event in happened if isinstance(event, events.RunFinished)]
    finally:
        await pool.close()
    failed = [sample.error for sample in run.samples if sample.status is not SampleStatus.OK]
    assert not failed, failed
    return run


def launches_of(runs: Sequence[RunRecord]) -> list[tuple[Sample, ...]]:
    """Return the samples of all models for each launch."""
    return [
        tuple(sample for sample in run.samples if sample.launch == launch)
        for run in runs
        for launch in sorted({sample.launch for sample in run.samples})
    ]


def two_runs(
    of: RunRecord, launches: Sequence[tuple[Sample, ...]], random: np.random.Generator, count: int
) -> tuple[RunRecord, RunRecord]:
    """Draw two runs of ``count`` launches each, without using a launch twice."""
    order: list[int] = random.permutation(len(launches)).tolist()
    first = [launches[index] for index in order[:count]]
    second = [launches[index] for index in order[count : 2 * count]]
    return of_launches(of, first), of_launches(of, second)


def of_launches(of: RunRecord, launches: Sequence[tuple[Sample, ...]]) -> RunRecord:
    """Return a run that consists of these launches."""
    samples = (replace(sample, launch=index) for index, launch in enumerate(launches, start=1) for sample in launch)
    return replace(of, samples=tuple(samples))


def slower(run: RunRecord, key: str, factor: float) -> RunRecord:
    """Return the run with every time of one model multiplied by a factor."""
    return replace(
        run, samples=tuple(_scaled(sample, factor) if sample.key == key else sample for sample in run.samples)
    )


def launch_variation(run: RunRecord, key: str) -> tuple[float, float]:
    """Return how TTFT and decode rate vary from launch to launch: the sample sd of the logarithms of the medians."""
    rounds = rounds_of(run, key)
    variations: list[float] = []
    for number in (ttft_ms, metrics.decode_tok_s):
        medians = [
            np.median([value for sample in rounds if sample.launch == launch and (value := number(sample.timeline))])
            for launch in sorted({sample.launch for sample in rounds})
        ]
        variations.append(float(np.std([math.log(median) for median in medians], ddof=1)))
    return variations[0], variations[1]


def _scaled(sample: Sample, factor: float) -> Sample:
    times = sample.timeline
    arrivals = tuple(round(arrival * factor) for arrival in times.arrivals_ns)
    end = None if times.end_ns is None else round(times.end_ns * factor)
    return replace(sample, timeline=replace(times, arrivals_ns=arrivals, end_ns=end))
