"""What servers do each in their way with the end, the fields and the errors of an answer is read, or told."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Mapping, Sequence

import pytest

from tests.support.endpoints import ask, on
from tests.support.scripted_server import HttpRequest, Reply, Scene, ScriptedServer, chunk, serving, steady, usage
from tui.engines.contract import EngineDied, RequestFailed
from tui.engines.endpoint.answer import StreamedAnswer
from tui.engines.endpoint.answer_end import reason_of
from tui.engines.endpoint.engine import EndpointEngine
from tui.engines.endpoint.errors import UnusableServer
from tui.records import FinishReason, SampleStatus, TokensSource

Events = Sequence[Mapping[str, object]]
MODULE = pytest.mark.asyncio(loop_scope="module")
STOP = chunk({}, "stop")


def sends(*events: Mapping[str, object], done: bool = True, after: Mapping[str, object] | None = None) -> Scene:
    """A stream of these events; ``after`` stands behind the mark of the end."""

    async def scene(_: HttpRequest, reply: Reply) -> None:
        await reply.head()
        for event in events:
            await reply.event(event)
        if after is not None:
            await reply.body(b"data: [DONE]\n\n")
            await reply.event(after)
        await (reply.done() if done else reply.raw(b"0\r\n\r\n"))

    return scene


def body(data: bytes, kind: str = "text/event-stream", status: int = 200, **headers: str) -> Scene:
    """An answer whose body is this to the byte."""

    async def scene(_: HttpRequest, reply: Reply) -> None:
        await reply.head(status, kind, length=len(data), **headers)
        await reply.body(data)

    return scene


def text(*words: str, reason: str | None = None) -> Events:
    return [chunk({"content": word}, reason) for word in words]


def deltas(*parts: Mapping[str, object]) -> Scene:
    return sends(*(chunk(part) for part in parts), STOP, usage(4))


LINES = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in (*text("Yes."), STOP, usage(4)))
CUT = b"data: " + json.dumps(chunk({"content": "Yes."})).encode() + b"\n\n"
"""The beginning of a stream, behind which something else comes."""
COUNT_LINE = b"data: " + json.dumps(usage(4)).encode() + b"\n\n"

WHOLE = {
    "null as text": (sends(*text("Y", "es", ".", reason="null"), STOP, usage(4)), "", "Yes."),
    "stop at each thought": (
        sends(chunk({"reasoning_content": "so"}, "stop"), chunk({"reasoning": " so"}, "stop"), *text("Yes."), usage(4)),
        "so so",
        "Yes.",
    ),
    "text after the reason": (sends(STOP, *text("Yes."), usage(4)), "", "Yes."),
    "stop at each text": (sends(*text("Y", "es", ".", reason="stop"), usage(4)), "", "Yes."),
    "parts": (
        deltas(
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "so"}]}]},
            {"content": [{"type": "text", "text": "Yes."}]},
        ),
        "so",
        "Yes.",
    ),
    "text in the choice": (sends({"choices": [{"text": "Yes."}]}, STOP, usage(4)), "", "Yes."),
    "a message": (sends({"choices": [{"message": {"content": "Yes."}}]}, STOP, usage(4)), "", "Yes."),
    "choices as an object": (sends({"choices": {"delta": {"content": "Yes."}}}, STOP, usage(4)), "", "Yes."),
    "reasoning_details": (
        deltas({"reasoning_details": [{"type": "reasoning.text", "text": "so"}]}, {"content": "Yes."}),
        "so",
        "Yes.",
    ),
    "thinking": (deltas({"thinking": "so"}, {"content": "Yes."}), "so", "Yes."),
    "two names for a thought": (
        deltas({"reasoning": "so", "reasoning_content": "so"}, {"content": "Yes."}),
        "so",
        "Yes.",
    ),
    "closed only": (deltas({"content": "so "}, {"content": "so</th"}, {"content": "ink>Yes."}), "so so", "Yes."),
    "channels of gpt-oss": (
        deltas(
            {"content": "<|channel|>analysis<|mess"},
            {"content": "age|>so<|end|><|start|>assistant<|channel|>final<|message|>Yes."},
        ),
        "so",
        "Yes.",
    ),
    "channels of Gemma": (deltas({"content": "<|channel>thought"}, {"content": "so<channel|>Yes."}), "so", "Yes."),
    **{
        opening: (deltas({"content": f"{opening}so{closing}Yes."}), "so", "Yes.")
        for opening, closing in (
            ("<thinking>", "</thinking>"),
            ("<reasoning>", "</reasoning>"),
            ("[THINK]", "[/THINK]"),
            ("<seed:think>", "</seed:think>"),
            ("<|START_THINKING|>", "<|END_THINKING|>"),
            ("<|inner_prefix|>", "<|inner_suffix|>"),
            ("◁think▷", "◁/think▷"),
        )
    },
    "counts as floats": (sends(*text("Yes."), STOP, {"usage": {"completion_tokens": 4.0}}), "", "Yes."),
    "counts as text": (sends(*text("Yes."), STOP, {"usage": {"completion_tokens": "4"}}), "", "Yes."),
    "x_groq": (sends(*text("Yes."), {**STOP, "x_groq": {"usage": {"completion_tokens": 4}}}), "", "Yes."),
    "timings": (sends(*text("Yes."), {**STOP, "timings": {"prompt_n": 5, "predicted_n": 4}}), "", "Yes."),
    "a mark of the byte order": (body(b"\xef\xbb\xbf" + LINES), "", "Yes."),
    "a stream called JSON": (body(LINES, "application/json"), "", "Yes."),
    "control events": (body(b"retry: 3000\n\nid: 1\n\ndata:\n\nevent: ping\n\n" + LINES), "", "Yes."),
    "a channel beside the text": (deltas({"content": "so", "channel": "analysis"}, {"content": "Yes."}), "so", "Yes."),
    "thoughts of Gemini": (
        deltas(
            {"content": "<thought>so", "extra_content": {"google": {"thought": True}}}, {"content": "</thought>Yes."}
        ),
        "so",
        "Yes.",
    ),
    "a count behind the mark of the end": (sends(*text("Yes."), STOP, done=False, after=usage(4)), "", "Yes."),
    "lines without events": (
        body(
            b"".join(json.dumps(event).encode() + b"\n" for event in (*text("Yes."), STOP, usage(4))),
            "application/json",
        ),
        "",
        "Yes.",
    ),
    "two events in a line": (body(CUT.strip() + json.dumps(STOP).encode() + b"\n\n" + COUNT_LINE), "", "Yes."),
    "packed as x-gzip": (body(gzip.compress(LINES), Content_Encoding="x-gzip"), "", "Yes."),
    "a sign in two halves": (deltas({"content": "\ud83d"}, {"content": "\ude00"}), "", "\U0001f600"),
}


@MODULE
@pytest.mark.parametrize("name", WHOLE)
async def test_every_shape_of_an_answer_is_read(server: ScriptedServer, engine: EndpointEngine, name: str) -> None:
    server.scene, reasoning, answer = WHOLE[name]
    sample = await ask(engine)
    assert (sample.status, sample.reasoning, sample.text) == (SampleStatus.OK, reasoning, answer)
    assert (sample.timeline.output_tokens, sample.timeline.tokens_source) == (4, TokensSource.RUNTIME)
    if reasoning and len(sample.timeline.arrivals_ns) > 1:
        assert sample.timeline.first_answer_ns == sample.timeline.arrivals_ns[-1]


async def slow_after_a_reason(_: HttpRequest, reply: Reply) -> None:
    """The reason that is no end comes long before the rest."""
    await reply.head()
    await reply.event(chunk({"reasoning": "so"}, "stop"))
    await asyncio.sleep(1.3)
    await reply.text("Yes.")
    await reply.event(STOP)
    await reply.event(usage(4))
    await reply.done()


@MODULE
async def test_a_thought_with_a_reason_is_not_the_end(server: ScriptedServer, engine: EndpointEngine) -> None:
    server.scene = slow_after_a_reason
    sample = await ask(engine)
    assert (sample.reasoning, sample.text) == ("so", "Yes.")
    assert (sample.timeline.end_ns or 0) > 1.3e9


@MODULE
async def test_a_cached_prompt_is_told(server: ScriptedServer, engine: EndpointEngine) -> None:
    server.scene = sends(*text("Yes."), {**STOP, "timings": {"prompt_n": 5, "predicted_n": 4, "cache_n": 7}})
    times = (await ask(engine)).timeline
    assert (times.prompt_tokens, times.cached_prompt_tokens) == (12, 7)
    counts = {"prompt_tokens": 12, "completion_tokens": 4, "prompt_cache_hit_tokens": 8}
    server.scene = sends(*text("Yes."), STOP, {"choices": [], "usage": counts})
    assert (await ask(engine)).timeline.cached_prompt_tokens == 8


def used(**counts: object) -> Events:
    return [*text("Yes."), STOP, {"choices": [], "usage": counts}]


CACHE_APART = {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": 6}
HIDDEN = {"completion_tokens_details": {"reasoning_tokens": 10}}
COUNTS: dict[str, tuple[Events, tuple[int | None, int | None, int | None, int | None], bool]] = {
    "zeros after the count": ([*used(completion_tokens=4), usage(0, 0)], (None, 4, None, None), False),
    "two that are the same": ([*used(completion_tokens=4), usage(4)], (9, 4, None, None), False),
    "a larger one later": ([*used(completion_tokens=4), usage(9)], (9, 9, None, None), True),
    "a smaller one later": ([*used(completion_tokens=9), usage(4)], (9, 9, None, None), True),
    "in parts": ([*used(prompt_tokens=9), *used(completion_tokens=4)[2:]], (9, 4, None, None), False),
    "of Cohere": (used(tokens={"input_tokens": 9, "output_tokens": 4}), (9, 4, None, None), False),
    "a cache that stands beside": (used(**CACHE_APART), (9, 4, 6, None), False),
    "of Gemini": (
        [*text("Yes."), STOP, {"usageMetadata": {"promptTokenCount": 9, "cachedContentTokenCount": 6}}],
        (9, 1, 6, None),
        False,
    ),
    "reasoning within": (
        used(completion_tokens=14, total_tokens=23, prompt_tokens=9, **HIDDEN),
        (9, 14, None, 10),
        False,
    ),
    "reasoning beside": (
        used(completion_tokens=4, total_tokens=23, prompt_tokens=9, **HIDDEN),
        (9, 4, None, None),
        False,
    ),
    "more from the cache than there is": (
        used(prompt_tokens=9, completion_tokens=4, prompt_tokens_details={"cached_tokens": 20}),
        (9, 4, None, None),
        False,
    ),
    "of Ollama": ([*text("Yes."), {**STOP, "prompt_eval_count": 9, "eval_count": 4}], (9, 4, None, None), False),
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_form_of_a_count_is_read(name: str) -> None:
    events, counts, differ = COUNTS[name]
    answer = StreamedAnswer(40)
    for number, event in enumerate(events):
        tuple(answer.take(event, number))
    times = answer.timeline(end_ns=9, sent_ns=0)
    assert (times.prompt_tokens, times.output_tokens, times.cached_prompt_tokens, times.hidden_tokens) == counts
    assert answer.facts.counts_differ is differ


@pytest.mark.parametrize("name", ["finish_details", "stop_reason", "native_finish_reason", "done_reason"])
def test_a_reason_has_many_names(name: str) -> None:
    reason = {"type": "stop"} if name == "finish_details" else "eos"
    assert reason_of({"finish_reason": None, name: reason}) == FinishReason.STOP


async def endless_text(_: HttpRequest, reply: Reply) -> None:
    await reply.head()
    while True:
        await reply.text("on and on ")


async def endless_silence(_: HttpRequest, reply: Reply) -> None:
    await reply.head()
    while True:
        await reply.event(chunk({"content": ""}))
        await asyncio.sleep(0.05)


async def endless_line(_: HttpRequest, reply: Reply) -> None:
    await reply.head()
    while True:
        await reply.body(b"data: " + b"x" * (1 << 20))


async def endless_error(_: HttpRequest, reply: Reply) -> None:
    await reply.head(500, "text/plain")
    while True:
        await reply.body(b"it broke " * 1000)


def counting(*words: str) -> Events:
    """A count in every event, as some servers send it."""
    return [chunk({"content": word}) | {"usage": usage(n)["usage"]} for n, word in enumerate(words, start=1)]


def refusal(answer: object, status: int = 400) -> Scene:
    return body(json.dumps(answer).encode(), "application/json", status)


DEEP = b'{"error":' * 900 + b'"x"' + b"}" * 900
FAILED = {
    "a count in every event and no end": (sends(*counting("Y", "es")), "without saying that it was complete"),
    "a count at first and no end": (sends(usage(1), *text("Yes.")), "without saying that it was complete"),
    "a reason with each text and no end": (
        sends(*text("Y", "es", reason="stop"), done=False),
        "without saying that it was complete",
    ),
    **{
        word: (sends(*text("Yes."), chunk({}, word), usage(4)), f"broke the answer off; its reason: {word}")
        for word in ("content_filter", "error", "abort", "cancelled", "SAFETY")
    },
    "an abort with a message": (
        sends(*text("Yes."), {"choices": [{"finish_reason": {"type": "abort", "message": "no memory left"}}]}),
        "its reason: abort: no memory left",
    ),
    "a router's error": (
        sends({"error": {"message": "Provider returned error", "metadata": {"raw": "no slot"}}}),
        "Provider returned error: no slot",
    ),
    "a code that no client asked for": (
        body(b"\x0b\x02", Content_Encoding="br"),
        "compressed answer that cannot be read",
    ),
    **{
        words: (refusal({"error": words}, 500), "may be newer than the server: update the server")
        for words in (
            "unknown model architecture: 'qwen9'",
            "model type `qwen9` but Transformers does not recognize this architecture",
            "the model requires a newer version of Ollama",
            "Unsupported model type gemma9",
            'JSON Error: model:type: Unknown value "zzz"',
        )
    },
    "an error in the choice": (sends({"choices": [{"error": {"message": "no room"}}]}), "while it answered: no room"),
    "far more than was asked for": (endless_text, "does not stop at the 40 tokens"),
    "empty events without an end": (endless_silence, "the server said nothing for"),
    "a line without an end": (endless_line, "more than 16 MiB in one event"),
    "an error without an end": (endless_error, "the server failed (500); the server says: it broke it broke"),
    "a deep error": (body(DEEP, "application/json", 400), "the server refused (400)"),
    "a deep event": (body(b"data: " + DEEP + b"\n\n"), "the server failed while it answered"),
    "an error of old llama.cpp": (body(b'error: {"message": "no slot"}\n\n'), "while it answered: no slot"),
    "a plain error event": (body(b"event: error\ndata: out of tea\n\n"), "while it answered: out of tea"),
    "a page in the middle": (
        body(CUT + b"<html><title>504 Time-out</title>"),
        "failed while it answered: 504 Time-out",
    ),
    "JSON in the middle": (body(CUT + b'{"error": {"message": "no slot"}}'), "failed while it answered: no slot"),
    "another API": (sends({"type": "text_delta", "delta": "Yes."}), "of another form than that of OpenAI's chat"),
    "nothing": (body(b""), "the server sent an empty answer (200)"),
    "a call of a function": (sends(chunk({"function_call": {"name": "f"}}), STOP), "the model called a tool"),
    "FastAPI": (refusal({"detail": [{"loc": ["body", "seed"], "msg": "not permitted"}]}), "seed: not permitted"),
    "Gemini": (refusal([{"error": {"code": 400, "message": "bad argument"}}]), "says: bad argument"),
    "Cloudflare": (refusal({"errors": [{"code": 7, "message": "no such route"}]}), "says: no such route"),
    "a page": (
        body(b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>", "text/html", 502),
        "the server failed (502); the server says: 502 Bad Gateway",
    ),
    "plain text": (body(b"upstream error\n", "text/plain", 502), "the server failed (502); the server says: upstream"),
    "plain text for a stream": (body(b"upstream error\n", "text/plain"), "text/plain and no stream; it says: upstream"),
}


@MODULE
@pytest.mark.parametrize("name", FAILED)
async def test_what_is_no_answer_is_told_in_the_words_of_the_server(
    server: ScriptedServer, engine: EndpointEngine, name: str
) -> None:
    server.scene, words = FAILED[name]
    async with asyncio.timeout(60):
        with pytest.raises(RequestFailed) as failed:
            await ask(engine, silence_s=1 if server.scene is endless_silence else 60)
        assert words in failed.value.cause.reason
        server.scene = steady
        assert (await ask(engine)).text == "Small models run here."


@pytest.mark.parametrize("variable", ["http_proxy", "ALL_PROXY"])
async def test_no_proxy_leads_to_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv(variable, "socks5://127.0.0.1:9" if variable == "ALL_PROXY" else "http://127.0.0.1:9")
    with serving() as server:
        engine = EndpointEngine(on(server.url))
        await engine.load(60)
        assert (await ask(engine)).text == "Small models run here."
        await engine.close()


@pytest.mark.parametrize(
    ("variable", "value"), [("SSL_CERT_FILE", "/nowhere/ca.pem"), ("all_proxy", "socks5://127.0.0.1:9")]
)
async def test_a_variable_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    engine = EndpointEngine(on("http://models.example/v1"))
    with pytest.raises(EngineDied) as died:
        await engine.load(60)
    assert died.value.cause.reason.startswith(f"{variable} names ")


def test_an_answer_has_a_most_however_many_tokens_were_asked_for() -> None:
    answer = StreamedAnswer(max_tokens=1_000_000_000)
    with pytest.raises(UnusableServer, match=r"longer than 1,048,576 pieces or 16.0 MiB"):
        list(answer.take(chunk({"content": "x" * (17 << 20)}), 0))
