"""The connection to a server, with the times of what goes over it. Only the endpoint's child imports it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from time import perf_counter_ns
from typing import Final

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk

from tui.engines.contract import Completed, Loaded, Piece, Request
from tui.engines.endpoint.answer import StreamedAnswer
from tui.engines.endpoint.behaviour.checks import flags_of
from tui.engines.endpoint.behaviour.dialect import Dialect
from tui.engines.endpoint.behaviour.postponing import Postponement
from tui.engines.endpoint.behaviour.proxies import proxy_variable
from tui.engines.endpoint.behaviour.server_names import resolved, suggestion
from tui.engines.endpoint.behaviour.tokenizer import Tokenizer
from tui.engines.endpoint.errors import ServerSilent, UnusableServer, status_words
from tui.engines.endpoint.events import EventReader, NoEvent, ServerFailed
from tui.engines.endpoint.http_client import direct_transport, unusable_variable
from tui.engines.endpoint.request_clock import RequestClock, TimedBody, bound_body, check_coding
from tui.engines.endpoint.request_limits import AnswerLimit, RequestPace
from tui.engines.endpoint.server import (
    NO_ROUTE,
    UNLOAD_S,
    ServerClient,
    ids_in,
    other_address,
    server_root,
    versioned_url,
)
from tui.engines.process import wire
from tui.engines.process.child_side import Outbox
from tui.records import (
    ASKED_TO_WAIT,
    NEW_CONNECTION,
    NOT_LISTED,
    RATE_UNSURE,
    SERVER_MEMORY,
    THROUGH_PROXY,
    TOKENS_HIDDEN,
)

CONNECT_S: Final = 10.0
"""How long a server may take to accept a connection."""
STILL_THERE_S: Final = 5.0
"""How long a server that has failed may take to show that it is still there."""
DRAIN_S: Final = 1.0
"""How long the bytes after the mark of the end are read, so that the connection can be used again."""
WARM_S: Final = 1.0
"""A connection that has rested for longer is used once for something light before it is measured on."""
LOADING_S: Final = 300.0
"""How long a server may load its model before it answers anything; the limit of the parent may be shorter."""
ROUND_TRIPS: Final = 4
"""How many bare requests are sent when a connection is opened; the quickest is its round trip."""
_STREAMED: Final = "/chat/completions"
"""The end of the only route whose answers are streams; those of all others are short."""


class Connection:
    """A connection to one model of a server, which answers one request at a time."""

    def __init__(self, command: wire.Connect, key: str, pace: RequestPace) -> None:
        self._command = command
        self._pace = pace
        self._clock = RequestClock()
        self._url = command.url.rstrip("/")
        self._model = command.model_id
        self._key = key
        self._used_ns = 0
        self._due_ns = 0
        self._waited = False
        self._has_answered = False
        self._load_ns: int | None = None
        """How long the server loaded its model before it took the request."""
        self._dialect = Dialect()
        self._tokenizer = Tokenizer()
        self._listed: tuple[str, ...] = ()
        """The models that the server lists."""
        self._load_problem = ""
        """Why the server did not load the model when it was asked to."""
        limits = httpx2.Limits(keepalive_expiry=None)
        try:
            self._http = openai.DefaultAsyncHttpxClient(
                follow_redirects=False,
                timeout=httpx2.Timeout(None, connect=CONNECT_S),
                limits=limits,
                transport=direct_transport(self._url, limits),
                event_hooks={"request": [self._prepare], "response": [self._time_body]},
            )
        except (OSError, ImportError, ValueError) as error:
            raise unusable_variable(error) from error
        self._server = ServerClient(self._http, server_root(self._url))
        self._loaded_for_us = False
        self._client = openai.AsyncOpenAI(
            api_key=key or "none", base_url=self._url, max_retries=0, http_client=self._http
        )

    async def open(self) -> wire.LoadFinished:
        """Open the connection, time a bare request over it, and have the model loaded if the server can do that."""
        begun_ns, trips_ns = perf_counter_ns(), list[int]()
        response = await self._models_once_loaded()
        loading_ns = perf_counter_ns() - begun_ns if self._waited else None
        for _ in range(ROUND_TRIPS - 1):
            response = await self._models(CONNECT_S)
            if not self._clock.opened:
                trips_ns.append(self._clock.headers_ns - self._clock.sent_ns)
        self._listed = ids_in(response)
        self._model = resolved(self._model, self._listed)
        self._server = await self._server.identified()
        self._dialect.is_foundry = self._server.kind == "foundry"
        load_ns = await self._load()
        pid = await asyncio.to_thread(lambda: self._server.pid)
        load_ns = load_ns if loading_ns is None else loading_ns + (load_ns or 0)
        loaded = Loaded(load_ns=load_ns, round_trip_ns=min(trips_ns, default=None))
        return wire.LoadFinished(loaded, pid, loaded_for_us=self._loaded_for_us)

    async def _models_once_loaded(self) -> httpx2.Response:
        """Ask for the list of models, again and again while the server says that it loads; see ``Postponement``."""
        postponement = Postponement(LOADING_S, first=True)
        while True:
            response = await self._models(CONNECT_S)
            if not ids_in(response) and response.status_code < 500 and not self._has_answered:
                response = await self._listed_elsewhere(response)
            if response.status_code in (401, 403) or 300 <= response.status_code < 400:
                raise UnusableServer(status_words(response))
            wait_s = postponement.wait_s(response)
            if wait_s is None:
                return response
            self._waited = True
            self._pace.tell_wait(0, postponement.wait())
            await asyncio.sleep(wait_s)

    async def _listed_elsewhere(self, response: httpx2.Response) -> httpx2.Response:
        """Ask for the list at the other address that a server may have, and stay there if it is."""
        first = self._url
        other = other_address(first, response)
        if other == first:
            return response
        self._use_url(other)
        further = await self._models(CONNECT_S)
        self._use_url(other if ids_in(further) else first)
        return further if ids_in(further) else response

    def _go_to_version(self) -> bool:
        """Go on with ``/v1`` behind the address, which is asked first as it was written; false if that has been done.

        An address that has led to an answer stays.
        """
        versioned = versioned_url(self._command.url)
        if self._has_answered or self._listed or versioned == self._url:
            return False
        self._use_url(versioned)
        return True

    def _use_url(self, url: str) -> None:
        self._url = url
        self._client.base_url = url

    async def _load(self) -> int | None:
        """Have the server load the model; gives the nanoseconds, or ``None`` if it could not be asked to.

        A server that refuses is asked for the answer all the same: perhaps it is another one than it seems to be.
        """
        begun_ns = perf_counter_ns()
        try:
            self._loaded_for_us = await self._server.load(self._model)
        except UnusableServer as error:
            self._load_problem = str(error)
        return perf_counter_ns() - begun_ns if self._loaded_for_us else None

    def explained(self, refusal: str) -> str:
        """The words for a refused request, with what may have led to it."""
        causes = [cause for cause in (self._load_problem, suggestion(self._model, self._listed)) if cause]
        return "; ".join([refusal, *causes])

    def further(self) -> Connection:
        """A further connection to the same model, for requests at the same time; it opens with its first use."""
        further = Connection(self._command, self._key, self._pace)
        further._dialect, further._model = self._dialect, self._model
        further._use_url(self._url)
        further._server, further._listed, further._has_answered = self._server, self._listed, True
        return further

    async def restore_server(self) -> None:
        """Unload the model if it was loaded for us; a server that is gone has nothing loaded."""
        if self._loaded_for_us:
            with suppress(httpx2.HTTPError, TimeoutError, UnusableServer):
                async with asyncio.timeout(UNLOAD_S):
                    await self._server.unload(self._model)
        self._loaded_for_us = False

    async def is_answered(self) -> bool:
        """Whether the server answers a light request."""
        try:
            await self._models(STILL_THERE_S)
        except (httpx2.HTTPError, TimeoutError):
            return False
        return True

    async def count_tokens(self, text: str) -> int | None:
        """Have the server count the tokens of a text; ``None`` if it cannot. Nothing may be in flight meanwhile."""
        count = await self._tokenizer.count(self._server, self._model, text)
        # The server may have closed the connection, so the next request does not measure on it before it is warm.
        self._used_ns = 0
        return count

    async def answer(self, command: wire.Generate, outbox: Outbox, due_ns: int = 0) -> wire.AnswerFinished:
        """Send one request when it is due and pass its text on. ``problem_of`` takes every error that this raises."""
        request_id, request = command.request_id, command.request
        if perf_counter_ns() - self._used_ns > WARM_S * 1e9:
            await self.is_answered()
        # If this request fails, its connection is closed, and the next one has to be warmed.
        self._used_ns, self._due_ns = 0, due_ns
        self._waited = False
        answer = StreamedAnswer(request.max_tokens)
        async with AnswerLimit(command.silence_timeout_s, request.time_limit_s) as limit:
            try:
                end_ns = await self._read_answer(command, answer, limit, outbox)
            except asyncio.CancelledError:
                if limit.expired:
                    raise ServerSilent(limit.reason) from None
                raise
        self._used_ns = perf_counter_ns()
        for text, reasoning in answer.rest():
            outbox.add(Piece(end_ns, text, reasoning), request_id)
        answer.check()
        return wire.AnswerFinished(request_id, self._completed(request, answer, end_ns))

    async def _read_answer(
        self, command: wire.Generate, answer: StreamedAnswer, limit: AnswerLimit, outbox: Outbox
    ) -> int:
        """Send the request and read its answer; gives the time of its end in nanoseconds since it was sent.

        Some servers refuse a form only once the answer has begun; the request is then sent again without it.
        """
        while True:
            stream = await self._begin(command, limit)
            try:
                async with stream:
                    return await self._follow(command.request_id, stream, answer, limit, outbox)
            except ServerFailed as error:
                if not answer.empty or not self._dialect.adapt(error.words, command.request):
                    raise

    async def _begin(self, command: wire.Generate, limit: AnswerLimit) -> openai.AsyncStream[ChatCompletionChunk]:
        """Send the request until the server takes it.

        It is sent without a count or a form if the server refuses that, and later if the server asks to wait.
        """
        request_id, request, per_second = command.request_id, command.request, command.request.per_second
        postponement = Postponement(command.silence_timeout_s, first=not self._has_answered)
        while True:
            limit.suspend()
            await self._pace.wait_to_send(request_id, per_second)
            on_sent = partial(self._pace.note_sent, request_id) if per_second else None
            self._clock.begin(on_sent, due_ns=self._due_ns)
            limit.begin(request.reading_limit_s(command.silence_timeout_s))
            try:
                stream = await self._dialect.send(self._client, self._model, request, self._extra(request))
            except openai.APIStatusError as error:
                adapts = error.status_code in (400, 422) and self._dialect.adapt(error.response.text, request)
                wait_s = postponement.wait_s(error.response)
                if wait_s is not None:
                    self._pace.pause(wait_s)
                    self._pace.tell_wait(request_id, postponement.wait())
                elif not adapts and not (error.status_code in NO_ROUTE and self._go_to_version()):
                    raise
            else:
                self._pace.tell_wait(request_id, postponement.wait(over=True))
                self._waited, self._load_ns = postponement.asked, postponement.load_ns(self._clock.sent_ns)
                return stream

    def _extra(self, request: Request) -> dict[str, object]:
        """The members that this kind of server understands, and others may refuse."""
        return {"cache_prompt": False} if request.fresh and self._server.kind == "llama.cpp" else {}

    async def _follow(
        self,
        request_id: int,
        stream: openai.AsyncStream[ChatCompletionChunk],
        answer: StreamedAnswer,
        limit: AnswerLimit,
        outbox: Outbox,
    ) -> int:
        """Read to the end of the answer; gives the time of it in nanoseconds since the request was sent."""
        clock, events, patience_s = self._clock, EventReader(stream.response.aiter_bytes()), None
        try:
            async for event in events:
                at_ns, has_text = clock.since_sent_ns(), False
                for text, reasoning in answer.take(event, at_ns):
                    has_text = True
                    outbox.add(Piece(at_ns, text, reasoning), request_id)
                # Events without text do not show that the server still works on the answer.
                wanted_s = DRAIN_S if events.done else answer.end.patience_s
                if has_text or wanted_s != patience_s:
                    patience_s = wanted_s
                    limit.allow_silence(patience_s)
        except (asyncio.CancelledError, httpx2.TransportError, NoEvent) as error:
            # After the end of the answer only its token count is missing; a cancel by the parent is passed on.
            if not answer.end.is_whole(marked=events.done) or (
                isinstance(error, asyncio.CancelledError) and not limit.expired
            ):
                raise
        end_ns = answer.end.at_ns(clock.since_sent_ns())
        if not answer.end.is_whole(marked=events.done):
            raise _broken_off(stream.response, events, answer)
        return end_ns

    def _completed(self, request: Request, answer: StreamedAnswer, end_ns: int) -> Completed:
        remarks = {
            NEW_CONNECTION: self._clock.opened,
            ASKED_TO_WAIT: self._waited,
            NOT_LISTED: bool(self._listed) and self._model not in self._listed,
            SERVER_MEMORY: self._server.is_here and len(self._listed) > 1,
        }
        flags = [flag for flag, holds in remarks.items() if holds]
        if proxy := proxy_variable(self._url):
            flags.append(f"{THROUGH_PROXY}{proxy}")
        if answer.hides_tokens:
            flags += [RATE_UNSURE, TOKENS_HIDDEN]
        timeline = answer.timeline(end_ns=end_ns, sent_ns=self._clock.sent_ns)
        flags += [*flags_of(request, self._model, timeline, answer.facts), *self._dialect.flags(request)]
        self._has_answered = True
        return Completed(
            timeline=timeline,
            flags=tuple(flags),
            constrained=request.form is not None and self._dialect.takes_form,
            unopened_reasoning_runs=answer.unopened_runs,
            load_ns=self._load_ns,
        )

    async def _models(self, patience_s: float) -> httpx2.Response:
        """Ask for the list of models, which is the lightest request that every server takes."""
        self._clock.begin()
        async with asyncio.timeout(patience_s):
            response = await self._http.get(f"{self._url}/models")
        self._used_ns = perf_counter_ns()
        return response

    async def _prepare(self, request: httpx2.Request) -> None:
        request.extensions["trace"] = self._clock.trace
        # The client would describe this machine to the server, and send a key even if there is none.
        for name in [name for name in request.headers if name.lower().startswith("x-stainless")]:
            del request.headers[name]
        # A compressed answer comes in blocks, and its times would not be those of its tokens.
        request.headers["Accept-Encoding"] = "identity"
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        else:
            request.headers.pop("Authorization", None)

    async def _time_body(self, response: httpx2.Response) -> None:
        check_coding(response)
        if not response.is_success or not response.request.url.path.endswith(_STREAMED):
            await bound_body(response)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = TimedBody(response.stream, self._clock)


def _broken_off(response: httpx2.Response, events: EventReader, answer: StreamedAnswer) -> UnusableServer:
    """What is wrong with an answer that has no end: it is no stream, of another form, or it broke off."""
    if events.strays:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower() or "something"
        words = f"; it says: {events.stray_words}" if events.stray_words else ""
        if events.is_whole_answer:
            words = ": it answered all at once, so its tokens cannot be timed"
        return UnusableServer(f"the server sent {kind} and no stream{words}")
    if words := events.stray_words or answer.words_beside:
        return ServerFailed(words)
    if events.empty:
        return UnusableServer(f"the server sent an empty answer ({response.status_code})")
    if answer.empty and answer.other_form:
        return UnusableServer(
            f"the server sent events of another form than that of OpenAI's chat completions: {answer.other_form}"
        )
    return UnusableServer("the answer broke off: the server ended it without saying that it was complete")
