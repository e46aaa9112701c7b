"""Writes a history as a person would have it after some weeks: made-up runs, through the real store."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.support.builders import MIB, environment, failed_load, load, model, sample, timeline
from tui.probes import host
from tui.records import (
    Load,
    Method,
    Model,
    Order,
    Plan,
    Prompt,
    Purpose,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
    SampleStatus,
)
from tui.store.history import History
from tui.store.runs import Runs

NOW: Final = datetime(2026, 11, 22, 15, 20, tzinfo=UTC)
PROMPTS: Final = (
    Prompt(id="rag", text="Summarize retrieval augmented generation in three sentences."),
    Prompt(id="privacy", text="List 3 privacy benefits of local inference."),
    Prompt(id="slm", text="Explain when to choose an SLM over an LLM."),
)


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace and the memory of a model on the made-up machine."""

    ttft_ms: float
    tok_s: float
    rss_bytes: int


PACES: Final = {
    "phi-4-mini": Pace(412, 18.4, 4900 * MIB),
    "qwen2.5-0.5b": Pace(71, 88.0, 940 * MIB),
    "qwen2.5-1.5b": Pace(148, 41.5, 2100 * MIB),
    "mistral-7b-v0.2": Pace(930, 7.9, 7800 * MIB),
    "gemma-3-4b": Pace(505, 15.1, 4300 * MIB),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run of the made-up weeks."""

    days_ago: float
    aliases: tuple[str, ...]
    name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    pinned: bool = False
    rounds: int = 5
    launches: int = 1
    purpose: Purpose = Purpose.BENCHMARK
    status: RunStatus = RunStatus.DONE
    owner: str = ""
    starved: str = ""
    """The alias of the model that ran out of memory, if one did."""
    slower: float = 1.0


def weeks() -> tuple[PastRun, ...]:
    """Return the runs, the oldest first; the last one is still going on, in this process."""
    small, pair = ("qwen2.5-0.5b",), ("qwen2.5-0.5b", "qwen2.5-1.5b")
    return (
        PastRun(days_ago=19.3, aliases=("phi-4-mini", "gemma-3-4b"), name="first look"),
        PastRun(days_ago=17.1, aliases=("mistral-7b-v0.2",), rounds=3, starved="mistral-7b-v0.2", tags=("memory",)),
        PastRun(days_ago=17.0, aliases=small, purpose=Purpose.ASK, rounds=1),
        PastRun(days_ago=14.2, aliases=pair, tags=("nightly",), rounds=20, launches=5),
        PastRun(days_ago=13.2, aliases=pair, tags=("nightly",), rounds=20, launches=5),
        PastRun(
            days_ago=12.9,
            aliases=("phi-4-mini", *pair),
            name="baseline, driver 1.31",
            tags=("baseline", "cpu"),
            note="Quiet machine, plugged in, nothing else open.",
            pinned=True,
            rounds=20,
            launches=5,
        ),
        PastRun(days_ago=12.2, aliases=pair, tags=("nightly",), rounds=20, launches=5),
        PastRun(days_ago=9.6, aliases=("gemma-3-4b", "phi-4-mini"), status=RunStatus.STOPPED, rounds=2),
        PastRun(days_ago=8.4, aliases=small, purpose=Purpose.ASK, rounds=1),
        PastRun(days_ago=6.5, aliases=pair, tags=("nightly",), rounds=20, launches=5),
        PastRun(days_ago=5.5, aliases=pair, tags=("nightly",), rounds=20, launches=5),
        PastRun(
            days_ago=3.2,
            aliases=("phi-4-mini", *pair),
            name="driver 1.32",
            tags=("cpu",),
            rounds=20,
            launches=5,
            slower=1.08,
        ),
        PastRun(
            days_ago=1.3,
            aliases=("mistral-7b-v0.2", "phi-4-mini"),
            name="over night",
            status=RunStatus.RUNNING,
            owner="1@1",
            rounds=4,
        ),
        PastRun(days_ago=0.4, aliases=("phi-4-mini",), purpose=Purpose.ASK, rounds=1),
        PastRun(days_ago=0.01, aliases=pair, status=RunStatus.RUNNING, owner=host.owner(), tags=("nightly",), rounds=6),
    )


def write(file: Path, runs: Sequence[PastRun] | None = None) -> list[str]:
    """Write the runs into a history, and return their ids."""
    luck = random.Random(7)
    ids: list[str] = []
    with closing(History(file)) as history:
        for index, past_run in enumerate(weeks() if runs is None else runs):
            record = record_of(past_run, f"{luck.getrandbits(24):06x}", luck)
            history.begin(record)
            ids.append(record.run_id)
            if past_run.note:
                Runs(history.database, host.owner_lives).annotate(ids[index], past_run.note)
    return ids


def record_of(past_run: PastRun, end_of_id: str, luck: random.Random) -> RunRecord:
    """Return the run as it would have been recorded."""
    began = NOW - timedelta(days=past_run.days_ago)
    chosen = tuple(replace(model(alias, variant="cpu"), context_tokens=4096) for alias in past_run.aliases)
    ask = past_run.purpose is Purpose.ASK
    plan = Plan(
        models=chosen,
        prompts=PROMPTS[:1] if ask else PROMPTS,
        method=Method(
            prompt_set="" if ask else "deterministic",
            rounds=past_run.rounds,
            launches=past_run.launches,
            warmup=0 if ask else 1,
            order=Order.INTERLEAVED if past_run.launches > 1 else Order.BLOCKS,
        ),
        purpose=past_run.purpose,
    )
    samples = [sample for of_model in chosen for sample in _samples(of_model, past_run, plan, luck)]
    ended = began + timedelta(seconds=sum((sample.timeline.end_ns or 0) / 1e9 for sample in samples) + 8 * len(chosen))
    return RunRecord(
        run_id=f"{began:%Y%m%d-%H%M%S}-{end_of_id}",
        started_at=began.isoformat(),
        finished_at=None if past_run.status is RunStatus.RUNNING else ended.isoformat(),
        status=past_run.status,
        plan=plan,
        environment=replace(environment(), physical_cores=8, logical_cores=16, ram_bytes=32 * 1024 * MIB),
        name=past_run.name,
        tags=past_run.tags,
        pinned=past_run.pinned,
        owner=past_run.owner,
        loads=tuple(
            _load(of_model, launch, past_run) for of_model in chosen for launch in range(1, past_run.launches + 1)
        ),
        samples=tuple(samples),
    )


def _load(of_model: Model, launch: int, past_run: PastRun) -> Load:
    if of_model.alias == past_run.starved:
        return failed_load(of_model.key)
    return load(of_model.key, launch=launch, load_ms=PACES[of_model.alias].rss_bytes / MIB)


def _samples(of_model: Model, past_run: PastRun, plan: Plan, luck: random.Random) -> list[Sample]:
    pace = PACES[of_model.alias]
    samples: list[Sample] = []
    for launch in range(1, past_run.launches + 1):
        for number in range(plan.method.rounds // past_run.launches + 1):
            for prompt in plan.prompts:
                cold = number == 0
                if cold and prompt is not plan.prompts[0]:
                    continue
                slower = past_run.slower * luck.gauss(1, 0.02) * (2.4 if cold else 1)
                measured = sample(
                    of_model.key,
                    prompt_id=prompt.id,
                    round_number=max(1, number),
                    kind=SampleKind.COLD if cold else SampleKind.ROUND,
                    times=timeline(ttft_ms=pace.ttft_ms * slower, tok_s=pace.tok_s / slower, tokens=90),
                    peak_rss_bytes=pace.rss_bytes,
                )
                samples.append(replace(measured, prompt=prompt.text, launch=launch))
                if of_model.alias == past_run.starved:
                    failed = replace(
                        measured, status=SampleStatus.FAILED, error="out of memory: killed", timeline=timeline()
                    )
                    return [failed]
    return samples
