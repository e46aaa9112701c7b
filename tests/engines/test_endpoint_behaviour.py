"""Refusals that say what to do are followed, and what a server did otherwise than it was told is flagged."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import httpx2
import openai
import pytest

from tests.support.endpoints import QUESTION, ask, on
from tests.support.scripted_server import (
    HttpRequest,
    Reply,
    Scene,
    ScriptedServer,
    chunk,
    not_found,
    serving,
    steady,
    usage,
)
from tui.bench import runner
from tui.bench.events import ModelWaiting
from tui.bench.model_pool import ModelPool
from tui.cli.bench.progress_line import ProgressLine
from tui.console import Console
from tui.engines.contract import EngineDied, Request, RequestFailed, ServerWait
from tui.engines.endpoint.behaviour.checks import is_same_name
from tui.engines.endpoint.behaviour.dialect import Dialect
from tui.engines.endpoint.behaviour.proxies import proxy_variable
from tui.engines.endpoint.behaviour.server_names import possible_aliases, resolved, suggestion
from tui.engines.endpoint.engine import EndpointEngine
from tui.engines.endpoint.errors import connection_problem, problem_of
from tui.measure.timing import metrics
from tui.measure.timing.prompt_limit import is_at_limit
from tui.records import (
    ANSWER_TOO_LONG,
    ANSWERED_BY,
    ASKED_TO_WAIT,
    COUNT_DOUBTED,
    END_UNKNOWN,
    IN_LUMPS,
    NEW_CONNECTION,
    NOT_LISTED,
    PROMPT_CACHED,
    PROMPT_CUT,
    RATE_UNSURE,
    SENT_AS,
    SERVER_MEMORY,
    Endpoint,
    Method,
    Plan,
    Prompt,
    SampleStatus,
)

MODULE = pytest.mark.asyncio(loop_scope="module")
Refusal = Callable[[Mapping[str, object]], bool]


@pytest.fixture(autouse=True)
def forgotten(request: pytest.FixtureRequest) -> None:
    """Forget the requests of the test before, where the server is the one that all share."""
    if "server" in request.fixturenames:
        request.getfixturevalue("server").requests.clear()


def refusing(refused: Refusal, words: str, status: int = 400) -> Scene:
    async def scene(request: HttpRequest, reply: Reply) -> None:
        if refused(request.body):
            await reply.json(status, {"error": {"message": words}})
        else:
            await steady(request, reply)

    return scene


REFUSED: dict[str, tuple[Refusal, str, tuple[str, ...]]] = {
    "another name of the limit": (
        lambda body: "max_tokens" in body,
        "'max_tokens' is not supported; use 'max_completion_tokens'.",
        ("sent with max_completion_tokens",),
    ),
    "temperature 1 only": (
        lambda body: body.get("temperature") != 1,
        "invalid temperature: only 1 is allowed for this model",
        ("sent with temperature 1",),
    ),
    "the default temperature": (
        lambda body: body.get("temperature") != 1,
        "'temperature' does not support 0 with this model. Only the default (1) value is supported.",
        ("sent with temperature 1",),
    ),
    "a positive temperature": (
        lambda body: body.get("temperature") == 0,
        "`temperature` must be strictly positive",
        ("sent with temperature 0.01",),
    ),
    "no temperature": (
        lambda body: "temperature" in body,
        "Unsupported parameter: 'temperature'",
        ("sent without a temperature",),
    ),
    "no seed": (lambda body: "seed" in body, "seed: Extra inputs are not permitted", ("sent without a seed",)),
    "no count": (lambda body: "stream_options" in body, "stream_options: unknown field", ()),
    "no count, without its name": (
        lambda body: "stream_options" in body or "seed" in body,
        "Extra inputs are not permitted",
        ("sent without a seed",),
    ),
    "fewer tokens": (
        lambda body: int(str(body.get("max_tokens"))) > 30,
        "max_tokens is too large: 40. This model supports at most 30 completion tokens",
        ("sent with a limit of 30 tokens",),
    ),
    "all at once": (
        lambda body: body.get("temperature") != 1 or "max_tokens" in body or "seed" in body,
        "use max_completion_tokens; temperature: only 1 is allowed; seed is not supported",
        ("sent with temperature 1", "sent without a seed", "sent with max_completion_tokens"),
    ),
}


LIMITED = f"{SENT_AS}with a limit of 16 tokens"


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        ("Invalid temperature: must be in (0, 2]", (f"{SENT_AS}with temperature 0.01",)),
        ("temperature: expected a value >= 0.05, but got 0", (f"{SENT_AS}with temperature 0.05",)),
        ("temperature should be in [0.1, 1.0]", (f"{SENT_AS}with temperature 0.1",)),
        ("Invalid 'max_tokens': expected a value <= 16, but got 40 instead", (LIMITED,)),
        ("max_tokens: 40 > 16, which is the maximum allowed number of output tokens", (LIMITED,)),
        ("max_tokens (40) exceeds the limit of 16", (LIMITED,)),
        ("The maximum value for max_tokens is 16", (LIMITED,)),
        ("max_completion_tokens must be <= 16", (LIMITED,)),
        ("Range of max_tokens should be [1, 16]", (LIMITED,)),
        ("include_usage is not supported", ()),
        ("'max_tokens' or 'max_completion_tokens' is too large: 40. The maximum context length is 32 tokens", None),
        ("`inputs` tokens + `max_new_tokens` must be <= 32", None),
    ],
)
def test_the_values_that_a_refusal_names_are_taken(words: str, flags: tuple[str, ...] | None) -> None:
    dialect, request = Dialect(), replace(QUESTION, max_tokens=40)
    assert dialect.adapt(words, request) is (flags is not None)
    assert dialect.flags(request) == (flags or ())


async def sent(dialect: Dialect, refused: Refusal, words: str, request: Request) -> Mapping[str, object]:
    """Send a request in the dialect to a server that refuses it, until it is taken; gives the body that was."""
    bodies: list[dict[str, object]] = []

    def reply(http_request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(http_request.content))
        wrong = refused(bodies[-1])
        return httpx2.Response(400 if wrong else 200, json={"error": {"message": words}} if wrong else {})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(reply)) as http:
        client = openai.AsyncOpenAI(api_key="none", base_url="http://localhost", max_retries=0, http_client=http)
        for _ in range(6):
            try:
                await dialect.send(client, "tiny", request, {})
            except openai.APIStatusError as error:
                if not dialect.adapt(error.response.text, request):
                    break
            else:
                return bodies[-1]
    raise AssertionError(bodies)


@pytest.mark.parametrize("case", REFUSED)
async def test_a_refusal_that_says_what_to_do_is_followed(case: str) -> None:
    refused, words, flags = REFUSED[case]
    dialect, request = Dialect(), replace(QUESTION, seed=7)
    body = await sent(dialect, refused, words, request)
    assert not refused(body)
    assert dialect.flags(request) == flags


@MODULE
async def test_what_was_learned_from_a_refusal_is_not_asked_again(server: ScriptedServer) -> None:
    refused, words, flags = REFUSED["all at once"]
    server.scene = refusing(refused, words)
    engine = EndpointEngine(on(server.url))
    await engine.load(60)
    samples = [await ask(engine, request=replace(QUESTION, seed=7)) for _ in range(2)]
    assert {sample.status for sample in samples} == {SampleStatus.OK}
    assert [
        tuple(flag for flag in sample.flags if flag not in (RATE_UNSURE, NEW_CONNECTION)) for sample in samples
    ] == [flags] * 2
    assert len(server.chats) == 5
    await engine.close()


@MODULE
async def test_a_refusal_of_something_else_stays_one(server: ScriptedServer, engine: EndpointEngine) -> None:
    words = "This model's maximum context length is 4096 tokens. However, you requested 5000 (max_tokens 40)."
    server.scene = refusing(lambda _: True, words)
    with pytest.raises(RequestFailed, match="maximum context length"):
        await ask(engine)
    assert len(server.chats) == 1


@MODULE
@pytest.mark.parametrize("headers", [{}, {"Retry_After": "0"}])
async def test_a_server_that_still_loads_is_waited_for(server: ScriptedServer, headers: dict[str, str]) -> None:
    async def scene(request: HttpRequest, reply: Reply) -> None:
        if len(server.chats) < 3:
            await reply.json(503, {"error": {"code": 503, "message": "Loading model"}}, **headers)
        else:
            await steady(request, reply)

    server.scene = scene
    engine, waits = EndpointEngine(on(server.url)), list[ServerWait]()
    engine.told_waits = waits.append
    await engine.load(60)
    sample = await ask(engine)
    await engine.close()
    assert sample.status is SampleStatus.OK
    assert [(wait.over, wait.asked) for wait in waits] == [(False, False), (False, False), (True, False)]
    times_s = [wait.waited_s for wait in waits]
    assert times_s == sorted(times_s)
    assert len({wait.limit_s for wait in waits}) == 1
    assert ASKED_TO_WAIT not in sample.flags
    ttft_ns = metrics.ttft_ns(sample.timeline)
    assert ttft_ns is not None
    assert ttft_ns < 500_000_000, "the wait for the load is no part of the first token"


@MODULE
async def test_a_run_tells_that_and_how_long_a_server_is_waited_for(server: ScriptedServer) -> None:
    told, words = list[ModelWaiting](), io.StringIO()
    pool, model = ModelPool(), on(server.url)
    plan = Plan(models=(model,), prompts=(Prompt(id="hi", text="Hi"),), method=Method(rounds=1, warmup=0))
    progress = ProgressLine(plan, Console(None, words))

    async def refusing_once(_: HttpRequest, reply: Reply) -> None:
        server.scene = steady
        await reply.json(429, {"error": {"message": "slow down"}}, Retry_After="1")

    server.scene, server.loading = refusing_once, True
    try:
        async with asyncio.timeout(60):
            async for event in runner.run(plan, pool=pool, history=None, stop=asyncio.Event()):
                progress.show(event)
                if isinstance(event, ModelWaiting):
                    told.append(event)
                    server.loading = False
    finally:
        server.loading = False
        await pool.close()
    assert told[0].key == model.key
    assert told[0].limit_s == min(300, plan.load_timeout_s)
    line = f"{model.key}: waiting for the server to load its model, 0 s of at most {told[0].limit_s:.0f} s"
    assert words.getvalue().count(line) == 1, "a log tells it once"
    asked, over = (event for event in told if event.asked)
    assert (asked.over, asked.limit_s, over.over) == (False, 1, True)
    assert over.waited_s > 0.9
    assert words.getvalue().count(f"{model.key}: the server asks to wait 1 s\n") == 1


@MODULE
async def test_a_load_without_an_end_is_told_with_its_limit(server: ScriptedServer, engine: EndpointEngine) -> None:
    server.scene = refusing(lambda _: True, "Loading model", 503)
    with pytest.raises(RequestFailed, match="still loading its model after 1 s, and was left; it says: Loading model"):
        await ask(engine, silence_s=1)


def streamed(
    *texts: str, tokens: int | None = None, prompt: int = 9, cached: int | None = None, reason: str | None = "length",
    model: str = "tiny",
) -> Scene:  # fmt: skip
    async def scene(_: HttpRequest, reply: Reply) -> None:
        await reply.head()
        for text in texts:
            await reply.event({**chunk({"content": text}), "model": model})
        if reason is not None:
            await reply.event(chunk({}, reason))
        details = {} if cached is None else {"prompt_tokens_details": {"cached_tokens": cached}}
        await reply.event(usage(len(texts) if tokens is None else tokens, prompt, **details))
        await reply.done()

    return scene


async def lumps(_: HttpRequest, reply: Reply) -> None:
    await reply.head()
    await reply.body(b"".join(b"data: %s\n\n" % b'{"choices":[{"delta":{"content":"word "}}]}' for _ in range(30)))
    await reply.finish(30)


LONG = Request(prompt="local models " * 400, max_tokens=40)
WORDS = ["word "] * 6
FLAGGED: dict[str, tuple[Scene, Request, tuple[str, ...]]] = {
    "as it was told": (streamed(*WORDS), QUESTION, ()),
    "a prompt that was cut": (streamed(*WORDS, prompt=512), LONG, (PROMPT_CUT,)),
    "a prompt that was read": (streamed(*WORDS, prompt=810), LONG, ()),
    "a prompt from the cache": (streamed(*WORDS, prompt=810, cached=809), LONG, (PROMPT_CACHED,)),
    "the chat format from the cache": (streamed(*WORDS, prompt=810, cached=20), LONG, ()),
    "nothing from the cache": (streamed(*WORDS, prompt=810, cached=0), LONG, ()),
    "more tokens than asked for": (streamed(*["word "] * 80), QUESTION, (ANSWER_TOO_LONG,)),
    "fewer tokens than pieces": (streamed(*["word "] * 30, tokens=15), QUESTION, (COUNT_DOUBTED,)),
    "another model": (streamed(*WORDS, model="llama-3"), QUESTION, (f"{ANSWERED_BY}llama-3",)),
    "a longer name": (streamed(*WORDS, model="/models/Tiny.gguf"), QUESTION, ()),
    "a reason that is not known": (streamed(*WORDS, reason="tripwire"), QUESTION, (END_UNKNOWN,)),
    "no reason": (streamed(*WORDS, reason=None), QUESTION, (END_UNKNOWN,)),
    "lumps": (lumps, QUESTION, (IN_LUMPS,)),
}


@MODULE
@pytest.mark.parametrize("case", FLAGGED)
async def test_what_a_server_did_otherwise_is_flagged(
    server: ScriptedServer, engine: EndpointEngine, case: str
) -> None:
    server.scene, request, flags = FLAGGED[case]
    sample = await ask(engine, request=request)
    assert sample.status is SampleStatus.OK
    assert tuple(flag for flag in sample.flags if flag not in (RATE_UNSURE, NEW_CONNECTION)) == flags


async def test_the_memory_of_a_server_with_several_models_is_of_none_of_them() -> None:
    with serving(models=("tiny", "other")) as server:
        engine = EndpointEngine(on(server.url))
        await engine.load(60)
        assert SERVER_MEMORY in (await ask(engine)).flags
        await engine.close()


async def routed(request: HttpRequest, reply: Reply) -> None:
    """A server that is not Ollama, though it has a version under the same address."""
    if request.path == "/api/version":
        await reply.json(200, {"version": "v166"})
    elif request.path == "/status":
        await reply.json(200, {"endpoints": ["a"]})
    else:
        await not_found(request, reply)


async def half_an_ollama(request: HttpRequest, reply: Reply) -> None:
    """A server with the lists of Ollama, and without its load."""
    if request.path == "/api/version":
        await reply.json(200, {"version": "0.9"})
    elif request.path == "/api/ps":
        await reply.json(200, {"models": []})
    else:
        await not_found(request, reply)


@pytest.mark.parametrize("other", [routed, half_an_ollama])
async def test_a_load_that_fails_is_left_out(other: Scene) -> None:
    with serving() as server:
        server.other = other
        engine = EndpointEngine(on(server.url))
        assert (await engine.load(60)).load_ns is None
        assert (await ask(engine)).status is SampleStatus.OK
        await engine.close()


@pytest.mark.parametrize(
    ("path", "answered"),
    [
        ("/api", "/api/chat/completions"),
        ("/v1beta/openai", "/v1beta/openai/chat/completions"),
        ("/up/x", "/up/x/v1/chat/completions"),
    ],
)
async def test_an_address_with_a_path_is_tried_as_it_was_written(path: str, answered: str) -> None:
    with serving() as server:
        server.only_below = answered.removesuffix("/chat/completions")
        model = on(server.url)
        engine = EndpointEngine(
            replace(model, endpoint=Endpoint(name="here", url=server.url.removesuffix("/v1") + path))
        )
        await engine.load(60)
        assert (await ask(engine)).status is SampleStatus.OK
        assert server.chats[-1].path == answered
        await engine.close()


async def test_a_model_that_is_not_listed_is_told() -> None:
    with serving(("tiny", "Tiny-Chat", "big")) as server:
        engine = EndpointEngine(replace(on(server.url), model_id="tin"))
        await engine.load(60)
        assert NOT_LISTED in (await ask(engine)).flags
        server.scene = refusing(lambda _: True, "no such model", 404)
        with pytest.raises(RequestFailed, match="it lists tiny and 2 more, and no tin"):
            await ask(engine)
        await engine.close()


def test_names_are_found_by_their_alias() -> None:
    full = "mistralai-Mistral-7B-Instruct-v0-2-generic-cpu:3"
    deepseek = "deepseek-r1-distill-qwen-7b-generic-gpu:2"
    assert possible_aliases(full)[0] == "mistral-7b-v0.2"
    assert possible_aliases(deepseek)[0] == "deepseek-r1-7b"
    assert possible_aliases("Phi-3.5-mini-instruct-generic-cpu")[0] == "phi-3.5-mini"
    assert possible_aliases("mistral-7b")[0] == "mistral-7b"
    for name, found in {
        "mistral-7b": full,
        "mistral-7b-v0.2": full,
        "deepseek-r1-7b": deepseek,
        "Tiny": "Tiny",
    }.items():
        assert resolved(name, (full, deepseek, "tiny", "Tiny")) == found
    assert resolved("qwen", ("qwen-a:1", "qwen-b:1")) == "qwen"
    assert suggestion("tiny", ("tiny",)) == ""


def test_names_of_one_model_may_differ() -> None:
    assert is_same_name("/models/SmolLM2.Q4.gguf", "smollm2")
    assert is_same_name("gpt-4o-2024-08-06", "openai/gpt-4o")
    assert not is_same_name("llama-3", "tiny")


def test_a_prompt_that_has_as_many_tokens_as_a_shorter_one_was_cut() -> None:
    assert is_at_limit(2050, 32_000, 2050, 8_000)
    assert not is_at_limit(2050, 8_000, 2050, 32_000)
    assert not is_at_limit(12, 50, 12, 40)
    assert not is_at_limit(2050, 8_100, 2050, 8_000)


def test_a_proxy_is_told_by_the_variable_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        for written in (name, name.lower()):
            monkeypatch.delenv(written, raising=False)
    assert proxy_variable("http://office-pc:8000/v1") == ""
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    assert proxy_variable("http://office-pc:8000/v1") == "http_proxy"
    assert proxy_variable("https://office-pc:8000/v1") == ""
    assert proxy_variable("http://127.0.0.1:8000/v1") == "", "no proxy leads to this machine"
    refused = connection_problem(ConnectionRefusedError(), "http://office-pc:8000/v1")
    assert refused.words.endswith("is refused, through the proxy that http_proxy names; correct or unset it")
    here = connection_problem(ConnectionRefusedError(), "http://127.0.0.1:8000/v1")
    assert here.words.endswith("is refused; start the server")
    late = problem_of(TimeoutError(), "http://office-pc:8000/v1")
    assert late.words == "http://office-pc:8000/v1 does not answer in time, through the proxy that http_proxy names"
    monkeypatch.setenv("no_proxy", "office-pc")
    assert proxy_variable("http://office-pc:8000/v1") == ""


@pytest.mark.parametrize("key", ["sk-one\ntwo", "sk-é"])
async def test_a_key_that_no_header_can_carry_names_its_variable(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICE_KEY", key)
    with serving() as server, pytest.raises(EngineDied, match="OFFICE_KEY holds a key with a sign that no key has"):
        await EndpointEngine(on(server.url, "OFFICE_KEY")).load(60)
