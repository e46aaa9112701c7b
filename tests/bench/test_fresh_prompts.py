"""Prompts that no server can take from its cache, and prompts that one did take from there."""

from __future__ import annotations

import re

from tests.support.builders import changed
from tests.support.endpoints import on
from tests.support.follower import Follower
from tests.support.scripted_server import HttpRequest, Reply, ScriptedServer, chunk, serving, usage
from tui.bench.model_pool import ModelPool
from tui.bench.planning.sweep import prompts
from tui.measure.comparison.comparability import find_differences
from tui.measure.timing.summary import summarize
from tui.records import PROMPT_CACHED, Method, Plan, Prompt, RunRecord, Sweep, SweepOf
from tui.reports.markdown.report import markdown_report

HI = Prompt(id="hi", text="Say hello.")


async def cached(request: HttpRequest, reply: Reply) -> None:
    """Answer as a server that has every prompt in its cache that it has read before."""
    await reply.head()
    await reply.event(chunk({"content": "Hello."}))
    await reply.event(chunk({}, "stop"))
    asked = CHATS.setdefault(str(request.body["messages"]), 0)
    CHATS[str(request.body["messages"])] += 1
    await reply.event(usage(2, 40, prompt_tokens_details={"cached_tokens": 39 if asked else 0}))
    await reply.done()


CHATS: dict[str, int] = {}


async def measured(server: ScriptedServer, **method: object) -> RunRecord:
    server.scene = cached
    CHATS.clear()
    plan = Plan(models=(on(server.url),), prompts=(HI,), method=Method(rounds=3, warmup=1))
    return await Follower(changed(plan, **method), ModelPool()).follow()


def sent(server: ScriptedServer) -> list[str]:
    return [re.sub(r"^.*'content': '|'}]$", "", str(request.body["messages"])) for request in server.chats]


async def test_a_prompt_has_another_number_in_each_request_on_demand() -> None:
    with serving() as server:
        run = await measured(server, no_cache_hits=True)
        assert len(set(sent(server))) == 5, "cold, warm-up and three rounds"
        assert {len(text) for text in sent(server)} == {len("123456. Say hello.")}
        assert all(text.endswith(". Say hello.") for text in sent(server))
        assert not any(PROMPT_CACHED in sample.flags for sample in run.samples)
        assert {sample.prompt for sample in run.samples} == {HI.text}
        assert "no cache hits" in markdown_report(run)
        possible = await measured(server)
    assert [sample.flags for sample in possible.samples[1:]] == [(PROMPT_CACHED,)] * 4
    (difference,) = find_differences(possible, run)
    assert (difference.what, difference.before, difference.after) == ("cache hits", "possible", "avoided")
    (summary,) = summarize(possible)
    assert summary.cached is not None
    assert summary.cached.rounds == 3
    assert summary.cached.computed_ttft_p50_ms is not None, "that of the first request"
    assert "97.5 % of the prompts' tokens; TTFT p50" in markdown_report(possible)


async def test_a_sweep_over_the_prompts_of_a_server_repeats_none() -> None:
    sweep = Sweep(of=SweepOf.PROMPT, tokens=(20, 40))
    with serving() as server:
        server.scene = cached
        CHATS.clear()
        method = Method(rounds=2, warmup=0, sweep=sweep.of.value)
        plan = Plan(models=(on(server.url),), prompts=prompts(sweep), method=method)
        run = await Follower(plan, ModelPool()).follow()
        assert len(set(sent(server))) == len(sent(server)) == len(run.samples)
    assert not any(PROMPT_CACHED in sample.flags for sample in run.samples)
