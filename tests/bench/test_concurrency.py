"""Several requests at once: never more than asked, each with a clock of its own, and an end where errors begin."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import click
import psutil
import pytest

from tests.support.builders import changed, crowded_run
from tests.support.conditions import least
from tests.support.endpoints import ask, on
from tests.support.follower import SMALL, Follower
from tests.support.processes import children_that_run
from tests.support.scripted_server import HttpRequest, Reply, Scene, ScriptedServer, serving, steady, unhurried
from tui.bench import events
from tui.bench.model_pool import ModelPool
from tui.bench.planning.checks import Names, wrong_with
from tui.bench.planning.steps import agendas, count_finished, steps
from tui.bench.resuming import can_resume
from tui.cli.shared.values import numbers_up_to
from tui.engines.contract import Request, RequestFailed
from tui.engines.endpoint import connection as endpoint_connection
from tui.engines.endpoint.engine import EndpointEngine
from tui.engines.endpoint.rate_limit import rate_limiter_of
from tui.measure.timing.levels import levels, mean_in_flight, total_tok_s
from tui.measure.timing.model_chart import model_charts
from tui.measure.timing.summary import summarize
from tui.probes.sampler import Sampler
from tui.records import (
    ASKED_TO_WAIT,
    IN_LUMPS,
    RATE_UNSURE,
    ExitKind,
    Method,
    Mode,
    ModelStatus,
    Order,
    Plan,
    Prompt,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
    SampleStatus,
)
from tui.records.measurement_settings import MOST_AT_ONCE
from tui.reports.html import html_page
from tui.reports.json import baseline_text, json_text
from tui.reports.json.reading import read_run
from tui.reports.markdown import markdown_report, results_table
from tui.store.history import History

MODULE = pytest.mark.asyncio(loop_scope="module")
HI = Prompt(id="hi", text="Why local?")


class Crowded:
    """A scene that counts how many requests are in flight."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.now = 0
        self.most = 0

    async def __call__(self, request: HttpRequest, reply: Reply) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self._scene(request, reply)
        finally:
            self.now -= 1


def plan_on(url: str, *at_once: int, rounds: int = 2, warmup: int = 0, **options: object) -> Plan:
    plan = Plan(models=(on(url),), prompts=(HI,), method=Method(rounds=rounds, warmup=warmup, concurrency=at_once))
    return changed(plan, **options)


async def follow(plan: Plan, history: History | None = None) -> tuple[RunRecord, Follower]:
    follower = Follower(plan, ModelPool(), history)
    return await follower.follow(), follower


def rounds_at(run: RunRecord, at_once: int) -> list[Sample]:
    return [sample for sample in run.samples if sample.kind is SampleKind.ROUND and sample.concurrency == at_once]


def test_every_connection_has_all_rounds_of_a_level() -> None:
    plan = plan_on("http://x/v1", 1, 3, rounds=4, warmup=1, launches=2)
    order = [(step.launch, step.kind, step.concurrency, step.round) for step in steps(plan)]
    assert order[:5] == [
        (1, SampleKind.COLD, 1, 1),
        (1, SampleKind.WARMUP, 1, 1),
        (1, SampleKind.ROUND, 1, 1),
        (1, SampleKind.ROUND, 1, 2),
        (1, SampleKind.ROUND, 3, 1),
    ]
    assert [step.round for step in steps(plan) if step.concurrency == 3] == list(range(1, 13))


async def test_no_more_are_in_flight_than_asked_and_all_levels_are_kept(tmp_path: Path) -> None:
    async def share_at_rest() -> float:
        """Measure, and return which share of the requests that may be in flight is not, at the worst level."""
        with serving() as server, contextlib.closing(History(tmp_path / "history.sqlite3")) as history:
            scene = server.scene = Crowded(unhurried(0.03, 400, 12))
            run, follower = await follow(plan_on(server.url, 1, 2, 4), history)
            stored = history.run(run.run_id)
        assert scene.most <= 4
        assert server.connections == 4
        assert [len(rounds_at(run, level)) for level in (1, 2, 4)] == [2, 4, 8]
        # On a busy machine several tokens may be read at once.
        assert {sample.status for sample in run.samples} == {SampleStatus.OK}
        assert {flag for sample in run.samples for flag in sample.flags} <= {RATE_UNSURE, IN_LUMPS}
        assert stored.samples == run.samples
        finished = [event for event in follower.events if isinstance(event, events.SampleFinished)]
        assert finished[-1].done_samples == len(run.samples) == 15
        shares = [(level.in_flight or 0) / level.at_once for level in levels(run, "here/tiny")]
        return 1 - min(*shares, scene.most / 4)

    # All that may be in flight at the worst level is what most of the time is; a busy machine holds some tries up.
    assert await least(share_at_rest, 0.6) < 0.6


async def test_the_memory_of_a_server_is_read_by_the_sampler_and_not_by_the_clock() -> None:
    assert not hasattr(endpoint_connection, "host"), "a walk over all processes would hold the clock of every request"
    sampler = Sampler()
    sampler.start()
    try:
        with serving() as server:
            server.scene = unhurried(0.03, 400, 12)
            run = await Follower(plan_on(server.url, 1, 3), ModelPool(sampler=sampler)).follow()
    finally:
        sampler.close()
    peaks = [sample.peak_rss_bytes or 0 for sample in run.samples]
    assert min(peaks) > 20 << 20, "the server runs in the process of this test"


async def test_requests_at_once_leave_nothing_behind() -> None:
    def handles() -> tuple[int, int]:
        (client,) = (child for child in children_that_run("tui.engines.endpoint.child") if child not in others)
        return len(client.net_connections("inet")), client.num_threads()

    seen: list[tuple[int, int]] = []
    others = children_that_run("tui.engines.endpoint.child")
    with serving() as server:
        before = len(asyncio.all_tasks()), psutil.Process().num_fds()
        follower = Follower(plan_on(server.url, 8, rounds=12), ModelPool())

        def look(event: events.Event) -> None:
            if isinstance(event, events.SampleFinished) and event.done_samples in (20, 90):
                seen.append(handles())

        run = await follower.follow(look)
        await asyncio.sleep(0)
        after = len(asyncio.all_tasks()), psutil.Process().num_fds()
    assert len(rounds_at(run, 8)) == 96
    assert seen[0] == seen[1]
    assert seen[0][0] == 8, "a socket for each, and no more"
    # The server in this very process may not have closed its side yet.
    assert after[0] <= before[0]
    assert after[1] <= before[1] + 9
    (row,) = summarize(run)
    assert row.status is ModelStatus.OK


@MODULE
async def test_texts_of_requests_at_once_do_not_mix(server: ScriptedServer, engine: EndpointEngine) -> None:
    async def echo(request: HttpRequest, reply: Reply) -> None:
        await reply.head()
        text = str(request.body["messages"][-1]["content"])  # pyright: ignore
        for _ in range(20):
            await reply.text(text)
            await asyncio.sleep(0.002)
        await reply.finish(20)

    server.scene = echo
    await engine.open_connections(6)
    answers = await asyncio.gather(*(ask(engine, request=Request(prompt=f"{index};")) for index in range(6)))
    assert [answer.text for answer in answers] == [f"{index};" * 20 for index in range(6)]


@MODULE
async def test_one_of_several_is_cancelled_and_the_others_go_on(server: ScriptedServer, engine: EndpointEngine) -> None:
    server.scene = unhurried(0.05, 100, 20)
    await engine.open_connections(2)
    other = asyncio.create_task(ask(engine))
    answer = engine.generate(Request(prompt="Hi"), 10)
    await anext(answer)
    await answer.aclose()
    assert (await other).status is SampleStatus.OK
    assert engine.alive


def fails_above(most: int, fault: Scene, scene: Scene) -> Scene:
    crowded = Crowded(scene)

    async def scripted(request: HttpRequest, reply: Reply) -> None:
        await (fault(request, reply) if crowded.now >= most else crowded(request, reply))

    return scripted


async def broken(_: HttpRequest, reply: Reply) -> None:
    await reply.json(500, {"error": {"message": "too many"}})


async def test_rising_ends_where_requests_fail() -> None:
    with serving() as server:
        server.scene = fails_above(3, broken, unhurried(0.03, 400, 8))
        run, follower = await follow(plan_on(server.url, 1, 2, 4, 8, rounds=4, launches=2))
    by_level = {level.at_once: level for level in levels(run, "here/tiny")}
    assert (by_level[2].rounds, by_level[2].failed) == (8, 0)
    assert by_level[4].failed >= 1
    assert len(rounds_at(run, 4)) < 8, "after a failure no further request is begun"
    assert {counted.launch for counted in rounds_at(run, 4)} == {1}, "nor in a later launch"
    assert not by_level[8].measured
    (notice,) = (event.text for event in follower.events if isinstance(event, events.Notice))
    assert notice.startswith("here/tiny: with 4 at once requests fail (refused: the server failed (500)")
    assert notice.endswith("so 8 at once are left out.")
    (row,) = summarize(run)
    assert row.status is ModelStatus.OK, "what a server cannot do at once is a finding"
    finished = [event for event in follower.events if isinstance(event, events.SampleFinished)]
    started = next(event for event in follower.events if isinstance(event, events.RunStarted))
    assert started.total_samples == 2 + 4 * 15
    assert finished[-1].done_samples <= started.total_samples
    assert run.status is RunStatus.DONE


async def test_a_wish_to_wait_holds_for_all_and_ends_the_rising() -> None:
    with serving() as server:
        second_is_here = asyncio.Event()

        async def scene(request: HttpRequest, reply: Reply) -> None:
            """Refuse the second of two at once, for which the first of them waits."""
            number = len(server.chats)
            if number == 4:
                second_is_here.set()
                await reply.json(429, {}, Retry_After="0.3")
                return
            if number == 3:
                await second_is_here.wait()
            await steady(request, reply)

        server.scene = scene
        run, follower = await follow(plan_on(server.url, 1, 2, 4, rounds=1))
        notices = [event.text for event in follower.events if isinstance(event, events.Notice)]
        refused, *later = server.chats[3:]
    assert later
    assert later[0].at_ns - refused.at_ns > 0.28e9
    assert all(sample.status is SampleStatus.OK for sample in run.samples)
    assert "with 2 at once the server asks to wait, so 4 at once are left out." in notices[0]
    waited = [row for row in rounds_at(run, 2) if ASKED_TO_WAIT in row.flags]
    assert waited
    assert not rounds_at(run, 4)


def gaps_s(run: Iterable[Sample]) -> list[float]:
    """Return the seconds between the moments of sending, by the clock that all clients of one machine share."""
    sent_ns = sorted(row.timeline.sent_ns or 0 for row in run)
    return [(later - earlier) / 1e9 for earlier, later in pairwise(sent_ns)]


async def test_the_rate_of_requests_is_never_above_what_was_asked() -> None:
    with serving() as server:
        server.scene = steady
        run, _ = await follow(plan_on(server.url, 4, max_per_second=20.0))
        at_s = [chat.at_ns / 1e9 for chat in server.chats]
    assert len(rounds_at(run, 4)) == 8
    assert min(gaps_s(run.samples)) >= 0.05, "not a moment too soon"
    first_s = min(sample.timeline.sent_ns or 0 for sample in run.samples) / 1e9
    assert all(at >= first_s + 0.05 * number for number, at in enumerate(at_s)), "as the server sees it"
    # All but the first one wait; what else a busy machine does adds to some.
    assert sorted(sample.timeline.arrivals_ns[0] for sample in run.samples)[3] < 0.04e9, "the wait is in no TTFT"


@MODULE
async def test_two_models_of_a_server_share_its_rate(server: ScriptedServer, engine: EndpointEngine) -> None:
    other = EndpointEngine(on(server.url.replace("127.0.0.1", "localhost")))
    await other.load(60)
    server.scene = steady
    await engine.open_connections(3)
    request = Request(prompt="Hi", per_second=20.0)
    asking = [asyncio.create_task(ask(client, request=request)) for client in (engine, engine, engine, other)]
    # One is given up while it waits for its turn.
    await asyncio.sleep(0.01)
    asking[2].cancel()
    await asyncio.wait(asking)
    answered = [task.result() for task in asking if not task.cancelled()]
    answered.append(await ask(other, request=request))
    await other.close()
    assert len(answered) == 4
    assert min(gaps_s(answered)) >= 0.05


@MODULE
async def test_a_client_that_is_slow_to_cancel_one_request_goes_on_with_the_others(
    server: ScriptedServer, engine: EndpointEngine
) -> None:
    server.scene = unhurried(0.3, 100, 5)
    await engine.open_connections(2)
    client = psutil.Process(engine.pids[0])
    kept, given_up = (asyncio.create_task(ask(engine, request=Request(prompt="Hi"))) for _ in "ab")
    await asyncio.sleep(0.05)
    client.suspend()
    given_up.cancel()
    await asyncio.sleep(0.2)
    client.resume()
    assert (await kept).status is SampleStatus.OK


async def test_a_late_request_puts_off_the_next_and_one_that_is_given_up_does_not() -> None:
    limiter = rate_limiter_of("http://late.example/v1")
    assert rate_limiter_of("http://late.example:80/other/v1") is limiter
    await limiter.acquire("late", 20.0)
    waiting = [asyncio.create_task(limiter.acquire(name, 20.0)) for name in ("gone", "next")]
    await asyncio.sleep(0.1)
    assert not any(task.done() for task in waiting), "the turn is held until the request has been sent"
    sent_s = time.monotonic()
    limiter.release("late")
    limiter.release("late")
    waiting[0].cancel()
    await waiting[1]
    assert time.monotonic() - sent_s >= 0.05
    limiter.release("next")
    await limiter.acquire("last", 20.0)
    assert time.monotonic() - sent_s >= 0.1


@MODULE
async def test_an_answer_that_takes_too_long_is_ended(server: ScriptedServer, engine: EndpointEngine) -> None:
    server.scene = unhurried(0.01, 50, 500)
    with pytest.raises(RequestFailed) as failed:
        await ask(engine, request=Request(prompt="Hi", time_limit_s=0.3))
    server.scene = steady
    assert (await ask(engine)).status is SampleStatus.OK
    assert failed.value.cause.kind is ExitKind.TIMED_OUT
    assert failed.value.cause.reason == "the answer was not complete after 0.3 s, the limit that was set"


async def test_a_server_that_takes_few_connections_is_asked_no_more() -> None:
    with serving() as server:
        server.most_connections = 2
        run, follower = await follow(plan_on(server.url, 1, 2, 4, 8, rounds=1))
    (notice,) = (event.text for event in follower.events if isinstance(event, events.Notice))
    assert notice == "here/tiny: the server did not take 4 connections at once; no more are asked for."
    assert [level.measured for level in levels(run, "here/tiny")] == [True, True, False, False]
    assert summarize(run)[0].status is ModelStatus.OK


async def test_a_server_that_goes_away_at_a_level_ends_the_model_once() -> None:
    with serving() as server:
        going = Crowded(unhurried(0.02, 400, 8))

        def gone(event: events.Event) -> None:
            if isinstance(event, events.SampleFinished) and event.sample.concurrency == 4:
                server.close()

        server.scene = going
        follower = Follower(plan_on(server.url, 1, 4, 8, rounds=4), ModelPool())
        run = await follower.follow(gone)
    (died,) = (event for event in follower.events if isinstance(event, events.ModelDied))
    assert died.cause.kind is ExitKind.CRASHED
    assert not rounds_at(run, 8)
    (row,) = summarize(run)
    assert row.status is ModelStatus.FAILED


async def test_what_answers_one_at_a_time_is_not_asked_several() -> None:
    follower = Follower(
        Plan(models=(SMALL,), prompts=(HI,), method=Method(rounds=1, warmup=0, max_tokens=4, concurrency=(2,)))
    )
    run = await follower.follow()
    (row,) = summarize(run)
    assert row.error == "refused: it answers one request at a time"


def test_the_total_rate_is_of_the_whole_level() -> None:
    run = crowded_run()
    assert [total_tok_s(rounds_at(run, level)) for level in (1, 4)] == [20, 80]
    late = [
        replace(row, timeline=replace(row.timeline, sent_ns=index * 10**9))
        for index, row in enumerate(rounds_at(run, 4))
    ]
    assert total_tok_s(late) == 20, "one after the other they take four times as long"
    assert mean_in_flight(late) == 1
    launches = [replace(row, launch=1 + index % 2) for index, row in enumerate(rounds_at(run, 4))]
    assert total_tok_s(launches) == 40, "two launches of two at once"
    uncounted = [replace(launch, timeline=replace(launch.timeline, output_tokens=None)) for launch in launches]
    assert total_tok_s(uncounted) is None


def test_levels_stand_apart_in_every_report(tmp_path: Path) -> None:
    run = crowded_run()
    (row,) = summarize(run)
    assert (row.rounds, row.ttft_p50_ms, row.status) == (1, 100, ModelStatus.OK)
    for text in (results_table(run), markdown_report(run)):
        assert "## Requests at once" in text
        assert "levels are never averaged together" in text
        assert "8  ██████████████████████████████  160" in text
        assert "- 8 at once: 2 failed: too \\| many." in text
        assert "- Not measured: 16 at once." in text
    page = html_page(run)
    assert "Total rate against requests at once" in page
    assert "8 at once: 2 failed: too | many." in page
    file = tmp_path / "run.json"
    file.write_text(json_text(run), encoding="utf-8")
    (of_model,) = json.loads(file.read_text(encoding="utf-8"))["models"]
    assert [level["total_tok_s"] for level in of_model["concurrency"]] == [20, 80, 160, None]
    assert [level["measured"] for level in of_model["concurrency"]] == [True, True, True, False]
    assert levels(read_run(file), "tiny") == levels(run, "tiny")
    assert '"failures": 0' in baseline_text(run)


def test_a_level_that_was_broken_off_is_measured_anew_and_the_others_stay() -> None:
    run = replace(crowded_run(), status=RunStatus.STOPPED)
    assert can_resume(run)
    plan = replace(
        run.plan,
        prompts=(Prompt(id="rag", text="?"),),
        method=replace(run.plan.method, rounds=1, warmup=0, concurrency=(1, 4, 8)),
    )
    agenda = agendas(plan, [sample for sample in run.samples if sample.concurrency < 8 or sample.round <= 3])["tiny"]
    assert [(step.kind, step.concurrency) for step in agenda] == [
        (SampleKind.COLD, 1),
        *[(SampleKind.ROUND, 8)] * 8,
    ]
    assert count_finished(run.samples, "tiny", agenda) == 1 + 4
    again = [replace(row, segment=2, launch=2) for row in rounds_at(run, 8) if row.status is SampleStatus.OK]
    whole = {level.at_once: level for level in levels(replace(run, samples=(*run.samples[:9], *again)), "tiny")}
    assert (whole[8].rounds, whole[8].total_tok_s) == (8, 160), "what was broken off counts no more"


def test_charts_are_of_one_level() -> None:
    run = crowded_run()
    ttft, _ = model_charts(run, "tiny")
    assert [point.kind for point in ttft.points] == [SampleKind.COLD, SampleKind.ROUND]
    ttft, decode = model_charts(run, "tiny", 4)
    assert ttft.values == [200.0] * 4
    assert (len(ttft.points), len(decode.points)) == (4, 4)
    assert ttft.distribution is not None
    assert ttft.distribution.count == 4
    page = html_page(run)
    assert "TTFT over the run, one request at a time" in page
    folded = page.partition("<summary>More requests at once</summary>")[2]
    assert "TTFT over the run, 8 requests at once" in folded
    assert "TTFT, one request at a time" in markdown_report(run)


def test_a_baseline_keeps_the_level_that_its_numbers_are_of(tmp_path: Path) -> None:
    run = crowded_run()
    run = replace(run, plan=replace(run.plan, method=replace(run.plan.method, concurrency=(4, 8))))
    file = tmp_path / "baseline.json"
    file.write_text(baseline_text(run), encoding="utf-8")
    assert [row.ttft_p50_ms for row in summarize(read_run(file))] == [200]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"until_interval": 0.03}, "--concurrency and --until-ci exclude each other"),
        ({"sweep": "prompt"}, "--concurrency and --sweep exclude each other"),
        ({"mode": Mode.SIDE_BY_SIDE}, "--concurrency and --mode side-by-side exclude each other"),
        ({"order": Order.INTERLEAVED}, "--concurrency and --order interleaved exclude each other"),
        ({"models": (SMALL,)}, "--concurrency is for models of an endpoint, and practice-small runs here"),
        ({"models": (SMALL,), "concurrency": (1,), "max_per_second": 1.0}, "--max-rps is for models of an endpoint"),
        ({"models": (SMALL,), "concurrency": (1,), "time_limit_s": 1.0}, "--request-timeout is for models of an"),
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, object], words: str) -> None:
    plan = changed(plan_on("http://x/v1", 1, 4), **changes)
    assert words in (wrong_with(plan, Names()) or "")


@pytest.mark.parametrize("value", ["", "0", "1,x", "257", "-1", "²"])
def test_wrong_levels_say_how_they_are_written(value: str) -> None:
    with pytest.raises(click.BadParameter, match=r"write them as 1,2,4,8\.$"):
        numbers_up_to(MOST_AT_ONCE)(value)


def test_levels_rise_and_are_asked_once() -> None:
    assert numbers_up_to(MOST_AT_ONCE)("8, 1,2,2") == (1, 2, 8)
