"""The connection to a server, with the times of what goes over it. Imported by the endpoint's child alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import partial
from time import perf_counter_ns
from typing import Final

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from tui.engines.endpoint.answer import StreamedAnswer
from tui.engines.endpoint.errors import Silent, UnusableServer, retry_after_s, server_words, status_words, without
from tui.engines.endpoint.request_limits import Limit, RequestPace
from tui.engines.endpoint.server import UNLOAD_S, ServerClient, server_root
from tui.engines.engine import Form, Piece
from tui.engines.process import wire
from tui.engines.process.child_side import Outbox
from tui.probes import host
from tui.records import ASKED_TO_WAIT, NEW_CONNECTION, RATE_UNSURE, TOKENS_HIDDEN, FinishReason

CONNECT_S: Final = 10.0
ANSWERS_S: Final = 5.0
"""How long a server that has failed may take to show that it is there."""
AFTER_END_S: Final = 1.0
"""How long the token count may come after the end of the answer."""
WARM_S: Final = 1.0
"""A connection that has rested longer is used once for something light before it is measured on."""
WAIT_LIMIT_S: Final = 30.0
"""The longest that a server's wish to be asked later is followed."""
LEAST_WAIT_S: Final = 0.1
ROUND_TRIPS: Final = 4
NOT_A_STREAM: Final = ("application/json", "text/html")
OF_FORMS: Final = ("response_format", "schema", "grammar")
"""Words of which a server that refuses a form has one."""
_REASONS: Final = (FinishReason.STOP, FinishReason.LENGTH)
_REHEARSAL: Final = b"""data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}}]}

data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}

data: {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}

data: [DONE]

"""


class Clock:
    """When a request was on its way, and when the bytes came that are being read: as near to the socket as can be."""

    def __init__(self) -> None:
        self._on_sent: Callable[[], None] | None = None
        self.sent_ns = 0
        self.heard_ns = 0
        """When the answer's headers came."""
        self.read_ns = 0
        self.tail = b""
        """The last bytes of the body."""
        self.opened = False
        """Whether a connection was opened for the request."""

    def begin(self, on_sent: Callable[[], None] | None = None) -> None:
        """Another request is to be sent; ``on_sent`` is told when all of it is on its way."""
        self.opened, self.tail, self._on_sent = False, b"", on_sent

    def since_sent_ns(self) -> int:
        """From the request on its way to the bytes that came last."""
        return self.read_ns - self.sent_ns

    async def trace(self, event: str, _: Mapping[str, object]) -> None:
        """Told of each step of a request by the client."""
        # Not once it is sent: a server on this machine may run first, and the clock then start up to 2 ms late.
        if event == "http11.send_request_body.started":
            self.sent_ns = perf_counter_ns()
        elif event == "http11.send_request_body.complete" and self._on_sent is not None:
            self._on_sent()
        elif event == "http11.receive_response_headers.complete":
            self.heard_ns = perf_counter_ns()
        elif event == "connection.connect_tcp.started":
            self.opened = True


class Stamped(httpx2.AsyncByteStream):
    """The body of an answer, with the time at which each part of it came."""

    def __init__(self, body: httpx2.AsyncByteStream, clock: Clock) -> None:
        self._body = body
        self._clock = clock

    async def __aiter__(self) -> AsyncIterator[bytes]:
        clock = self._clock
        async for data in self._body:
            clock.read_ns = perf_counter_ns()
            clock.tail = (clock.tail + data)[-32:]
            yield data

    async def aclose(self) -> None:
        await self._body.aclose()


class Connection:
    """One server and one model of it, asked one thing at a time."""

    def __init__(self, command: wire.Connect, key: str, pace: RequestPace) -> None:
        self._command = command
        self._pace = pace
        self._clock = Clock()
        self._url = command.url.rstrip("/")
        self._model = command.model_id
        self._key = key
        self._used_ns = 0
        self._waited = False
        self._counts = True
        """Whether the server takes the wish for a token count."""
        self._holds = True
        """Whether it takes a form to hold an answer to."""
        self._http = openai.DefaultAsyncHttpxClient(
            follow_redirects=False,
            timeout=httpx2.Timeout(None, connect=CONNECT_S),
            limits=httpx2.Limits(keepalive_expiry=None),
            event_hooks={"request": [self._before], "response": [self._behind]},
        )
        self._server = ServerClient(self._http, server_root(self._url))
        self._pid: int | None = None
        self._loaded_for_us = False
        self._client = openai.AsyncOpenAI(
            api_key=key or "none", base_url=self._url, max_retries=0, http_client=self._http
        )

    async def open(self) -> wire.LoadDone:
        """Open the connection, and time a bare request over it."""
        trips_ns: list[int] = []
        for _ in range(ROUND_TRIPS):
            response = await self._models(CONNECT_S)
            if response.status_code in (401, 403) or 300 <= response.status_code < 400:
                raise UnusableServer(status_words(response))
            if not self._clock.opened:
                trips_ns.append(self._clock.heard_ns - self._clock.sent_ns)
        self._server = await self._server.known()
        asked_ns = perf_counter_ns()
        self._loaded_for_us = await self._server.load(self._model)
        load_ns = perf_counter_ns() - asked_ns if self._loaded_for_us else None
        self._pid = await asyncio.to_thread(lambda: self._server.pid)
        return wire.LoadDone(load_ns, self._rss_bytes(), min(trips_ns, default=None), self._pid)

    def another(self) -> Connection:
        """A further connection to the same server, for requests at the same time."""
        further = Connection(self._command, self._key, self._pace)
        further._counts, further._holds, further._pid = self._counts, self._holds, self._pid
        return further

    async def leave(self) -> None:
        """Unload a model that was loaded for us; a server that is gone has nothing loaded."""
        if self._loaded_for_us:
            with suppress(httpx2.HTTPError, TimeoutError, UnusableServer):
                async with asyncio.timeout(UNLOAD_S):
                    await self._server.unload(self._model)
        self._loaded_for_us = False

    def _rss_bytes(self) -> int | None:
        """What the server holds now, where it runs on this machine."""
        return host.tree_rss_bytes(self._pid) if self._pid is not None else None

    async def answers(self) -> bool:
        """Whether anybody is there."""
        try:
            await self._models(ANSWERS_S)
        except (httpx2.HTTPError, TimeoutError):
            return False
        return True

    async def ask(self, command: wire.Generate, outbox: Outbox) -> wire.Finished:
        """Send one request and pass its text on. Whatever it raises is for ``problem_of``."""
        if perf_counter_ns() - self._used_ns > WARM_S * 1e9:
            await self.answers()
        # Should this request fail, its connection is closed, and the next needs one that is warm.
        self._used_ns = 0
        self._waited = False
        answer = StreamedAnswer(command.max_tokens)
        async with asyncio.timeout(None) as timeout:
            limit = Limit(timeout, command.silence_timeout_s, command.time_limit_s)
            try:
                end_ns = await self._answered(command, answer, limit, outbox)
            except asyncio.CancelledError:
                if limit.expired:
                    raise Silent(limit.words) from None
                raise
        self._used_ns = perf_counter_ns()
        for text, reasoning in answer.rest():
            outbox.add(Piece(end_ns, without(self._key, text), reasoning), command.request)
        answer.check()
        return self._finished(command, answer, end_ns)

    async def _answered(self, command: wire.Generate, answer: StreamedAnswer, limit: Limit, outbox: Outbox) -> int:
        """Ask and read to the end, and give when that was; some refuse a form only once the answer has begun."""
        while True:
            stream = await self._begin(command, limit)
            try:
                async with stream:
                    return await self._follow(command.request, stream, answer, limit, outbox)
            except openai.APIError as error:
                if not answer.empty or not self._gives_way(error.message, command):
                    raise

    async def _begin(self, command: wire.Generate, limit: Limit) -> openai.AsyncStream[ChatCompletionChunk]:
        """Send the request: once more without the wish for a count or a form where that is refused, and later where the
        server asks for a moment's patience.
        """
        left_s = min(WAIT_LIMIT_S, command.silence_timeout_s)
        while True:
            limit.lift()
            await self._pace.turn(command.request, command.per_second)
            self._clock.begin(partial(self._pace.sent, command.request) if command.per_second else None)
            limit.begin()
            try:
                return await self._send(command)
            except openai.APIStatusError as error:
                wait_s = retry_after_s(error.response) if error.status_code == 429 else None
                if wait_s is not None and wait_s <= left_s:
                    left_s -= max(wait_s, LEAST_WAIT_S)
                    self._waited = True
                    self._pace.rest(max(wait_s, LEAST_WAIT_S))
                elif error.status_code not in (400, 422) or not self._gives_way(error.response.text, command):
                    raise

    def _gives_way(self, words: str, command: wire.Generate) -> bool:
        """Whether a server that says this refuses what it can be asked without, from now on."""
        if self._counts and "stream_options" in words:
            self._counts = False
        elif self._holds and command.form is not None and any(word in words for word in OF_FORMS):
            self._holds = False
        else:
            return False
        return True

    async def _send(self, command: wire.Generate) -> openai.AsyncStream[ChatCompletionChunk]:
        messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": command.prompt}]
        if command.system:
            messages.insert(0, {"role": "system", "content": command.system})
        stream = await self._client.chat.completions.create(
            model=self._model,
            messages=messages,
            max_tokens=command.max_tokens,
            temperature=command.temperature,
            seed=openai.omit if command.seed is None else command.seed,
            stream=True,
            stream_options={"include_usage": True} if self._counts else openai.omit,
            extra_body={"response_format": self._held_to(command.form)} if command.form and self._holds else None,
        )
        kind = stream.response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in NOT_A_STREAM:
            await stream.response.aread()
            words = server_words(stream.response)
            await stream.close()
            raise UnusableServer(f"the server sent {kind} and no stream{f'; it says: {words}' if words else ''}")
        return stream

    def _held_to(self, form: Form) -> dict[str, object]:
        if self._server.kind == "foundry":
            # It takes the whole member for the schema, and with a name around the schema holds the answer to any JSON.
            return {"type": "json_schema", "json_schema": form.foundry_schema}
        return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": form.schema}}

    async def _follow(
        self,
        request: int,
        stream: openai.AsyncStream[ChatCompletionChunk],
        answer: StreamedAnswer,
        limit: Limit,
        outbox: Outbox,
    ) -> int:
        """Read to the end of the answer, and give when that was."""
        clock, end_ns = self._clock, 0
        try:
            async for chunk in stream:
                at_ns = clock.since_sent_ns()
                for text, reasoning in answer.take(chunk):
                    outbox.add(Piece(at_ns, without(self._key, text), reasoning), request)
                if answer.finish_reason is None:
                    limit.give()
                elif not end_ns:
                    end_ns = at_ns
                    limit.give(AFTER_END_S)
        except (asyncio.CancelledError, openai.APIConnectionError) as error:
            # After the end of the answer only its token count is missed; a cancel by the parent is another matter.
            if not end_ns or (isinstance(error, asyncio.CancelledError) and not limit.expired):
                raise
        # That mark alone is also what a server sends that gives up one request for another.
        if not end_ns and b"[DONE]" in clock.tail and answer.counted:
            end_ns = clock.since_sent_ns()
        if not end_ns:
            raise UnusableServer("the answer broke off: the server ended it without saying that it was complete")
        return end_ns

    def _finished(self, command: wire.Generate, answer: StreamedAnswer, end_ns: int) -> wire.Finished:
        flags: list[str] = []
        if self._clock.opened:
            flags.append(NEW_CONNECTION)
        if self._waited:
            flags.append(ASKED_TO_WAIT)
        if answer.hides_tokens:
            flags += [RATE_UNSURE, TOKENS_HIDDEN]
        return wire.Finished(
            command.request,
            end_ns,
            next((each for each in _REASONS if each == answer.finish_reason), FinishReason.OTHER),
            answer.prompt_tokens,
            answer.output_tokens,
            self._rss_bytes(),
            tokens_source=answer.tokens_source,
            one_token_first=False,
            hidden_tokens=answer.hidden_tokens,
            cached_prompt_tokens=answer.cached_prompt_tokens,
            flags=tuple(flags),
            sent_ns=self._clock.sent_ns,
            constrained=command.form is not None and self._holds,
        )

    async def _models(self, patience_s: float) -> httpx2.Response:
        """The lightest thing to ask a server."""
        self._clock.begin()
        async with asyncio.timeout(patience_s):
            response = await self._http.get(f"{self._url}/models")
        self._used_ns = perf_counter_ns()
        return response

    async def _before(self, request: httpx2.Request) -> None:
        request.extensions["trace"] = self._clock.trace
        # The client would tell the server about this machine, and send a key that is none.
        for name in [name for name in request.headers if name.lower().startswith("x-stainless")]:
            del request.headers[name]
        # A compressed answer comes in lumps, and none of its times would be those of its tokens.
        request.headers["Accept-Encoding"] = "identity"
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        else:
            request.headers.pop("Authorization", None)

    async def _behind(self, response: httpx2.Response) -> None:
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = Stamped(response.stream, self._clock)


async def rehearse() -> None:
    """Read one answer that no server has sent: what the client does only once should be in nobody's first token."""

    def reply(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=_REHEARSAL)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(reply)) as http:
        client = openai.AsyncOpenAI(api_key="none", base_url="http://localhost", max_retries=0, http_client=http)
        stream = await client.chat.completions.create(
            model="none", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        answer = StreamedAnswer(1)
        async for chunk in stream:
            tuple(answer.take(chunk))
