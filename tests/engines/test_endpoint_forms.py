"""The forms in which servers send each part of an answer, read by the functions that read them, without a server."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence

import httpx2
import pytest

from tests.support.scripted_server import chunk, usage
from tui.engines.endpoint.answer import StreamedAnswer
from tui.engines.endpoint.answer_end import failure_in, reason_in
from tui.engines.endpoint.behaviour.postponing import Postponement
from tui.engines.endpoint.behaviour.server_messages import retry_after_s, server_words
from tui.engines.endpoint.errors import UnusableServer, status_words
from tui.engines.endpoint.events import EventReader, NoEvent, ServerFailed
from tui.engines.endpoint.shapes import counts_of, message_of, runs_of

WORDS = "the engine died of old age"


def test_the_words_for_an_end_are_read_in_every_spelling() -> None:
    for word in ("Finish", "FINISH_REASON_STOP", "FinishReason.STOP", "eos_found", "stop_str", ["stop"], "end-turn"):
        assert reason_in(word) == "stop", word
    for word in ("FINISH_REASON_MAX_TOKENS", "token_limit", "model_context_window_exceeded", "truncated"):
        assert reason_in(word) == "length", word
    for word in ("engine_overloaded", "server_busy", "guardrail_intervened", "out_of_memory", "time_limit", "Blocked"):
        assert failure_in(str(reason_in(word))), word
    assert not failure_in(str(reason_in("tool_calls")))


COUNTS: Mapping[str, Mapping[str, object]] = {
    "text with a fraction": {"usage": {"prompt_tokens": "12.0", "completion_tokens": "4.0"}},
    "capitals": {"usage": {"promptTokens": 12, "completionTokens": 4}},
    "the sum alone": {"usage": {"prompt_tokens": 12, "total_tokens": 16}},
    "Gemini": {"usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 4}},
    "a list": {"usage": [{"prompt_tokens": 12, "completion_tokens": 4}]},
    "one inside of the other": {"usage": {"usage": {"input_tokens": 12, "output_tokens": 4}}},
    "beside the choices": {"prompt_tokens": 12, "completion_tokens": 4},
}


@pytest.mark.parametrize("form", COUNTS)
def test_counts_are_read_in_every_form(form: str) -> None:
    assert counts_of(COUNTS[form], []) == {"prompt": 12, "output": 4}


@pytest.mark.parametrize(
    "delta",
    [
        {"thoughts": "so"},
        {"thinking_content": "so"},
        {"analysis": "so", "analysis_signature": "x"},
        {"reasoning_summary": [{"text": "so"}]},
        {"content": "so", "type": "thinking"},
        {"content": "so", "thought": True},
    ],
    ids=str,
)
def test_thoughts_are_read_under_every_name(delta: Mapping[str, object]) -> None:
    assert list(runs_of(message_of({"delta": delta}))) == [("so", True)]
    about = {"thinking_signature": "x", "reasoning_tokens": 3, "reasoning_effort": "low", "content": "Yes."}
    assert list(runs_of(message_of({"delta": about}))) == [("Yes.", False)]


ERRORS: Mapping[str, object] = {
    "capitals": {"__type": "Invalid", "Message": WORDS},
    "error_msg": {"error_code": 17, "error_msg": WORDS},
    "errorMessage": {"errorMessage": WORDS},
    "text beside a code": {"error_code": 50001, "text": WORDS},
    "a list under each member": {"errors": {"max_tokens": [WORDS]}},
    "a fault": {"fault": {"faultstring": WORDS}},
    "JSON as text": {"error": {"message": json.dumps({"error": {"message": WORDS}})}},
    "a response": {"response": {"error": WORDS}},
    "a status": {"status": WORDS},
}


@pytest.mark.parametrize("form", ERRORS)
def test_the_words_of_an_error_are_found_in_every_form(form: str) -> None:
    assert server_words(httpx2.Response(400, json=ERRORS[form])) == WORDS


def test_the_words_of_an_error_are_found_in_an_event_and_in_another_alphabet() -> None:
    event = f"data: {json.dumps({'error': {'message': WORDS}})}\n\n"
    assert server_words(httpx2.Response(400, text=event)) == WORDS
    old = httpx2.Response(500, headers={"content-type": "text/plain; charset=iso-8859-1"}, content=b"d\xe9c\xe9d\xe9")
    assert server_words(old) == "d\u00e9c\u00e9d\u00e9"


def refused(status: int, words: str = "later", **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, headers=named, json={"error": {"message": words}})


def test_the_time_to_wait_is_read_in_every_form() -> None:
    limits = {
        "x_ratelimit_reset_requests": "1m30s",
        "x_ratelimit_reset_tokens": "9m",
        "x_ratelimit_remaining_tokens": "5",
    }
    assert retry_after_s(refused(429, retry_after_ms="500")) == 0.5
    assert retry_after_s(refused(429, "Limit reached. Please try again in 1.2s.")) == 1.2
    assert retry_after_s(refused(429, "Try again in 500 ms")) == 0.5
    assert retry_after_s(refused(429, **limits)) == 90
    date = email.utils.formatdate(time.time() + 30, usegmt=True)
    assert 25 < (retry_after_s(refused(503, retry_after=date)) or 0) <= 30
    assert retry_after_s(refused(429, "Please try again in 7m12s")) == 432
    assert retry_after_s(refused(429, json.dumps({"error": {"details": [{"retryDelay": "17s"}]}}))) == 17
    assert retry_after_s(refused(429, retry_after="1m30s")) == retry_after_s(refused(429, retry_after="PT90S")) == 90
    assert retry_after_s(refused(429, x_ratelimit_reset="4")) == 4
    ends_ms = str(int((time.time() + 30) * 1000))
    assert 25 < (retry_after_s(refused(429, x_ratelimit_reset=ends_ms)) or 0) <= 30
    assert retry_after_s(refused(429, retry_after="soon")) is None


def test_a_refusal_for_now_is_followed_whatever_its_status() -> None:
    for status in (408, 425, 502, 529):
        assert Postponement(60, first=False).wait_s(refused(status, retry_after="1")) == 1
    for status in (409, 425, 500, 503):
        assert Postponement(60, first=False).wait_s(refused(status, "Model tiny is currently loading")), status
    assert Postponement(60, first=False).wait_s(refused(500, "error: it is loading no more")) is None
    assert Postponement(60, first=False).wait_s(refused(500, retry_after="1")) is None


def test_an_address_that_is_none_of_the_api_is_no_advice() -> None:
    advices = {"/login": "it may want a login", "/real/v1/models": "give that address", "": "nowhere"}
    for target, advice in advices.items():
        request = httpx2.Request("GET", "http://here/v1/models")
        response = httpx2.Response(302, headers={"location": target}, request=request)
        assert advice in status_words(response)


async def taken(*parts: bytes) -> tuple[str, str]:
    """The text of an answer of these bytes, and the reason of its end."""

    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    answer, events, text = StreamedAnswer(40), EventReader(body()), ""
    async for event in events:
        text += "".join(run for run, _ in answer.take(event, 0))
    return text + "".join(run for run, _ in answer.rest()), answer.finish_reason or ("stop" if events.done else "")


def line(event: Mapping[str, object], before: bytes = b"data: ", after: bytes = b"\n\n") -> bytes:
    return before + json.dumps(event).encode() + after


YES, NO = chunk({"content": "Yes."}), chunk({"content": " No."}, "stop")
STREAMS: Mapping[str, Sequence[bytes]] = {
    "no empty line": (line(YES, after=b"\n"), line(NO, after=b"\n"), b"data: [DONE]\n"),
    "the name twice": (line(YES, b"data: data: "), line(NO, b"data: data: ")),
    "a large name": (line(YES, b"Data: "), line(NO, b"DATA:")),
    "an indented name": (line(YES, b" data: "), line(NO, b" data: ")),
    "a mark of the byte order each": (line(YES, b"\xef\xbb\xbfdata: "), line(NO, b"\xef\xbb\xbfdata: ")),
    "a line each": (line(YES, b"", b"\n"), line(NO, b"", b"\n")),
    "another end": (line(YES), line(NO), b"data: [done]\n\n"),
    "a named end": (line(YES), line(NO), b"event: done\ndata: finished\n\n"),
    "an end in quotation marks": (line(YES), line(NO), b'data: "[DONE]"\n\n'),
    "text in place of a delta": (
        line({"choices": [{"delta": "Yes."}]}),
        line({"choices": [{"delta": " No.", "finish_reason": "stop"}]}),
    ),
    "an index as text": (line({"choices": [{"index": "0", "delta": {"content": "Yes."}}]}), line(NO)),
    "another index than 0": (line(chunk({"role": "a"})), line(chunk({"content": "Yes. No."}, "stop", index=1))),
}


@pytest.mark.parametrize("form", STREAMS)
async def test_a_stream_is_read_in_every_form(form: str) -> None:
    assert await taken(*STREAMS[form]) == ("Yes. No.", "stop")


async def test_text_that_comes_again_is_no_new_text() -> None:
    words = ["Small ", "models ", "run ", "here. "]
    whole = "".join(words)
    grown = [line(chunk({"content": "".join(words[: n + 1])})) for n in range(4)]
    assert (await taken(*grown, line(chunk({}, "stop"))))[0] == whole
    pieces = [line(chunk({"content": word})) for word in words]
    assert (await taken(*pieces, line(chunk({"content": whole}, "stop"))))[0] == whole
    completion = {"choices": [{"message": {"content": whole}, "finish_reason": "stop"}]}
    assert (await taken(*pieces, line(completion)))[0] == whole
    for texts in (["ha", "haha", "!"], ["ha", "haha"], ["a", "a", "aa"], [whole, whole, "x"]):
        assert (await taken(*(line(chunk({"content": text})) for text in texts)))[0] == "".join(texts)


async def test_what_is_no_answer_keeps_the_words_of_the_server() -> None:
    with pytest.raises(NoEvent, match=f"that is not JSON: {WORDS}"):
        await taken(line(YES), f"data: {WORDS}\n\n".encode())
    with pytest.raises(ServerFailed, match=WORDS):
        await taken(line({"choices": [{"delta": {"content": "", "error": WORDS}}]}))
    with pytest.raises(UnusableServer, match="several answers at once"):
        await taken(line(YES), line(chunk({"content": "No."}, index=1)))


def test_a_count_that_no_answer_has_is_not_believed() -> None:
    answer = StreamedAnswer(40)
    list(answer.take(YES, 0))
    list(answer.take(usage(10_000_000), 1))
    assert answer.output_tokens == 1
