"""What real servers do each in their own way, through a whole benchmark: the numbers are right, or the reader is told.

One server behaves otherwise at each prompt, so that one run of the command measures all of it. The truth of an answer
is what the server did, by its own clock; a busy machine makes our client late, which has to be marked as well.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import pytest

from tests.support.command import benchtop
from tests.support.scripted_server import STREAM, HttpRequest, Reply, chunk, serving, until, usage
from tui.engines.endpoint.answer_end import AFTER_END_S
from tui.records import ANSWERED_BY, COUNT_DOUBTED, END_UNKNOWN, IN_LUMPS, NEW_CONNECTION, PROMPT_CACHED, RATE_UNSURE

Event = Mapping[str, object]
TTFT_S: Final = 0.02
STEP_S: Final = 0.006
TOKENS: Final = 12
WORDS: Final = tuple(f"word{index:02} " for index in range(TOKENS))
LENGTH: Final = chunk({}, "length")
STOP: Final = chunk({}, "stop")
COUNT: Final = usage(TOKENS)
UNTOLD: Final = {NEW_CONNECTION}
"""Flags that tell of the connection, and of no number."""


def content(word: str, _: int) -> Event:
    return chunk({"content": word})


def thought_first(name: str) -> Callable[[str, int], Event]:
    """Send the first four words as reasoning, in this member of the delta."""
    return lambda word, index: chunk({name if index < 4 else "content": word})


def reason_at_each(reason: str, name: str = "content", upto: int = TOKENS) -> Callable[[str, int], Event]:
    return lambda word, index: chunk({name if index < upto else "content": word}, reason if index < upto else None)


def nothing(_: str, __: int) -> Event:
    return chunk({"content": ""})


def a_call(_: str, __: int) -> Event:
    return chunk({"tool_calls": [{"index": 0, "function": {"name": "f"}}]})


def by_another(word: str, _: int) -> Event:
    return {**chunk({"content": word}), "model": "llama"}


def parts(word: str, index: int) -> Event:
    kind = "thinking" if index < 4 else "text"
    inner = [{"type": "text", "text": word}] if kind == "thinking" else word
    return chunk({"content": [{"type": kind, kind: inner}]})


def counted(word: str, index: int) -> Event:
    return {**chunk({"content": word}), "usage": usage(index + 1)["usage"]}


def lines(event: bytes) -> bytes:
    return b"data: " + event + b"\n\n"


def in_two_lines(event: bytes) -> bytes:
    first, _, second = event.partition(b",")
    return b"data: " + first + b",\ndata: " + second + b"\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a server answers, and what has to be told of it."""

    piece: Callable[[str, int], Event] = content
    frame: Callable[[bytes], bytes] = lines
    kind: str = STREAM
    before: bytes = b""
    """What is sent before the first event."""
    between: bytes = b""
    """What is sent before each piece."""
    end: Sequence[Event] = (LENGTH, COUNT)
    done: bool = True
    behind: bytes = b""
    """What is sent behind the mark of the end."""
    writes: int = TOKENS
    """In how many writes the pieces go out; those that have to wait are held back to the end."""
    stop_after: int = TOKENS
    """After how many pieces the stream ends, without anything more."""
    packed: bool = False
    hangs: bool = False
    late_s: float = 0.0
    """How long after the end the counts come."""
    status: int = 200
    answer: bytes = b""
    """The whole body, in place of a stream."""
    flags: frozenset[str] = frozenset()
    error: str = ""
    tokens: int = TOKENS
    source: str = "runtime"
    thoughts: int = 0
    """How many of the first words are reasoning."""
    marks: tuple[int, ...] = ()
    """The pieces that are marks, in place of words."""
    timed: bool = True
    """Whether the rate has to be right."""
    reason: str = "length"


def told(*flags: str, **more: Any) -> Behaviour:
    return Behaviour(flags=frozenset(flags), **more)


def refused(answer: object, words: str, status: int = 400) -> Behaviour:
    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    kind = "application/json" if data[:1] in b"[{" else "text/html" if data[:1] == b"<" else "text/plain"
    return Behaviour(status=status, answer=data, kind=kind, error=words)


def ended(reason: str, words: str = "") -> Behaviour:
    return Behaviour(end=(chunk({}, reason), COUNT), error=words or f"broke the answer off; its reason: {reason}")


def count_of(usage_members: Mapping[str, object]) -> Sequence[Event]:
    return (LENGTH, {**chunk({}), "choices": [], "usage": usage_members})


OWN_TIMINGS: Final = {"prompt_n": 9, "prompt_ms": 20.0, "predicted_n": TOKENS, "predicted_per_second": 1 / STEP_S}
WITHOUT_END: Final = "without saying that it was complete"
SPOILT: Final = {**LENGTH, "usage": {"prompt_tokens": 9, "completion_tokens": 0}}
BEHAVIOURS: Final[Mapping[str, Behaviour]] = {
    "plain": Behaviour(),
    # Framing.
    "keep-alive": Behaviour(before=b": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n"),
    "crlf": Behaviour(frame=lambda event: b"data: " + event + b"\r\n\r\n"),
    "cr": Behaviour(frame=lambda event: b"data: " + event + b"\r\r"),
    "multi-line": Behaviour(frame=in_two_lines),
    "no-space": Behaviour(frame=lambda event: b"data:" + event + b"\n\n"),
    "bom": Behaviour(before=b"\xef\xbb\xbf"),
    "ping-event": Behaviour(between=b"event: ping\ndata: {}\n\n"),
    "control-only": Behaviour(before=b"retry: 3000\n\nid: 1\n\ndata:\n\nevent: message\n\n"),
    "json-ctype": Behaviour(kind="application/json"),
    "ndjson": Behaviour(kind="application/x-ndjson"),
    "lump": told(IN_LUMPS, RATE_UNSURE, writes=1),
    "lump2": told(IN_LUMPS, RATE_UNSURE, writes=2),
    "gzip": told(IN_LUMPS, RATE_UNSURE, packed=True, writes=1),
    # Shapes.
    "null-delta": Behaviour(before=lines(json.dumps(chunk({"role": "assistant", "content": None})).encode())),
    "no-choices": Behaviour(end=(LENGTH, {"usage": COUNT["usage"]})),
    "parts": Behaviour(piece=parts, thoughts=4),
    "thinking": Behaviour(piece=thought_first("thinking"), thoughts=4),
    "reasoning": Behaviour(piece=thought_first("reasoning"), thoughts=4),
    "reasoning_details": Behaviour(
        piece=lambda word, index: (
            chunk({"reasoning_details": [{"type": "reasoning.text", "text": word}]})
            if index < 4
            else content(word, index)
        ),
        thoughts=4,
    ),
    "think-close": Behaviour(
        piece=lambda word, index: content("</think>" if index == 4 else word, index), thoughts=4, marks=(4,)
    ),
    "gemma-channel": Behaviour(
        piece=lambda word, index: content({0: "<|channel>thought\n", 4: "<channel|>"}.get(index, word), index),
        thoughts=4,
        marks=(0, 4),
    ),
    # The end.
    "no-done": Behaviour(done=False),
    "hang": Behaviour(done=False, hangs=True),
    "empty-finish": Behaviour(piece=reason_at_each("")),
    "kobold-null": Behaviour(piece=reason_at_each("null")),
    "owui-stop": Behaviour(piece=reason_at_each("stop", "reasoning", 4), thoughts=4),
    "finish-each": Behaviour(piece=reason_at_each("stop")),
    "finish-early": Behaviour(piece=lambda word, index: chunk({"content": word}, "length" if index == 6 else None)),
    "no-finish": told(END_UNKNOWN, end=(COUNT,), reason="other"),
    "finish-unknown": told(END_UNKNOWN, end=(chunk({}, "tripwire"), COUNT), reason="other"),
    "end-turn": Behaviour(end=(chunk({}, "end_turn"), COUNT), reason="stop"),
    "fin-max_tokens": Behaviour(end=(chunk({}, "max_tokens"), COUNT)),
    "fin-dict": Behaviour(end=(chunk({}, None), {"choices": [{"finish_reason": {"type": "length"}}]}, COUNT)),
    "cut": Behaviour(stop_after=5, error=WITHOUT_END),
    "usage-each-cut": Behaviour(piece=counted, stop_after=5, error=WITHOUT_END),
    **{f"fin-{word}": ended(word) for word in ("content_filter", "error", "cancelled", "abort")},
    "error-choice": Behaviour(
        end=({"choices": [{"delta": {}, "error": {"message": "no room"}}]},), error="while it answered: no room"
    ),
    "error-string": Behaviour(end=({"error": "thinking_budget is not supported"},), error="thinking_budget is not"),
    "error-line": Behaviour(answer=b'error: {"message": "no slot"}\n\n', error="while it answered: no slot"),
    # Counts.
    "usage-each": Behaviour(piece=counted),
    "usage-float": Behaviour(end=count_of({"prompt_tokens": 9.0, "completion_tokens": 12.0})),
    "usage-text": Behaviour(end=count_of({"prompt_tokens": "9", "completion_tokens": "12"})),
    "x-groq": Behaviour(end=({**LENGTH, "x_groq": {"usage": COUNT["usage"]}},)),
    "timings": Behaviour(end=({**LENGTH, "timings": OWN_TIMINGS},)),
    "usage-late": Behaviour(late_s=0.2),
    "usage-half": told(COUNT_DOUBTED, end=(LENGTH, usage(TOKENS // 2)), tokens=TOKENS // 2, timed=False),
    "usage-one": told(COUNT_DOUBTED, end=(LENGTH, usage(1)), tokens=1, timed=False),
    "usage-zero": told("tokens~", end=(SPOILT,), source="estimated", timed=False),
    "usage-json-text": Behaviour(end=(LENGTH, {"usage": json.dumps(COUNT["usage"])})),
    "usage-after-done": Behaviour(end=(LENGTH,), behind=lines(json.dumps(COUNT).encode())),
    "usage-list": Behaviour(end=(LENGTH, {"usage": [COUNT["usage"]]})),
    "no-usage": told("tokens~", end=(LENGTH,), source="estimated", timed=False),
    "prefix": told(PROMPT_CACHED, end=(LENGTH, usage(TOKENS, 12, prompt_tokens_details={"cached_tokens": 10}))),
    "other-model": told(f"{ANSWERED_BY}llama", piece=by_another),
    # Errors.
    "json-answer": refused({"choices": [{"message": {"content": "hi"}}]}, "application/json and no stream", 200),
    "plain-200": refused(b"upstream error\n", "text/plain and no stream; it says: upstream", 200),
    "fastapi": refused({"detail": [{"loc": ["body", "top_k"], "msg": "not permitted"}]}, "top_k: not permitted"),
    "gemini": refused([{"error": {"code": 400, "message": "bad argument"}}], "says: bad argument"),
    "cloudflare": refused({"errors": [{"code": 7, "message": "no such route"}]}, "says: no such route"),
    "page": refused(b"<html><title>502 Bad Gateway</title></html>", "failed (502); the server says: 502 Bad Gat", 502),
    "too-large": refused({"error": {"message": "context length exceeded: 9000 > 8192"}}, "9000 > 8192"),
    "tool-call": Behaviour(piece=a_call, error="called a tool"),
    "empty": Behaviour(piece=nothing, error="the answer is empty"),
    "filtered-empty": Behaviour(
        piece=nothing,
        end=(chunk({}, "content_filter"), COUNT),
        error="its reason: content_filter",
    ),
    "endless": Behaviour(
        answer=lines(json.dumps(chunk({"content": "on and on "})).encode()) * 600, error="does not stop at the"
    ),
}


@dataclass(slots=True)
class Truth:
    """When a server wrote what, in nanoseconds."""

    at_ns: int
    first_ns: int = 0
    last_ns: int = 0
    late_s: float = 0.0
    """How long after the end the counts came."""


class Server:
    """Answers each prompt in the manner that it names."""

    def __init__(self) -> None:
        self.truths: dict[str, list[Truth]] = {}

    async def answer(self, request: HttpRequest, reply: Reply) -> None:
        messages: Any = request.body["messages"]
        name = str(messages[-1]["content"]).removeprefix("Behave as ")
        behaviour, truth = BEHAVIOURS[name], Truth(request.at_ns)
        self.truths.setdefault(name, []).append(truth)
        if behaviour.answer:
            await reply.head(behaviour.status, behaviour.kind, length=len(behaviour.answer))
            await reply.body(behaviour.answer)
            return
        coding = "gzip" if behaviour.packed else "identity"
        await reply.head(behaviour.status, behaviour.kind, Content_Encoding=coding)
        await self._stream(behaviour, truth, reply)
        await reply.raw(b"0\r\n\r\n")

    async def _stream(self, behaviour: Behaviour, truth: Truth, reply: Reply) -> None:
        held = [behaviour.before] if behaviour.before else []
        flush_at = {TOKENS - share for share in range(behaviour.writes)}
        for index, word in enumerate(WORDS[: behaviour.stop_after]):
            await until(truth.at_ns + round((TTFT_S + index * STEP_S) * 1e9))
            truth.first_ns = truth.first_ns or time.perf_counter_ns()
            held += [behaviour.between, self._event(behaviour, behaviour.piece(word, index))]
            if index + 1 in flush_at and not behaviour.packed:
                await reply.body(b"".join(held))
                held.clear()
        truth.last_ns = time.perf_counter_ns()
        if behaviour.stop_after == TOKENS:
            held += await self._rest(behaviour, truth, reply, held)
        held.append(b"data: [DONE]\n\n" + behaviour.behind if behaviour.done else b"")
        data = b"".join(held)
        if data:
            await reply.body(gzip.compress(data) if behaviour.packed else data)
        if behaviour.hangs:
            await asyncio.sleep(5)

    async def _rest(self, behaviour: Behaviour, truth: Truth, reply: Reply, held: list[bytes]) -> list[bytes]:
        """The events of the end; the reason goes out at once where the counts are late."""
        events = [self._event(behaviour, event) for event in behaviour.end]
        if behaviour.late_s:
            await reply.body(b"".join(held) + events.pop(0))
            held.clear()
            ended_s = time.perf_counter()
            await asyncio.sleep(behaviour.late_s)
            truth.late_s = time.perf_counter() - ended_s
        return events

    def _event(self, behaviour: Behaviour, event: Event) -> bytes:
        return behaviour.frame(json.dumps(event).encode())


@dataclass(frozen=True, slots=True)
class Measured:
    """The samples of the run by their behaviour, its report, and what the server did."""

    samples: dict[str, dict[str, Any]]
    arrivals_ms: dict[str, list[float]]
    """When each piece arrived here, by the prompt of the sample."""
    report: str
    truths: dict[str, list[Truth]]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    folder = tmp_path_factory.mktemp("behaviours")
    prompts = [{"id": name, "text": f"Behave as {name}"} for name in BEHAVIOURS]
    (folder / "prompts.json").write_text(json.dumps({"default": "all", "sets": {"all": prompts}}), encoding="utf-8")
    server_side = Server()
    with serving() as server:
        server.scene = server_side.answer
        benchtop(
            *("bench", "--endpoint", server.url, "--models", f"127.0.0.1:{server.port}/tiny", "--rounds", "1"),
            *("--warmup", "0", "--prompts", "prompts.json", "--max-tokens", str(TOKENS)),
            *("--json", "run.json", "--md", "run.md", "--arrivals", "arrivals.jsonl"),
            environment={"BENCHTOP_HOME": str(folder / "home"), "PATH": "/usr/bin:/bin"},
            folder=folder,
        )
    run: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    samples = {sample["prompt_id"]: sample for sample in run["samples"] if sample["kind"] == "round"}
    lines = [json.loads(line) for line in (folder / "arrivals.jsonl").read_text(encoding="utf-8").splitlines()]
    arrivals_ms = {line["prompt_id"]: line["arrivals_ms"] for line in lines if line["kind"] == "round"}
    return Measured(samples, arrivals_ms, (folder / "run.md").read_text(encoding="utf-8"), server_side.truths)


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_number_is_right_or_the_reader_is_told(measured: Measured, name: str) -> None:
    behaviour, sample = BEHAVIOURS[name], measured.samples[name]
    if behaviour.error:
        assert sample["status"] == "failed"
        assert behaviour.error in sample["error"]
        return
    assert (sample["status"], sample["error"]) == ("ok", None)
    truth = measured.truths[name][-1]
    if truth.late_s > AFTER_END_S / 2:
        assert sample["tokens_source"] in ("runtime", "estimated"), "this server was held up itself"
        return
    late = {RATE_UNSURE, IN_LUMPS} if _came_together(measured.arrivals_ms[name]) else set[str]()
    assert behaviour.flags <= set(sample["flags"]) <= behaviour.flags | UNTOLD | late
    assert (sample["tokens_source"], sample["finish_reason"]) == (behaviour.source, behaviour.reason)
    if behaviour.source == "runtime":
        assert sample["output_tokens"] == behaviour.tokens
    words = [word for index, word in enumerate(WORDS) if index not in behaviour.marks]
    thoughts = behaviour.thoughts - sum(index < behaviour.thoughts for index in behaviour.marks)
    assert sample["reasoning"].split() == "".join(words[:thoughts]).split()
    assert sample["text"].split() == "".join(words[thoughts:]).split()
    assert sample["server_decode_tok_s"] == (round(1 / STEP_S, 6) if name == "timings" else None)
    if not _was_late(measured.arrivals_ms[name], truth):
        _check_times(behaviour, sample, truth)


def _came_together(arrivals_ms: Sequence[float]) -> bool:
    """Return whether pieces arrived faster than the server sends them: our side was late with an earlier one."""
    return any(after - before < STEP_S * 1e3 / 2 for before, after in pairwise(arrivals_ms))


def _was_late(arrivals_ms: Sequence[float], truth: Truth) -> bool:
    """Return whether a busy machine made our side read the last piece later than the first, or the other way round."""
    ours_ms, sent_ms = arrivals_ms[-1] - arrivals_ms[0], (truth.last_ns - truth.first_ns) / 1e6
    return abs(ours_ms - sent_ms) > 0.02 * sent_ms


def _check_times(behaviour: Behaviour, sample: Mapping[str, Any], truth: Truth) -> None:
    """Hold the times against what the server did, unless the sample has a mark."""
    if sample["disturbances"] or RATE_UNSURE in sample["flags"] or not behaviour.timed:
        return
    ttft_ms, tok_s = (truth.first_ns - truth.at_ns) / 1e6, (TOKENS - 1) * 1e9 / (truth.last_ns - truth.first_ns)
    assert -1 < sample["ttft_ms"] - ttft_ms < 20
    assert abs(sample["decode_tok_s"] - tok_s) < 0.05 * tok_s


def test_the_report_tells_what_was_no_answer_and_what_is_in_doubt(measured: Measured) -> None:
    for behaviour in BEHAVIOURS.values():
        assert behaviour.error in measured.report
    for words in (
        "the answer came in a few lumps, so no time in it is that of a token",
        "the server counted fewer tokens than the pieces of text that it sent",
        "the server did not give a known reason for the end",
        "by the server's account a part of the prompts came from its cache",
        "answered by llama",
        "Server's decode tok/s",
    ):
        assert words in measured.report
