"""Tokens that a server does not count are counted by its own tokenizer, and never while a request is in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import httpx2
import pytest

from tests.support.endpoints import on
from tests.support.follower import Follower
from tests.support.scripted_server import HttpRequest, Reply, ScriptedServer, chunk, not_found, serving, steady
from tui.bench.model_pool import ModelPool
from tui.engines.endpoint.behaviour import tokenizer
from tui.engines.endpoint.request_clock import bound_body
from tui.engines.endpoint.server import ServerClient
from tui.records import (
    NEW_CONNECTION,
    TOKENS_BY_TOKENIZER,
    TOKENS_ESTIMATED,
    Method,
    Mode,
    Plan,
    Prompt,
    RunRecord,
    SampleStatus,
    TokensSource,
)
from tui.reports.json import json_text
from tui.reports.json.reading import read_run
from tui.reports.markdown import markdown_report

HI = Prompt(id="hi", text="Why local?")
ANSWER = ("Small ", "models ", "run ", "here.")
FOUNDRY_ROUTE = "/v1/chat/completions/tokenizer/encode/count"
Answers = Callable[[HttpRequest], object]


class Counting:
    """Answers without usage, and counts the words of a text; notes a question that comes while a chat is open."""

    def __init__(self, server: ScriptedServer, path: str, answer: Answers, status: dict[str, object]) -> None:
        self.server, self.path, self._answer, self._status = server, path, answer, status
        self.in_flight, self.during = 0, 0
        server.scene, server.other = self.chat, self.other

    async def chat(self, _: HttpRequest, reply: Reply) -> None:
        self.in_flight += 1
        await reply.head()
        for text in ANSWER:
            await reply.text(text)
            await asyncio.sleep(0.005)
        await reply.event(chunk({}, "stop"))
        await reply.done()
        self.in_flight -= 1

    async def other(self, request: HttpRequest, reply: Reply) -> None:
        if request.path in self._status:
            await reply.json(200, self._status[request.path])
        elif request.path == self.path:
            self.during += self.in_flight
            await reply.json(200, self._answer(request))
        else:
            await not_found(request, reply)

    @property
    def asked(self) -> list[HttpRequest]:
        return asked_of(self.server)


def asked_of(server: ScriptedServer) -> list[HttpRequest]:
    return [request for request in server.requests if "token" in request.path]


def words_in(text: object) -> int:
    return len(str(text).split())


def of_llama_cpp(request: HttpRequest) -> object:
    return {"tokens": list(range(words_in(request.body.get("content", ""))))}


def of_vllm(request: HttpRequest) -> object:
    count = words_in(request.body["prompt"])
    return {"count": count, "max_model_len": 4096, "tokens": list(range(count))}


def of_foundry(request: HttpRequest) -> object:
    (message,) = cast("list[dict[str, str]]", request.body["messages"])
    return {"tokenCount": 7 + words_in(message["content"])}


async def measured(server: ScriptedServer, at_once: tuple[int, ...] = (1,)) -> RunRecord:
    method = Method(rounds=2, warmup=0, concurrency=at_once)
    plan = Plan(models=(on(server.url),), prompts=(HI,), method=method)
    return await Follower(plan, ModelPool()).follow()


@pytest.mark.parametrize(
    ("path", "answer", "status"),
    [
        ("/tokenize", of_llama_cpp, {"/props": {"build_info": "b9000"}}),
        ("/tokenize", of_llama_cpp, {}),
        ("/tokenize", of_vllm, {"/version": {"version": "0.19"}}),
        (FOUNDRY_ROUTE, of_foundry, {"/openai/status": {"ModelDirPath": "/models"}}),
    ],
    ids=["llama.cpp", "llama.cpp unnamed", "vLLM", "Foundry Local"],
)
async def test_the_servers_tokenizer_counts_after_each_answer(
    path: str, answer: Answers, status: dict[str, object], tmp_path: Path
) -> None:
    with serving() as server:
        counting = Counting(server, path, answer, status)
        run = await measured(server)
        assert counting.asked
        assert not counting.during
    assert len(run.samples) > 1
    for sample in run.samples:
        assert (sample.timeline.output_tokens, sample.timeline.tokens_source) == (4, TokensSource.TOKENIZER)
        assert {TOKENS_ESTIMATED, TOKENS_BY_TOKENIZER} <= set(sample.flags)
        assert NEW_CONNECTION not in sample.flags
    report = markdown_report(run)
    assert "`~` tokens counted after the request by the server's own tokenizer" in report
    assert "an estimate, and so is the rate" not in report
    (tmp_path / "run.json").write_text(json_text(run), encoding="utf-8")
    assert read_run(tmp_path / "run.json").samples[0].timeline.tokens_source is TokensSource.TOKENIZER


async def test_a_server_that_counts_by_itself_is_not_asked() -> None:
    with serving() as server:
        server.scene = steady
        run = await measured(server)
        assert not asked_of(server)
    assert {sample.timeline.tokens_source for sample in run.samples} == {TokensSource.RUNTIME}


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "side by side"])
async def test_nothing_is_counted_while_other_requests_may_be_in_flight(at_once: bool) -> None:
    with serving() as server:
        counting = Counting(server, "/tokenize", of_vllm, {})
        if at_once:
            run = await measured(server, (2,))
        else:
            two = (on(server.url), replace(on(server.url), alias="here/other"))
            plan = Plan(models=two, prompts=(HI,), method=Method(rounds=2, warmup=0, mode=Mode.SIDE_BY_SIDE))
            run = await Follower(plan, ModelPool()).follow()
        assert not counting.during
    assert TokensSource.ESTIMATED in {sample.timeline.tokens_source for sample in run.samples}


@pytest.mark.parametrize(("status", "page"), [(404, False), (405, False), (501, False), (200, True)])
async def test_a_server_without_a_tokenizer_is_asked_once(status: int, page: bool) -> None:
    async def none(_: HttpRequest, reply: Reply) -> None:
        data = b"<html>here</html>"
        await reply.head(status, "text/html" if page else "application/json", length=len(data))
        await reply.body(data)

    with serving() as server:
        Counting(server, "", of_vllm, {})
        server.other = none
        run = await measured(server)
        assert [request.path for request in asked_of(server)] == ["/tokenize", FOUNDRY_ROUTE]
    assert {sample.status for sample in run.samples} == {SampleStatus.OK}
    assert {sample.timeline.tokens_source for sample in run.samples} == {TokensSource.ESTIMATED}
    assert "an estimate, and so is the rate" in markdown_report(run)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        "four",
        {},
        {"count": "many"},
        {"count": -4},
        {"count": 10**12, "tokens": "all"},
        {"count": 4, "tokens": [1, 2]},
        {"tokens": []},
        {"tokenCount": 4},
        {"tokens": [1] * 3_000_000},
    ],
)
async def test_an_answer_that_is_no_count_is_left(answer: object) -> None:
    async def any_route(_: HttpRequest, reply: Reply) -> None:
        await reply.json(200, answer)

    with serving() as server:
        server.other = any_route
        async with httpx2.AsyncClient(event_hooks={"response": [bound_body]}) as http:
            counter, client = tokenizer.Tokenizer(), ServerClient(http, server.url.removesuffix("/v1"), "llama.cpp")
            if answer == {"tokenCount": 4}:
                client = replace(client, kind="foundry")
            assert await counter.count(client, "tiny", "Small models run here.") is None
            asked = len(server.requests)
            assert await counter.count(client, "tiny", "Small models run here.") is None
            assert len(server.requests) == asked


async def test_a_tokenizer_that_is_too_late_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_: HttpRequest, __: Reply) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(tokenizer, "COUNT_S", 0.2)
    with serving() as server:
        server.other = never
        async with httpx2.AsyncClient() as http:
            counter, client = tokenizer.Tokenizer(), ServerClient(http, server.url.removesuffix("/v1"), "llama.cpp")
            assert await counter.count(client, "tiny", "Small models run here.") is None
            assert await counter.count(client, "tiny", "Small models run here.") is None
            assert len(server.requests) == 1
