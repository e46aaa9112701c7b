"""The yardstick takes turns with the models of a run, and takes little of the time."""

from __future__ import annotations

import pytest

from tests.support.follower import RAG, SMALL, Follower, plan_of
from tui.bench import events
from tui.measure.timing.summary import summarize
from tui.practice import practice_folder
from tui.records import Mode, Model, Order, RunStatus, SampleKind
from tui.records.sample import YARDSTICK

MEDIUM = Model(alias="practice-medium", folder=practice_folder("practice-medium"))


@pytest.mark.parametrize(("order", "launches"), [(Order.BLOCKS, 2), (Order.INTERLEAVED, 1)])
async def test_it_takes_turns_with_each_model_in_each_launch_for_a_fifth_of_the_time(
    order: Order, launches: int
) -> None:
    plan = plan_of(SMALL, MEDIUM, rounds=3, warmup=0, launches=launches, order=order, yardstick=True)
    follower = Follower(plan)
    run = await follower.follow()
    assert run.status is RunStatus.DONE
    own = [sample for sample in run.samples if sample.key == YARDSTICK]
    turns = [sample for sample in own if sample.kind is SampleKind.YARDSTICK]
    found = {(turn.launch, turn.beside) for turn in turns}
    slowest, all_keys = (
        ("practice-medium", {"practice-small", "practice-medium"}) if order is Order.BLOCKS else ("", {""})
    )
    assert {(launch, slowest) for launch in range(1, launches + 1)} <= found, "the fastest model may leave it no time"
    assert {key for _, key in found} <= all_keys
    assert {turn.prompt_id for turn in turns} == {"yardstick-1"}
    assert len({load.pid for load in run.loads if load.key == YARDSTICK}) == launches, "a fresh process for each launch"
    times = {sample: sample.timeline.end_ns or 0 for sample in run.samples}
    # A turn is taken if it would fit in as long as the one before was; a busy machine may stretch one.
    longest = max(times[sample] for sample in own)
    assert sum(times[sample] for sample in own) - longest <= 0.21 * sum(times.values())
    assert [row.key for row in summarize(run)] == ["practice-small", "practice-medium"]
    assert follower.pool.loaded == ()
    assert not any(isinstance(event, events.SampleFinished) and event.key == YARDSTICK for event in follower.events)


async def test_it_stands_beside_models_side_by_side_and_not_beside_those_of_a_graphics_card() -> None:
    together = await Follower(
        plan_of(SMALL, MEDIUM, prompts=(RAG,), rounds=2, mode=Mode.SIDE_BY_SIDE, yardstick=True)
    ).follow()
    turns = [sample for sample in together.samples if sample.kind is SampleKind.YARDSTICK]
    assert turns
    assert all(sample.beside == "" for sample in turns)
    card = Model(alias="card", variant="gpu", folder=SMALL.folder)
    run = await Follower(plan_of(card, prompts=(RAG,), rounds=1, yardstick=True)).follow()
    assert not any(sample.key == YARDSTICK for sample in run.samples)
