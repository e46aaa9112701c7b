"""How long a run still takes, on a clock of the test's own."""

from __future__ import annotations

from dataclasses import replace

from tests.support import builders
from tui.bench.eta import Eta
from tui.bench.events import ModelDied, ModelLoaded, ModelLoading, SampleFinished, SampleStarted
from tui.bench.planning import sweep
from tui.records import ExitCause, Method, Mode, ModelPace, Plan, SampleKind, Sweep, SweepOf

PLAN = Plan(
    models=(builders.model("quick"), builders.model("slow")),
    prompts=builders.prompts()[:1],
    method=Method(rounds=3, warmup=0),
)
"""Four requests a model: one cold, three rounds."""


def load(eta: Eta, key: str, begun_s: float, ended_s: float) -> None:
    eta.note(ModelLoading(key=key, model=builders.model(key), launch=1), begun_s)
    eta.note(ModelLoaded(key=key, load=builders.load(key)), ended_s)


def finish(eta: Eta, key: str, begun_s: float, ended_s: float) -> None:
    begin(eta, key, begun_s)
    eta.note(SampleFinished(key=key, sample=builders.sample(key), done_samples=1), ended_s)


def begin(eta: Eta, key: str, begun_s: float) -> None:
    eta.note(SampleStarted(key=key, prompt=PLAN.prompts[0], kind=SampleKind.ROUND, round=1), begun_s)


def test_nothing_is_said_before_the_first_sample() -> None:
    eta = Eta(PLAN)
    load(eta, "quick", 0.0, 1.0)
    assert eta.left_s(1.0) is None


def test_an_unknown_model_counts_as_the_known_ones_and_loads_as_long() -> None:
    eta = Eta(PLAN)
    load(eta, "quick", 0.0, 1.0)
    finish(eta, "quick", 1.0, 3.0)
    assert eta.left_s(3.0) == 3 * 2.0 + 4 * 2.0 + 1.0


def test_each_model_counts_with_its_own_pace_and_the_sample_in_flight_with_what_is_left_of_it() -> None:
    eta = Eta(PLAN)
    load(eta, "quick", 0.0, 1.0)
    for number in range(4):
        finish(eta, "quick", 1.0 + number, 2.0 + number)
    load(eta, "slow", 5.0, 6.0)
    finish(eta, "slow", 6.0, 16.0)
    begin(eta, "slow", 16.0)
    assert eta.left_s(20.0) == 2 * 10.0 + 6.0
    assert eta.left_s(100.0) == 2 * 10.0


def test_a_model_that_died_takes_no_more_time() -> None:
    eta = Eta(PLAN)
    load(eta, "quick", 0.0, 0.0)
    finish(eta, "quick", 0.0, 1.0)
    eta.note(ModelDied(key="slow", load=builders.failed_load("slow"), cause=_verdict(), skipped_samples=4), 1.0)
    assert eta.left_s(1.0) == 3.0


def test_side_by_side_the_slowest_decides() -> None:
    eta = Eta(replace(PLAN, method=replace(PLAN.method, mode=Mode.SIDE_BY_SIDE)))
    for key in ("quick", "slow"):
        load(eta, key, 0.0, 0.0)
    finish(eta, "quick", 0.0, 1.0)
    finish(eta, "slow", 0.0, 10.0)
    assert eta.left_s(10.0) == 30.0


def _verdict() -> ExitCause:
    verdict = builders.failed_load().verdict
    assert verdict is not None
    return verdict


def test_in_a_sweep_a_long_prompt_takes_more_of_the_time_than_a_short_one() -> None:
    prompts = sweep.prompts(Sweep(of=SweepOf.PROMPT, tokens=(100, 900)))
    method = Method(rounds=1, warmup=0, sweep=SweepOf.PROMPT.value)
    eta = Eta(Plan(models=(builders.model("quick"),), prompts=prompts, method=method))
    load(eta, "quick", 0.0, 0.0)
    # One cold request and a round over two prompts are 1,500 tokens, while nobody knows which prompt is the cold one.
    for begun_s in (0.0, 1.0):
        eta.note(SampleStarted(key="quick", prompt=prompts[0], kind=SampleKind.ROUND, round=1), begun_s)
        sample = replace(builders.sample("quick"), prompt_id=prompts[0].id)
        eta.note(SampleFinished(key="quick", sample=sample, done_samples=1), begun_s + 1.0)
    assert eta.left_s(2.0) == 13.0
    eta.note(SampleStarted(key="quick", prompt=prompts[1], kind=SampleKind.ROUND, round=1), 2.0)
    assert eta.left_s(5.0) == 10.0
    assert eta.left_s(100.0) == 4.0, "what is in flight is taken to be almost done"


def test_a_model_without_a_sample_is_priced_by_what_is_known_of_it_and_not_as_the_fast_ones() -> None:
    models = tuple(replace(builders.model(key), weights_bytes=size) for key, size in (("quick", 100), ("slow", 400)))
    plan = replace(PLAN, models=models)

    def measured() -> Eta:
        eta = Eta(plan)
        load(eta, "quick", 0.0, 1.0)
        for number in range(4):
            finish(eta, "quick", 1.0 + number, 2.0 + number)
        return eta

    by_size = measured()
    assert by_size.left_s(5.0) == 4 * 4.0 + 4.0, "four times the size"
    by_history = measured()
    paces = {"quick": 0.5, "slow": 3.0}
    by_history.know({key: ModelPace(ttft_s=ttft, decode_tok_s=1e9, load_s=2 * ttft) for key, ttft in paces.items()})
    assert round(by_history.left_s(5.0) or 0, 3) == 4 * 6.0 + 6.0, "as much slower as the other one is now"
    in_flight = measured()
    load(in_flight, "slow", 5.0, 6.0)
    begin(in_flight, "slow", 6.0)
    assert in_flight.left_s(16.0) == 4 * 10.0 - 10.0, "its first request has taken ten seconds already"
    finish(in_flight, "slow", 6.0, 18.0)
    assert in_flight.left_s(18.0) == 3 * 12.0
