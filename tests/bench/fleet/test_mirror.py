"""What a machine tells of its run is checked, and never touches a run of the history that it was not asked for."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.builders import environment
from tui.bench.fleet import wire
from tui.bench.fleet.mirror import Mirror, NotAccepted, earlier_run
from tui.records import Load, Method, Plan, Prompt, RunRecord, RunStatus, Sample
from tui.records.fleet.plan import FleetPlan, PlannedModel
from tui.store.history import History

PROMPTS = (Prompt(id="hello", text="Hello"),)
MODEL = PlannedModel(alias="phi", engine="foundry")
PLAN = FleetPlan(models=(MODEL,), prompts=PROMPTS, method=Method(), id="0123456789abcdef")
RUN = RunRecord(
    run_id="20261128-000000-aaaaaa",
    started_at="2026-11-28T00:00:00.000+00:00",
    plan=Plan(models=(MODEL.model,), prompts=PROMPTS, plan_id=PLAN.id),
    environment=environment(),
)
BEGUN = wire.RunLine(run=RUN, total=2, done=0)


def sample(number: int, key: str = "phi", *, earlier: bool = False) -> wire.SampleLine:
    return wire.SampleLine(sample=Sample(key=key, alias=key, prompt_id="hello", round=number), earlier=earlier)


@pytest.fixture
def history(tmp_path: Path) -> Generator[History]:
    with closing(History(tmp_path / "history.sqlite3")) as opened:
        yield opened


def test_every_sample_is_in_the_history_at_once_and_the_run_goes_on_after_a_loss(history: History) -> None:
    mirror = Mirror(history, PLAN, "laptop")
    for line in (BEGUN, wire.LoadLine(load=Load(key="phi")), sample(1)):
        mirror.take(line)
    kept = history.run(RUN.run_id)
    assert (kept.status, len(kept.samples), kept.environment.machine_name) == (RunStatus.RUNNING, 1, "laptop")
    earlier = (BEGUN, wire.LoadLine(load=Load(key="phi"), earlier=True), sample(1, earlier=True))
    for line in (*earlier, sample(2, earlier=True), sample(3), wire.EndLine(status=RunStatus.DONE)):
        mirror.take(line, RUN.run_id)
    kept = history.run(RUN.run_id)
    assert (kept.status, [one.round for one in kept.samples]) == (RunStatus.DONE, [1, 2, 3])
    found = earlier_run(history, PLAN.id, "laptop")
    assert found is not None
    assert found.run_id == RUN.run_id
    assert earlier_run(history, PLAN.id, "desk") is None


def test_a_run_of_an_earlier_desk_is_taken_over(history: History) -> None:
    first = Mirror(history, PLAN, "laptop")
    for line in (BEGUN, sample(1)):
        first.take(line)
    first.close(RunStatus.STOPPED)
    second = Mirror(history, PLAN, "laptop")
    for line in (BEGUN, sample(1, earlier=True), sample(2), wire.EndLine(status=RunStatus.DONE)):
        second.take(line, RUN.run_id)
    kept = history.run(RUN.run_id)
    assert (kept.status, len(kept.samples)) == (RunStatus.DONE, 2)


def test_a_machine_cannot_claim_the_place_of_another(history: History) -> None:
    claimed = replace(RUN, name="best", pinned=True, tags=(f"fleet:{PLAN.id}", "machine:laptop"))
    mirror = Mirror(history, PLAN, "liar")
    for line in (wire.RunLine(run=claimed, total=1, done=0), sample(1)):
        mirror.take(line)
    kept = history.run(RUN.run_id)
    assert (kept.name, kept.pinned, kept.tags) == ("", False, (f"fleet:{PLAN.id}", "machine:liar"))
    assert earlier_run(history, PLAN.id, "laptop") is None


def test_a_run_that_was_not_asked_for_stays_as_it_is(history: History) -> None:
    own = replace(RUN, note="mine", status=RunStatus.DONE, finished_at=RUN.started_at)
    history.begin(own)
    mirror = Mirror(history, PLAN, "liar")
    for line in (BEGUN, sample(1), wire.EndLine(status=RunStatus.DONE)):
        mirror.take(line)
    assert mirror.shared
    kept = history.run(RUN.run_id)
    assert (kept.note, kept.samples) == ("mine", ())


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((sample(1),), "before its run began"),
        ((BEGUN, sample(1, "other")), "a model that the plan does not have"),
        ((BEGUN, wire.LoadLine(load=Load(key="other"))), "a model that the plan does not have"),
        ((wire.RunLine(run=replace(RUN, run_id="../../x"), total=1, done=0),), "an id that is none"),
        ((wire.RunLine(run=replace(RUN, plan=replace(RUN.plan, plan_id="")), total=1, done=0),), "of another plan"),
        ((wire.RunLine(run=replace(RUN, plan=replace(RUN.plan, models=())), total=1, done=0),), "of another plan"),
    ],
)
def test_what_contradicts_the_plan_is_refused(history: History, lines: tuple[wire.Line, ...], words: str) -> None:
    mirror = Mirror(history, PLAN, "liar")
    for line in lines[:-1]:
        mirror.take(line)
    with pytest.raises(NotAccepted, match=words):
        mirror.take(lines[-1])


def test_a_run_travels_without_paths_and_code_and_comes_back_the_same() -> None:
    found = wire.decode(wire.encode(BEGUN))
    assert isinstance(found, wire.RunLine)
    assert found.run == wire.portable(RUN)
    model = replace(MODEL.model, folder=Path("/etc"), note="\udcff")
    travelled = wire.decode(wire.encode(replace_models(model)))
    assert isinstance(travelled, wire.RunLine)
    assert travelled.run.plan.models == (replace(model, folder=None),)


def replace_models(model: object) -> wire.RunLine:
    return wire.RunLine(run=replace(RUN, plan=replace(RUN.plan, models=(model,))), total=1, done=0)
