"""A run from its plan to its record: real models, and scripted ones for what a real model cannot be asked to do."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from statistics import median

import psutil
import pytest

from tests.support.conditions import least, until
from tests.support.follower import PRIVACY, RAG, SMALL, Follower, plan_of, scripted_model, start
from tests.support.processes import children_that_run, descendants
from tui.bench import events, runner
from tui.bench.events import Event
from tui.bench.model_pool import ModelPool
from tui.measure.timing import metrics
from tui.measure.timing.summary import summarize
from tui.practice import practice_folder
from tui.probes.sampler import Sampler
from tui.records import (
    ExitKind,
    Mode,
    Model,
    ModelStatus,
    Order,
    Purpose,
    RunStatus,
    SampleKind,
    SampleStatus,
)
from tui.store.history import History
from tui.system import LINUX, processes


async def test_a_benchmark_measures_cold_then_warmups_then_rounds() -> None:
    follower = Follower(plan_of(SMALL, prompts=(RAG, PRIVACY), rounds=2))
    run = await follower.follow()
    assert run.status is RunStatus.DONE
    assert [(sample.kind, sample.prompt_id, sample.round) for sample in run.samples] == [
        (SampleKind.COLD, "rag", 1),
        (SampleKind.WARMUP, "rag", 1),
        (SampleKind.WARMUP, "privacy", 1),
        (SampleKind.ROUND, "rag", 1),
        (SampleKind.ROUND, "privacy", 1),
        (SampleKind.ROUND, "rag", 2),
        (SampleKind.ROUND, "privacy", 2),
    ]
    (row,) = summarize(run)
    assert row.status is ModelStatus.OK
    assert row.rounds == 4
    assert row.decode_p50_tok_s is not None
    assert row.cold_ttft_s is not None
    assert row.load_s is not None
    assert follower.pool.loaded == ()
    started = follower.events[0]
    assert isinstance(started, events.RunStarted)
    assert started.total_samples == 7


@pytest.mark.parametrize("order", list(Order))
async def test_rounds_are_spread_over_fresh_processes(order: Order) -> None:
    other = Model(alias="practice-medium", folder=practice_folder("practice-medium"))
    follower = Follower(plan_of(SMALL, other, rounds=3, warmup=0, launches=2, order=order))
    run = await follower.follow()
    assert [(load.key, load.launch) for load in run.loads] == (
        [("practice-small", 1), ("practice-medium", 1), ("practice-small", 2), ("practice-medium", 2)]
    )
    assert len({load.pid for load in run.loads}) == 4
    of_small = [(sample.launch, sample.kind, sample.round) for sample in run.samples if sample.key == "practice-small"]
    cold, warm = SampleKind.COLD, SampleKind.ROUND
    assert of_small == [(1, cold, 1), (1, warm, 1), (2, cold, 1), (2, warm, 2), (2, warm, 3)]
    started = follower.events[0]
    assert isinstance(started, events.RunStarted)
    assert started.total_samples == len(run.samples) == 10
    assert all((load.left_bytes is not None) == LINUX for load in run.loads)
    assert follower.pool.loaded == ()


async def test_a_model_that_has_died_is_not_started_again() -> None:
    follower = Follower(plan_of(scripted_model("die-in-stream"), rounds=2, warmup=0, launches=2))
    run = await follower.follow()
    assert len(run.loads) == 1
    assert len(follower.of(events.ModelDied)) == 1


async def test_what_is_said_of_a_sample_adds_up_to_it() -> None:
    follower = Follower(plan_of(SMALL, warmup=0))
    run = await follower.follow()
    text = ""
    for event in follower.events:
        if isinstance(event, events.SampleStarted):
            text = ""
        elif isinstance(event, events.TextReceived):
            text += event.text
        elif isinstance(event, events.SampleFinished):
            assert event.sample.text == text
    first = next(event for event in follower.events if isinstance(event, events.FirstToken))
    assert first.ttft_ns == metrics.ttft_ns(run.samples[0].timeline)


async def test_models_side_by_side_answer_each_prompt_together() -> None:
    plan = plan_of(
        scripted_model("pace", 100), scripted_model("pace", 101), warmup=0, max_tokens=20, mode=Mode.SIDE_BY_SIDE
    )
    follower = Follower(plan)
    run = await follower.follow()
    order = [type(event) for event in follower.events if isinstance(event, (events.SampleStarted, events.FirstToken))]
    assert order[:4] == [events.SampleStarted, events.SampleStarted, events.FirstToken, events.FirstToken]
    assert {sample.mode for sample in run.samples} == {Mode.SIDE_BY_SIDE}
    assert len(run.samples) == 4


async def test_interleaved_models_take_turns() -> None:
    plan = plan_of(
        scripted_model("pace", 1000), scripted_model("pace", 1001), warmup=0, rounds=2, order=Order.INTERLEAVED
    )
    run = await Follower(plan).follow()
    assert [sample.key for sample in run.samples] == ["pace@1000", "pace@1001"] * 3


async def test_a_known_pace_is_measured_as_it_is() -> None:
    async def off() -> float:
        run = await Follower(plan_of(scripted_model("pace", 200), warmup=0, rounds=3, max_tokens=60)).follow()
        return abs(median(metrics.decode_tok_s(sample.timeline) or 0.0 for sample in run.samples) / 200 - 1)

    # Other programs may hold up the child and so stretch or shorten answers of some runs.
    assert await least(off, 0.02) < 0.02


@pytest.mark.parametrize("scenario", ["die-at-load", "die-in-stream", "refuse-load"])
@pytest.mark.parametrize("mode", list(Mode))
async def test_a_model_that_dies_is_a_verdict_and_the_others_go_on(scenario: str, mode: Mode) -> None:
    plan = plan_of(scripted_model(scenario), scripted_model("pace", 2000), warmup=0, rounds=2, mode=mode)
    follower = Follower(plan)
    run = await follower.follow()
    dead, alive = summarize(run)
    assert dead.status is ModelStatus.FAILED
    assert dead.error
    assert alive.status is ModelStatus.OK
    assert alive.rounds == 2
    died = next(event for event in follower.events if isinstance(event, events.ModelDied))
    finished = [event for event in follower.events if isinstance(event, events.SampleFinished)]
    assert finished[-1].done_samples == 6
    assert died.skipped_samples + len(finished) == 6
    assert run.status is RunStatus.DONE


async def test_a_refused_request_is_a_row_and_the_model_goes_on() -> None:
    run = await Follower(plan_of(scripted_model("refuse-requests"), rounds=2)).follow()
    assert [sample.status for sample in run.samples] == [SampleStatus.FAILED] * 4
    assert "8608 total tokens" in (run.samples[0].error or "")


async def test_a_load_that_hangs_ends_at_its_time_limit() -> None:
    run = await Follower(plan_of(scripted_model("hang-at-load"), load_timeout_s=0.5)).follow()
    (load,) = run.loads
    assert load.verdict is not None
    assert load.verdict.kind is ExitKind.TIMED_OUT


def real_children() -> list[psutil.Process]:
    return children_that_run("foundry.child_main")


@pytest.mark.parametrize("moment", [events.ModelLoading, events.FirstToken])
async def test_a_real_child_that_is_killed_is_a_verdict_and_the_run_goes_on(moment: type[Event]) -> None:
    large = Model(alias="practice-large", folder=practice_folder("practice-large"))
    follower = Follower(plan_of(large, SMALL, warmup=0))
    killings: list[asyncio.Task[None]] = []

    async def kill() -> None:
        await until(real_children)
        processes.kill(real_children()[0].pid)

    def kill_once(event: Event) -> None:
        if isinstance(event, moment) and not killings:
            killings.append(asyncio.create_task(kill()))

    run = await follower.follow(kill_once)
    dead, alive = summarize(run)
    assert (dead.error or "").startswith("killed: SIGKILL")
    assert alive.status is ModelStatus.OK


async def test_stop_ends_an_answer_that_would_go_on_for_hours_and_keeps_what_is_finished(tmp_path: Path) -> None:
    history = History(tmp_path / "history.db")
    follower = Follower(plan_of(scripted_model("two-answers"), warmup=0, rounds=50, max_tokens=20), history=history)

    def stop(event: Event) -> None:
        if isinstance(event, events.TextReceived) and len(follower.of(events.SampleFinished)) == 2:
            follower.stop.set()

    async with asyncio.timeout(60):
        run = await follower.follow(stop)
    assert run.status is RunStatus.STOPPED
    assert [sample.status for sample in run.samples] == [SampleStatus.OK, SampleStatus.OK, SampleStatus.CANCELLED]
    assert run.samples[-1].text.startswith("word0")
    assert history.run(run.run_id).samples == run.samples
    assert follower.pool.loaded == ()
    history.close()


async def test_a_reader_that_leaves_ends_the_run_and_its_children() -> None:
    follower = Follower(plan_of(scripted_model("pace", 50), rounds=50))
    async with contextlib.aclosing(
        runner.run(follower._plan, pool=follower.pool, history=None, stop=follower.stop)  # pyright: ignore[reportPrivateUsage]
    ) as happened:
        async for event in happened:
            if isinstance(event, events.FirstToken):
                break
    assert follower.pool.loaded == ()
    await until(lambda: not descendants())


async def test_a_question_keeps_the_model_and_only_its_first_is_cold() -> None:
    pool = ModelPool(start)
    plan = plan_of(SMALL, purpose=Purpose.ASK, mode=Mode.SIDE_BY_SIDE, warmup=0)
    first = await Follower(plan, pool).follow()
    second = await Follower(plan, pool).follow()
    assert [sample.kind for sample in (*first.samples, *second.samples)] == [SampleKind.COLD, SampleKind.ROUND]
    assert pool.loaded == (SMALL.key,)
    assert [load.pid for load in first.loads] == [load.pid for load in second.loads]
    await Follower(plan_of(scripted_model("pace", 1000), warmup=0), pool).follow()
    assert pool.loaded == ()


async def test_memory_is_read_while_a_model_runs() -> None:
    sampler = Sampler()
    sampler.start()
    follower = Follower(plan_of(scripted_model("pace", 20), warmup=0, max_tokens=20), ModelPool(start, sampler))
    await follower.follow()
    readings = [event.reading for event in follower.events if isinstance(event, events.MemoryRead)]
    assert any(reading.rss_bytes.get("pace@20", 0) > 1 << 20 for reading in readings)
    sampler.close()
    assert sampler.since(0)[1][-1].rss_bytes == {} or follower.pool.loaded == ()


async def test_a_sample_is_in_the_history_before_it_is_said(tmp_path: Path) -> None:
    history = History(tmp_path / "history.db")
    follower = Follower(plan_of(scripted_model("pace", 2000), rounds=3), history=history)

    def look(event: Event) -> None:
        if isinstance(event, events.SampleFinished):
            run_id = next(event.run.run_id for event in follower.events if isinstance(event, events.RunStarted))
            assert event.sample in history.run(run_id).samples

    run = await follower.follow(look)
    assert history.run(run.run_id) == run
    history.close()
