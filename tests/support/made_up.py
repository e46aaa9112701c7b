"""Made-up benchmarks of known models on a machine whose driver is updated, for pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tests.support.builders import MIB, model, run_record, sample
from tests.support.launches import Machine, answer
from tui.records import RunRecord, Sample

LAUNCHES, ROUNDS = 5, 4
_MACHINE: Final = Machine(launch_sd=0.011, round_sd=0.02, prompts=("rag", "privacy"))
_ONE_MS = {"rag": 120.0, "privacy": 180.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The pace of a model: its TTFT as a multiple of the machine's typical one, its decode rate and its memory."""

    ttft: float
    tok_s: float
    rss_mib: int


BEFORE: Final = {
    "qwen2.5-0.5b": Pace(ttft=1.0, tok_s=61.4, rss_mib=842),
    "phi-4-mini@gpu": Pace(ttft=1.7, tok_s=38.2, rss_mib=3412),
    "mistral-7b@gpu": Pace(ttft=3.1, tok_s=21.5, rss_mib=6120),
}
AFTER: Final = {
    "qwen2.5-0.5b": Pace(ttft=1.0, tok_s=61.2, rss_mib=845),
    "phi-4-mini@gpu": Pace(ttft=1.54, tok_s=41.1, rss_mib=3420),
    "mistral-7b@gpu": Pace(ttft=3.4, tok_s=20.1, rss_mib=6124),
}


def driver_update() -> tuple[RunRecord, RunRecord]:
    """Return the same benchmark before and after the update."""
    random = np.random.default_rng(20261122)
    before = _run(random, BEFORE, "20261112-174200-3fa1c0", "2026-11-12T17:42:00+00:00", "driver 565.57")
    after = _run(random, AFTER, "20261119-090500-b81d42", "2026-11-19T09:05:00+00:00", "driver 570.12")
    return before, after


def _run(
    random: np.random.Generator, paces: Mapping[str, Pace], run_id: str, started_at: str, driver: str
) -> RunRecord:
    models = [model(key.partition("@")[0], variant=key.partition("@")[2] or None) for key in paces]
    run = run_record(*models, run_id=run_id)
    samples = [sample for key, pace in paces.items() for sample in _samples(random, key, pace)]
    return replace(
        run,
        name=f"with {driver}",
        started_at=started_at,
        finished_at=started_at,
        plan=replace(run.plan, method=replace(run.plan.method, launches=LAUNCHES, rounds=LAUNCHES * ROUNDS)),
        environment=replace(run.environment, gpu=f"Example GPU 12 GB, {driver}"),
        loads=(),
        samples=tuple(samples),
    )


def _samples(random: np.random.Generator, key: str, pace: Pace) -> list[Sample]:
    first = _MACHINE.measured(random, LAUNCHES, ROUNDS, pace.ttft)
    steps = _MACHINE.measured(random, LAUNCHES, ROUNDS)
    return [
        replace(
            sample(key, prompt_id=ttft.prompt_id, peak_rss_bytes=pace.rss_mib * MIB),
            launch=ttft.launch,
            round=ttft.round,
            timeline=answer(ttft.value, pace.tok_s * _ONE_MS[step.prompt_id] / step.value),
        )
        for ttft, step in zip(first, steps, strict=True)
    ]
