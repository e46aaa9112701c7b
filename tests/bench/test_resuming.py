"""A run that goes on after it was stopped, refuses what has changed, and adds rounds until its numbers are sure."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.support import scripted
from tests.support.builders import failed_load, failed_sample, load, model, run_record, sample, samples_of
from tests.support.conditions import least
from tests.support.follower import Follower, plan_of, scripted_model, start
from tests.support.killing import as_measured
from tests.support.scripted import ScriptedRun
from tests.support.workbench import driving
from tui import paths
from tui.bench import events, measuring, runner
from tui.bench.eta import Eta
from tui.bench.events import Event
from tui.bench.model_pool import ModelPool
from tui.bench.planning.steps import agendas
from tui.bench.resuming import (
    CannotResume,
    HasChanged,
    can_resume,
    is_interrupted,
    latest_interrupted,
    latest_to_resume,
    resumed,
    take_over,
)
from tui.cli import bench, cli
from tui.cli.shared.options import Refused
from tui.cli.shared.setting_options import given_settings
from tui.measure.timing.segments import without_superseded
from tui.measure.timing.summary import all_rounds_of, rounds_of, summarize
from tui.probes import host
from tui.records import (
    Disturbance,
    Method,
    Mode,
    Model,
    ModelState,
    ModelStatus,
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
from tui.screens.dialogs.question import ConfirmDialog
from tui.store.errors import HistoryError
from tui.store.history import History

RAG, PRIVACY = Prompt(id="rag", text="Summarize RAG."), Prompt(id="privacy", text="List 3 benefits.")
QUICK: dict[str, Any] = {"max_tokens": 4, "warmup": 0}


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with contextlib.closing(History(tmp_path / "history.sqlite3")) as opened:
        yield opened


def paced(tok_s: int) -> Model:
    return replace(scripted_model("pace", tok_s), state=ModelState.READY)


def warm(samples: tuple[Sample, ...]) -> list[tuple[str, str, int]]:
    rounds = (sample for sample in samples if sample.kind is SampleKind.ROUND and sample.status is SampleStatus.OK)
    return [(sample.key, sample.prompt_id, sample.round) for sample in rounds]


async def stopped(plan: Plan, history: History, after: int) -> RunRecord:
    """Return a run that was stopped once so many samples were finished."""
    follower = Follower(plan, history=history)

    def stop(event: Event) -> None:
        if isinstance(event, events.SampleFinished) and event.done_samples == after:
            follower.stop.set()

    return await follower.follow(stop)


async def go_on(history: History, models: tuple[Model, ...]) -> tuple[RunRecord, list[Event]]:
    run = take_over(history, None, models)
    generator = runner.run(run.plan, pool=ModelPool(start), history=history, stop=asyncio.Event(), resuming=run)
    async with contextlib.aclosing(generator) as events_of_run:
        followed = [event async for event in events_of_run]
    last = followed[-1]
    assert isinstance(last, events.RunFinished)
    return last.run, followed


@pytest.mark.parametrize(
    "options",
    [{"launches": 2}, {"order": Order.INTERLEAVED}, {"mode": Mode.SIDE_BY_SIDE}],
    ids=["launches", "interleaved", "side-by-side"],
)
async def test_a_stopped_run_goes_on_where_it_was(history: History, options: dict[str, Any]) -> None:
    models = (paced(2000), paced(2001))
    plan = plan_of(*models, prompts=(RAG, PRIVACY), rounds=3, **QUICK, **options)
    before = await stopped(plan, history, after=6)
    assert before.status is RunStatus.STOPPED
    after, followed = await go_on(history, models)
    assert after.status is RunStatus.DONE
    assert as_measured(after.samples[: len(before.samples)]) == as_measured(before.samples)
    assert history.run(after.run_id) == after
    keys, prompts = [model.key for model in models], ("rag", "privacy")
    assert Counter(warm(after.samples)) == Counter(product(keys, prompts, (1, 2, 3))), "each round once"
    later = after.samples[len(before.samples) :]
    assert {sample.segment for sample in later} == {2}
    assert {load.segment for load in after.loads[len(before.loads) :]} == {2}
    launches = [(load.key, load.launch) for load in after.loads]
    assert len(launches) == len(set(launches))
    assert not {(sample.key, sample.launch) for sample in before.samples} & {
        (sample.key, sample.launch) for sample in later
    }
    started, last = followed[0], [event for event in followed if isinstance(event, events.SampleFinished)][-1]
    assert isinstance(started, events.RunStarted)
    assert started.done_samples == len(warm(before.samples))
    assert last.done_samples == started.total_samples


async def test_side_by_side_no_model_is_left_alone_with_the_machine(history: History) -> None:
    # The other one does not end its third answer, which is its second round.
    models = (paced(5000), replace(scripted_model("two-answers"), state=ModelState.READY))
    plan = plan_of(*models, rounds=2, mode=Mode.SIDE_BY_SIDE, **QUICK)
    before = await stopped(plan, history, after=5)
    finished = [("pace@5000", "rag", 1), ("pace@5000", "rag", 2), ("two-answers@0", "rag", 1)]
    assert sorted(warm(before.samples)) == finished, "the other one was still answering"
    after, _ = await go_on(history, models)
    again = [(sample.key, sample.kind.value, sample.round) for sample in after.samples if sample.segment == 2]
    assert again.count(("pace@5000", "warmup", 2)) == 1
    assert again.count(("two-answers@0", "round", 2)) == 1


async def test_nothing_missing_is_only_brought_to_its_end(history: History) -> None:
    models = (paced(2000),)
    before = await stopped(plan_of(*models, rounds=2, **QUICK), history, after=3)
    after, _ = await go_on(history, models)
    assert (after.status, after.samples, after.loads) == (RunStatus.DONE, before.samples, before.loads)


async def test_rounds_are_added_in_the_same_launch_until_the_interval_is_narrow_or_the_cap_comes() -> None:
    plan = plan_of(paced(2000), rounds=2, until_interval=1e-6, max_rounds=5, **QUICK)
    follower = Follower(plan)
    run = await follower.follow()
    assert [sample.round for sample in rounds_of(run, "pace@2000")] == [1, 2, 3, 4, 5]
    assert len(run.loads) == 1
    added = [event for event in follower.events if isinstance(event, events.RoundsAdded)]
    assert [event.samples for event in added] == [1, 1, 1]
    assert added[-1].total_samples == len(run.samples)
    easy = replace(plan, method=replace(plan.method, until_interval=1e12))

    async def rounds_of_easy() -> float:
        return len(rounds_of(await Follower(easy).follow(), "pace@2000"))

    # A round that was held up has no rate, and another is added in its place.
    assert await least(rounds_of_easy, 3) == 2


@pytest.mark.parametrize(("without_disturbed", "rounds"), [(False, 2), (True, 5)])
async def test_rounds_that_the_report_leaves_out_do_not_end_the_adding_which_the_cap_does(
    without_disturbed: bool, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disturbed(*_args: object, **_options: object) -> tuple[Disturbance, ...]:
        return (Disturbance.OTHER_LOAD,)

    monkeypatch.setattr(measuring, "disturbances", disturbed)
    plan = plan_of(paced(2000), rounds=2, until_interval=1e12, max_rounds=5, **QUICK)
    pool = ModelPool(start)
    run = runner.run(plan, pool=pool, history=None, stop=asyncio.Event(), without_disturbed=without_disturbed)
    async with contextlib.aclosing(run) as happened:
        (last,) = [event.run async for event in happened if isinstance(event, events.RunFinished)]
    await pool.close()
    assert [sample.round for sample in all_rounds_of(last, "pace@2000")] == list(range(1, rounds + 1))


@pytest.mark.parametrize("mode", list(Mode))
async def test_with_several_launches_launches_are_added(mode: Mode) -> None:
    models = (paced(2000), paced(2001))[: 2 if mode is Mode.SIDE_BY_SIDE else 1]
    plan = plan_of(*models, rounds=4, launches=2, until_interval=1e-6, max_rounds=5, mode=mode, **QUICK)
    run = await Follower(plan).follow()
    for measured in models:
        of_model = [(one.launch, one.round) for one in rounds_of(run, measured.key)]
        assert of_model == [(1, 1), (1, 2), (2, 3), (2, 4), (3, 5)]


async def test_a_model_that_only_fails_gets_no_more_rounds() -> None:
    plan = plan_of(scripted_model("refuse-requests"), rounds=2, until_interval=0.01, **QUICK)
    assert len((await Follower(plan).follow()).samples) == 3


def test_an_agenda_leaves_out_what_is_done_and_launches_with_nothing_to_do() -> None:
    plan = Plan(models=(model("a"),), prompts=(RAG, PRIVACY), method=Method(rounds=4, warmup=1, launches=2))
    done = [sample("a", prompt_id=prompt, round_number=number) for number in (1, 2, 3) for prompt in ("rag", "privacy")]
    done[-1] = replace(done[-1], status=SampleStatus.FAILED)
    order = [(step.launch, step.kind.value, step.prompt.id, step.round) for step in agendas(plan, done)["a"]]
    assert order == [
        (2, "cold", "rag", 1),
        (2, "warmup", "rag", 1),
        (2, "warmup", "privacy", 1),
        (2, "round", "privacy", 3),
        (2, "round", "rag", 4),
        (2, "round", "privacy", 4),
    ]
    done[-1] = replace(done[-1], status=SampleStatus.OK)
    assert agendas(replace(plan, method=replace(plan.method, rounds=3, launches=1)), done) == {"a": {}}


def test_what_is_left_takes_the_time_of_what_is_left() -> None:
    plan = Plan(models=(model("a"),), prompts=(RAG,), method=Method(rounds=4, warmup=0))
    eta = Eta(plan, [sample("a", round_number=number) for number in (1, 2)])
    eta.note(events.ModelLoading(key="a", model=model("a"), launch=2), 0.0)
    eta.note(events.ModelLoaded(key="a", load=load("a")), 1.0)
    for begun_s in (1.0, 2.0):
        eta.note(events.SampleStarted(key="a", prompt=RAG, kind=SampleKind.ROUND, round=3), begun_s)
        eta.note(events.SampleFinished(key="a", sample=sample("a"), done_samples=1), begun_s + 1)
    assert eta.left_s(3.0) == 1.0
    eta.note(events.RoundsAdded(key="a", samples=2, total_samples=6, new_launch=False), 3.0)
    assert eta.left_s(3.0) == 3.0


def test_what_was_made_good_is_no_failure_and_counts_once() -> None:
    run = run_record(model("a"), rounds=2)
    first, *rest = samples_of("a", run.plan)
    lost = [replace(sample, status=SampleStatus.FAILED, error="crashed") for sample in rest[-2:]]
    again = [replace(sample, segment=2, launch=2) for sample in (first, *rest[:2], *rest[-2:])]
    died = replace(failed_load("a"), launch=1)
    whole = replace(
        run, samples=(first, *rest[:-2], *lost, *again), loads=(died, replace(load("a", launch=2), segment=2))
    )
    (row,) = summarize(whole)
    assert (row.status, row.rounds, row.failures) == (ModelStatus.OK, 4, 0)
    assert len(without_superseded(whole).samples) == len(whole.samples) - 2
    still = replace(whole, samples=(*whole.samples, replace(failed_sample("a"), round=9, segment=2)))
    assert summarize(still)[0].failures == 1
    worse = replace(whole, loads=(*whole.loads, replace(died, launch=3, segment=3)))
    assert summarize(worse)[0].status is ModelStatus.FAILED


def interrupted_run(**changes: Any) -> RunRecord:
    run = run_record(replace(model("a"), state=ModelState.READY))
    return replace(run, status=RunStatus.RUNNING, finished_at=None, owner="1@1.0", **changes)


def test_only_a_benchmark_that_nobody_runs_can_go_on() -> None:
    run = interrupted_run()
    now = (run.plan.models, run.environment)
    assert resumed(run, *now).owner == host.owner()
    assert can_resume(replace(run, status=RunStatus.STOPPED, owner=host.owner()))
    for other, why in (
        (replace(run, owner=host.owner()), "is still running"),
        (replace(run, status=RunStatus.DONE), "has ended"),
        (replace(run, plan=replace(run.plan, purpose=Purpose.ASK)), "is a question"),
    ):
        assert not can_resume(other)
        with pytest.raises(CannotResume, match=why):
            resumed(other, *now)


def test_what_failed_because_a_server_went_is_tried_again(history: History) -> None:
    run = interrupted_run(run_id="run-7")
    now = (run.plan.models, run.environment)
    *rest, last = run.samples
    gone = failed_sample(last.key, prompt_id=last.prompt_id, error="crashed: nothing answers")
    partly = replace(run, status=RunStatus.DONE, samples=(*rest, replace(gone, round=last.round)))
    assert resumed(partly, *now).status is RunStatus.RUNNING
    never = replace(run, status=RunStatus.DONE, samples=(), loads=(failed_load(last.key),))
    assert resumed(never, *now).status is RunStatus.RUNNING
    again = replace(partly, samples=(*partly.samples, replace(last, segment=2)))
    with pytest.raises(CannotResume, match="has ended"):
        resumed(again, *now)
    history.begin(replace(partly, loads=(), samples=()))
    assert latest_to_resume(history) is None, "nothing of it failed yet"
    for stored in partly.samples:
        history.add_sample(partly.run_id, stored)
    assert take_over(history, None, run.plan.models, anyway=True).run_id == "run-7"


def test_what_has_changed_is_named_and_only_forced(tmp_path: Path) -> None:
    run = interrupted_run()
    (first,) = run.plan.models
    with pytest.raises(CannotResume, match="cannot go on without a,"):
        resumed(run, (), run.environment)
    other = replace(first, weights_bytes=5_000_000)
    with pytest.raises(HasChanged, match=r"a: bytes of weights - -> 5,000,000"):
        resumed(run, (other,), run.environment)
    warmer = replace(run.environment, runtime="onnxruntime 1.32.0", on_battery=True)
    with pytest.raises(
        HasChanged, match=r"runtime onnxruntime 1\.31\.0 -> onnxruntime 1\.32\.0; on battery False -> True"
    ):
        resumed(run, (first,), warmer)
    (tmp_path / "model.onnx").write_text("x")
    early = replace(run, started_at="2020-01-01T00:00:00+00:00")
    with pytest.raises(HasChanged, match="its files were written anew"):
        resumed(early, (replace(first, folder=tmp_path),), run.environment)
    forced = resumed(replace(run, note="quiet night."), (other,), warmer, anyway=True)
    assert forced.note.startswith("quiet night. Resumed although changed: a: bytes of weights - -> 5,000,000;")
    assert forced.plan.models == (other,)
    assert forced.environment == run.environment


def test_a_run_is_taken_over_once(history: History) -> None:
    run = interrupted_run()
    done = replace(run, run_id="run-0", status=RunStatus.DONE)
    for record in (run, done):
        history.begin(replace(record, loads=(), samples=()))
    latest = latest_to_resume(history)
    assert latest is not None
    assert latest.run_id == run.run_id
    assert latest_interrupted(history.path) is None, "a later one has ended"
    before = history.run(run.run_id)
    history.take_over(resumed(before, run.plan.models, run.environment), before)
    taken = history.run(run.run_id)
    assert (taken.owner, taken.status, is_interrupted(taken)) == (host.owner(), RunStatus.RUNNING, False)
    with pytest.raises(HistoryError, match="resumed by another"):
        history.take_over(taken, before)
    with pytest.raises(CannotResume, match="nothing to resume"):
        take_over(history, None, run.plan.models)


def test_an_owner_lives_as_long_as_its_process() -> None:
    assert host.owner_lives(host.owner())
    assert not any(host.owner_lives(word) for word in ("", "x", "1@", "99999999999999999999@1"))
    code = "from tui.probes import host; print(host.owner(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as other:
        assert other.stdout is not None
        owner = other.stdout.readline().strip()
        assert host.owner_lives(owner)
        pid, _, started = owner.partition("~")[0].partition("@")
        assert not host.owner_lives(f"{pid}@{float(started) - 60}"), "another process with that number"
        other.kill()
        other.stdout.read()
        while host.owner_lives(owner):
            pass
        assert not host.owner_lives(owner), "it has ended, and nobody has taken note yet"


def given(*arguments: str) -> dict[str, Any]:
    """Return what the command makes of its options, without running it."""
    return bench.command.make_context("bench", list(arguments)).params


def test_resume_takes_a_run_or_none() -> None:
    assert given()["resume"] is None
    assert given("--resume")["resume"] == ""
    assert given("--resume", "--md", "report.md")["resume"] == ""
    assert given("--resume", "20261122")["resume"] == "20261122"
    context = bench.command.make_context("bench", ["--until-ci", "3%"])
    assert given_settings(context)["until_interval"] == 0.03


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--resume", "--rounds", "3", "--models", "a"), "so --models, --rounds cannot be given with it"),
        (("--resume",), "there is no history yet"),
        (("--resume", "--md", "r.md", "--deterministic-json", "r.json"), "there is no history yet"),
        (("--anyway",), "--anyway goes with --resume and --fleet only"),
        (("--max-rounds", "9"), "--max-rounds limits what --until-ci adds"),
        (("--until-ci", "0%"), "--until-ci 0% would never end"),
        (("--until-ci", "3%", "--rounds", "9", "--max-rounds", "9"), "--max-rounds must be above them"),
        (("--until-ci", "3%", "--rounds", "100"), "--max-rounds must be above them"),
    ],
)
@pytest.mark.usefixtures("own_home")
def test_options_that_make_no_sense_are_refused(arguments: tuple[str, ...], why: str) -> None:
    with pytest.raises(Refused, match=why):
        cli.main(["bench", *arguments], standalone_mode=False)


@pytest.mark.usefixtures("own_home")
def test_a_resume_that_cannot_be_says_why() -> None:
    file = paths.history_file()
    run = interrupted_run()
    with contextlib.closing(History(file)) as history:
        history.begin(replace(run, status=RunStatus.DONE))
    for arguments, why in (
        (["--resume"], "no benchmark was interrupted or stopped"),
        (["--resume", "run-1"], "has ended, so there is nothing to resume"),
        (["--resume", "run-2"], 'there is no run "run-2"'),
    ):
        with pytest.raises(Refused, match=why):
            cli.main(["bench", *arguments], standalone_mode=False)
    with contextlib.closing(History(file)) as history:
        history.begin(replace(run, run_id="run-3", plan=replace(run.plan, models=(paced(1),))))
    with pytest.raises(Refused, match="cannot go on without pace@1, which can no longer be run here"):
        cli.main(["bench", "--resume"], standalone_mode=False)


async def test_the_app_asks_before_it_resumes_what_has_changed(tmp_path: Path) -> None:
    run, file = interrupted_run(), tmp_path / "history.sqlite3"
    with contextlib.closing(History(file)) as history:
        history.begin(run)
    script = ScriptedRun(lambda _: ())
    async with driving(lambda: scripted.workspace(script, *run.plan.models, history_file=file)) as driver:
        await driver.until(lambda: any("was interrupted: R resumes it" in notice for notice in driver.notices))
        await driver.press("R")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        await driver.press("n")
        await driver.until(lambda: driver.app.screen is driver.bench)
        assert script.plans == []
        await driver.press("R")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        await driver.run_with("y")
        assert script.plans == [run.plan]
        await driver.press("R")
        await driver.until(lambda: any("so there is nothing to resume" in notice for notice in driver.notices))
    with contextlib.closing(History(file)) as history:
        assert host.without_beat(history.run(run.run_id).owner) == host.without_beat(host.owner())
