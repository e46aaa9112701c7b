"""An open loop: requests arrive by a schedule, their waiting counts, and a server that is too slow is told."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import click
import pytest

from tests.bench.test_concurrency import HI, broken, follow
from tests.support.builders import sample, timeline
from tests.support.endpoints import on
from tests.support.scripted_server import HttpRequest, Reply, one_at_a_time, serving, steady
from tui.bench.planning.arrivals import due_times_s
from tui.bench.planning.checks import Names, wrong_with
from tui.bench.planning.steps import agendas, steps, total_samples
from tui.cli.shared.values import rates, targets
from tui.measure.timing.arrivals import backlog_growth, is_good, keeps_up, unanswered_at_end
from tui.measure.timing.levels import at_lowest_level, levels
from tui.measure.timing.summary import summarize
from tui.records import Method, Plan, RunRecord, Sample, SampleKind, SampleStatus
from tui.records.steps import Slo
from tui.reports.html import html_page
from tui.reports.json import json_text
from tui.reports.markdown import markdown_report


def plan_on(url: str, *per_s: float, rounds: int, slo: str = "") -> Plan:
    method = Method(rounds=rounds, warmup=0, arrivals_per_s=per_s, slo=slo)
    return Plan(models=(on(url),), prompts=(HI,), method=method)


def queueing_s(due_s: tuple[float, ...], service_s: float) -> list[float]:
    """Return how long each request waits for those before it, by Lindley's recursion."""
    waits, wait = [0.0], 0.0
    for before, after in pairwise(due_s):
        wait = max(0.0, wait + service_s - (after - before))
        waits.append(wait)
    return waits


def rounds_of(run: RunRecord) -> list[Sample]:
    return sorted((row for row in run.samples if row.kind is SampleKind.ROUND), key=lambda row: row.round)


def test_arrivals_are_those_of_a_poisson_process_and_the_same_for_the_same_seed() -> None:
    due_s = due_times_s(4.0, 20_000, seed=1, launch=1)
    gaps_s = [after - before for before, after in pairwise(due_s)]
    mean_s = sum(gaps_s) / len(gaps_s)
    assert abs(mean_s - 0.25) < 0.01
    assert abs(sum((gap - mean_s) ** 2 for gap in gaps_s) / len(gaps_s) - 0.0625) < 0.005, "sd equals the mean"
    assert due_s == due_times_s(4.0, 20_000, seed=1, launch=1)
    assert due_s[:5] != due_times_s(4.0, 5, seed=2, launch=1) != due_times_s(4.0, 5, seed=2, launch=2)


def test_a_rate_is_a_level_of_its_own() -> None:
    plan = plan_on("http://x/v1", 2.0, 8.0, rounds=3)
    order = [(step.kind, step.round, step.concurrency, step.arrivals_per_s) for step in steps(plan)]
    assert order[0] == (SampleKind.COLD, 1, 1, None)
    assert order[1:] == [(SampleKind.ROUND, number, 1, rate) for rate in (2.0, 8.0) for number in (1, 2, 3)]
    assert total_samples(plan) == 7
    done = [
        replace(sample("here/tiny", prompt_id="hi", round_number=number), arrivals_per_s=2.0) for number in (1, 2, 3)
    ]
    left = [step for step in agendas(plan, done)["here/tiny"] if step.kind is SampleKind.ROUND]
    assert [step.arrivals_per_s for step in left] == [8.0] * 3


async def test_the_wait_of_a_queue_is_that_of_its_arrivals() -> None:
    """80 % of the capacity: requests wait at least as long as the same arrivals do on paper."""
    service_s, rate = 0.05, 16.0
    with serving() as server:
        server.scene = one_at_a_time(service_s)
        run, _ = await follow(plan_on(server.url, rate, rounds=60, slo="ttft=75ms,e2e=1s"))
    (level,) = levels(run, "here/tiny")
    assert (level.rounds, level.left_out, level.failed) == (54, 6, 0)
    waited = [(row.timeline.arrivals_ns[0] + (row.timeline.waited_ns or 0)) / 1e9 - service_s for row in rounds_of(run)]
    expected = queueing_s(due_times_s(rate, 60, 1, 1), service_s)
    # On a busy machine all waits are longer; benchmarks.queueing holds them to 5 %.
    assert sum(waited) > 0.9 * sum(expected)
    late_ms = sorted((row.timeline.waited_ns or 0) / 1e6 for row in rounds_of(run))
    assert late_ms[0] > 0, "none is sent before it is due"
    # What else a busy machine does adds to some of them; what we do adds to all.
    assert late_ms[1] < 1.5, "a request is ready when it is due: making it took 3 ms, which counted as the server's"
    assert level.good_share is not None
    assert level.good_share < 1
    assert summarize(run)[0].rounds == 60, "headlines are of the lowest rate"
    for text in (markdown_report(run), html_page(run)):
        assert "Poisson" in text
        assert "Goodput" in text
        assert "16 arrivals a second" in text
    assert '"keeps_up": ' in json_text(run)


async def test_a_server_that_cannot_keep_up_is_told() -> None:
    """150 % of the capacity; 120 % takes more requests to be sure of."""
    with serving() as server:
        server.scene = one_at_a_time(0.02)
        run, _ = await follow(plan_on(server.url, 20.0, 75.0, rounds=80))
    slow, fast = levels(run, "here/tiny")
    assert slow.keeps_up is not None
    assert fast.keeps_up is False
    assert fast.unanswered is not None
    assert fast.unanswered > 10
    report = markdown_report(run)
    assert "75/s: the server cannot keep up with that" in report
    assert {row.arrivals_per_s for row in at_lowest_level(run).samples if row.kind is SampleKind.ROUND} == {20.0}


async def test_requests_that_fail_hold_back_no_other_arrival() -> None:
    async def every_other(request: HttpRequest, reply: Reply) -> None:
        await (broken if len(server.chats) % 2 else steady)(request, reply)

    with serving() as server:
        server.scene = every_other
        run, _ = await follow(plan_on(server.url, 40.0, rounds=20, slo="ttft=1s"))
    (level,) = levels(run, "here/tiny")
    assert len(rounds_of(run)) == 20
    assert level.failed >= 5
    assert level.good_share is not None
    assert level.good_share < 0.8


def test_what_is_good_keeps_every_limit_and_waiting_counts() -> None:
    quick = sample(times=replace(timeline(ttft_ms=100, tok_s=50), waited_ns=50_000_000))
    assert is_good(quick, Slo(ttft_ms=150, tpot_ms=20.1))
    assert not is_good(quick, Slo(ttft_ms=149))
    assert not is_good(quick, Slo(tpot_ms=19.9))
    assert is_good(quick, Slo(e2e_ms=550.1))
    assert not is_good(replace(quick, status=SampleStatus.FAILED), Slo())
    assert keeps_up([quick] * 1000, 50)
    assert not keeps_up([quick] * 1000, 90)
    assert keeps_up([quick] * 20, 10)


def test_many_in_flight_all_the_time_are_no_backlog() -> None:
    """A server that answers each request in a second, 20 of which arrive a second, and one that ever more wait for."""
    whole = timeline(ttft_ms=100, tok_s=10, tokens=10)
    sent_ns = [index * 50_000_000 for index in range(200)]
    parallel = [sample(times=replace(whole, sent_ns=at_ns, end_ns=1_000_000_000)) for at_ns in sent_ns]
    assert unanswered_at_end(parallel) == 20
    assert keeps_up(parallel, backlog_growth(parallel))
    serial = [
        sample(times=replace(whole, sent_ns=at_ns, end_ns=10_000_000 * (index + 1)))
        for index, at_ns in enumerate(sent_ns)
    ]
    assert not keeps_up(serial, backlog_growth(serial))


def test_rates_and_limits_are_read_as_people_write_them() -> None:
    assert rates("4/s") == (4.0,)
    assert rates("8, 0.5/s") == rates("8/s,0.5/s") == (0.5, 8.0)
    assert targets("TTFT=0.5s, tpot=50ms") == "ttft=500ms,tpot=50ms"
    for wrong in ("", "0/s", "-1", "fast", "nan", "4/min", "1e9"):
        with pytest.raises(click.BadParameter):
            rates(wrong)
    for wrong in ("", "ttft", "ttft=500", "ttft=1s,ttft=2s", "tps=3ms", "ttft=0ms"):
        with pytest.raises(click.BadParameter):
            targets(wrong)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Method(arrivals_per_s=(4.0,), concurrency=(1, 4)), "--concurrency and --rate exclude each other"),
        (Method(arrivals_per_s=(4.0,), until_interval=0.03), "--rate and --until-ci exclude each other"),
        (Method(arrivals_per_s=(4.0,), max_per_second=4.0), "--max-rps cannot hold it back"),
        (Method(slo="ttft=500ms"), "--slo counts the good requests of a level"),
    ],
)
def test_what_does_not_go_with_arrivals_is_refused(settings: Method, words: str) -> None:
    sentence = wrong_with(Plan(models=(on("http://x/v1"),), prompts=(HI,), method=settings), Names())
    assert words in (sentence or "")
