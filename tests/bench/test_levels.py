"""What a level of requests at once measures: the server at that load, and not our own client or its pauses."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.bench.test_concurrency import broken, fails_above, follow, plan_on, rounds_at
from tests.support.builders import sample, timeline
from tests.support.conditions import least
from tests.support.endpoints import QUESTION, ask, on
from tests.support.follower import Follower
from tests.support.scripted_server import serving, unhurried
from tui.bench import events
from tui.bench.model_pool import ModelPool
from tui.engines.endpoint.clients import EndpointClients, clients_for
from tui.measure.timing.levels import between_requests, levels, steady_tok_s, total_tok_s
from tui.records import Sample, SampleStatus
from tui.records.steps import Level
from tui.reports.sections.levels import level_notes, total_rate


def near(value: float | None, expected: float) -> bool:
    return value is not None and abs(value - expected) < 1e-6 * expected


async def test_connections_do_not_rest_while_the_run_stores_what_they_brought() -> None:
    async def share_of_limits() -> float:
        """Measure, and return the larger share of two limits: on the rest of connections, and on what it changes."""
        with serving() as server:
            server.scene = unhurried(0.1, 100, 20)
            run, _ = await follow(plan_on(server.url, 8, rounds=4))
        level = levels(run, "here/tiny")[-1]
        assert level.in_flight is not None
        assert level.total_tok_s is not None
        assert level.client_busy is not None
        assert 0 < level.client_busy <= 1
        # All requests are alike and begin together, so leaving out the beginning and the end changes next to nothing.
        changed = abs((level.steady_tok_s or 0) / level.total_tok_s - 1)
        return max((1 - level.in_flight / 8) / 0.25, changed / 0.1)

    assert await least(share_of_limits, 1) < 1


async def test_requests_that_were_never_sent_are_no_samples() -> None:
    with serving() as server:
        server.scene = fails_above(0, broken, unhurried(0.03, 400, 8))
        run, follower = await follow(plan_on(server.url, 4, rounds=8))
        asked = len([chat for chat in server.chats if chat.at_ns])
    assert len(run.samples) == asked
    assert 1 <= len(rounds_at(run, 4)) <= 4
    assert {sample.status for sample in rounds_at(run, 4)} == {SampleStatus.FAILED}
    started = next(event for event in follower.events if isinstance(event, events.RunStarted))
    assert started.total_samples == 1 + 32


async def test_a_stopped_level_keeps_only_what_was_sent() -> None:
    with serving() as server:
        server.scene = unhurried(0.05, 50, 30)
        follower = Follower(plan_on(server.url, 3, rounds=20), ModelPool(), None)

        def stop(event: events.Event) -> None:
            if isinstance(event, events.SampleFinished) and event.sample.concurrency == 3:
                follower.stop.set()

        run = await follower.follow(stop)
        sent = len(server.chats)
    # A request may be stopped before the server has it, or before this process knows that it was sent.
    assert abs(len(run.samples) - sent) <= 3
    assert sum(sample.status is SampleStatus.CANCELLED for sample in run.samples) <= 3


async def test_many_connections_are_spread_over_processes() -> None:
    with serving() as server:
        server.scene = unhurried(0.05, 200, 10)
        clients = EndpointClients(on(server.url))
        clients.cores = 4
        await clients.load(60)
        await clients.open_connections(32)
        try:
            assert len(clients.pids) == 3, "two clients and the server, which is this process"
            asked = (ask(clients, request=replace(QUESTION, queued=True)) for _ in range(64))
            answers = await asyncio.gather(*asked)
        finally:
            await clients.close()
    assert not clients.alive
    assert [answer.status for answer in answers] == [SampleStatus.OK] * 64
    assert server.connections == 32


@pytest.mark.parametrize(
    ("connections", "cores", "here", "clients"),
    [(8, 64, False, 1), (64, 2, True, 1), (64, 2, False, 1), (64, 8, True, 4), (64, 4, False, 3), (256, 64, False, 8)],
)
def test_clients_are_as_many_as_the_cores_allow(connections: int, cores: int, here: bool, clients: int) -> None:
    assert clients_for(connections, cores, server_here=here) == clients


def test_a_level_at_the_ceiling_of_our_client_is_told_from_one_of_the_server() -> None:
    def level(busy: float) -> Level:
        return Level(at_once=8, rounds=8, client_busy=busy, client_ceiling_tok_s=3000.0)

    assert not level_notes([level(0.4)])
    (note,) = level_notes([level(0.4), level(0.8)])
    assert "own client may be what limits these rates" in note
    assert "80 % of the time" in note
    assert "3,000 tok/s at most" in note


def test_the_steady_rate_is_without_the_time_in_which_connections_begin_and_run_out() -> None:
    """Two connections, of which the second begins a second later and goes on alone at the end."""
    tokens = replace(timeline(ttft_ms=50, tok_s=10, tokens=10), end_ns=1_000_000_000)
    sent_s = (0.0, 1.0, 1.0, 2.0, 2.0, 3.0)
    rounds = [replace(sample(times=replace(tokens, sent_ns=round(at_s * 1e9))), concurrency=2) for at_s in sent_s]
    assert near(total_tok_s(rounds), 60 / 4)
    assert near(steady_tok_s(rounds, 2), 20)
    assert steady_tok_s(rounds[:2], 2) is None


def test_a_total_rate_that_our_client_has_lowered_is_marked() -> None:
    """Sixteen connections, of which each takes 60 ms from a request of a second to its next one."""
    tokens = replace(timeline(ttft_ms=50, tok_s=10, tokens=10), end_ns=1_000_000_000)

    def rounds(between_s: float) -> list[Sample]:
        sent_s = [turn * (1 + between_s) + connection * 0.01 for turn in range(5) for connection in range(16)]
        return [replace(sample(times=replace(tokens, sent_ns=round(at_s * 1e9))), concurrency=16) for at_s in sent_s]

    slowed = between_requests(rounds(0.06), 16)
    steady = steady_tok_s(rounds(0.06), 16)
    assert slowed is not None
    assert steady is not None
    assert abs(slowed - 0.06 / 1.06) < 0.002
    assert abs(steady / (160 * (1 - slowed)) - 1) < 0.02
    assert between_requests(rounds(0.0), 16) == 0
    assert between_requests(rounds(0.06), 1) is None
    marked = Level(at_once=16, rounds=80, total_tok_s=700.0, between_requests=slowed)
    assert total_rate(marked) == "700?"
    (note,) = level_notes([replace(marked, at_once=4, between_requests=0.004), marked])
    assert "5.7 % with 16 at once" in note
    assert total_rate(replace(marked, between_requests=0.004)) == "700"
