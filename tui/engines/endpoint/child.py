"""The child process of a model on a server: only this folder imports openai.

It holds the connections and sends the requests, so that neither the screen nor the run disturbs the clock. Keys are
read from the environment here, and leave this process only in the header of a request.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui.engines.contract import Request
from tui.engines.endpoint.client_load import ClientLoad
from tui.engines.endpoint.errors import Problem, is_expected, problem_of
from tui.engines.endpoint.http_client import check_key
from tui.engines.endpoint.request_limits import RequestPace
from tui.engines.endpoint.server import list_servers
from tui.engines.process import wire
from tui.engines.process.child_side import SWITCH_INTERVAL_S, Inbox, Outbox, private_stdout
from tui.lazy import lazy_module
from tui.probes import own
from tui.records import ExitKind
from tui.text import secrets

if TYPE_CHECKING:
    import openai

    from tui.engines.endpoint.connection import Connection
else:
    openai = lazy_module("openai")

NOT_CONNECTED: Final = "there is no connection to a server yet"
START_SPACING_S: Final = 0.003
"""The least time between the first requests of two connections of a level: about what the client needs to send one."""
SCHEDULE_LEAD_NS: Final = 1_000_000_000
"""How long after the connections are open a schedule starts, so that its first requests are here by then."""
PREPARE_NS: Final = 20_000_000
"""How long before it is due a request of a schedule is made, and its connection warmed if that has rested."""
COLLECT_EVERY: Final = 64
"""While requests are in flight, garbage is collected only after so many of them, since that lengthens their gaps."""


class EndpointChild:
    """Carries out commands until stdin closes; a cancel ends the request that it names."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._loop = asyncio.new_event_loop()
        self._connections: list[Connection] = []
        # The connection that was used last is used first, so that few of them have rested for long.
        self._free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        self._url = ""
        self._key = ""
        self._pace = RequestPace(outbox)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        """The work in progress by its request; 0 stands for all other work, which is one thing at a time."""
        self._ended = 0
        self._halted = False
        """Whether a request has failed, after which those that wait for a connection are not sent."""
        self._starts_left = 0
        """How many connections of a level have not sent their first request."""
        self._last_start_s = 0.0
        self._schedule_ns = 0
        """The start of the schedule by which requests of an open loop arrive."""
        self._load = ClientLoad(self._loop)

    def serve(self) -> None:
        """Carry out commands side by side on an event loop."""
        asyncio.set_event_loop(self._loop)
        Inbox(self._cancel, on_task=self._take)
        self._loop.run_forever()

    def _take(self, command: wire.Task) -> None:
        """Hand a command over to the event loop; called in the thread that reads commands."""
        self._loop.call_soon_threadsafe(self._begin, command)

    def _cancel(self, request_id: int) -> None:
        """Hand a cancel over to the event loop; called in the thread that reads commands."""
        self._loop.call_soon_threadsafe(self._cancel_task, request_id)

    def _begin(self, command: wire.Task) -> None:
        if isinstance(command, wire.GrantPermit):
            self._pace.grant(command.request_id)
            return
        request_id = command.request_id if isinstance(command, wire.Generate) else 0
        self._tasks[request_id] = asyncio.ensure_future(self._report(command, request_id))

    def _cancel_task(self, request_id: int) -> None:
        if request_id in self._tasks:
            self._tasks[request_id].cancel()

    async def _report(self, command: wire.Task, request_id: int) -> None:
        try:
            report = await self._carry_out(command)
        except asyncio.CancelledError:
            report = wire.Cancelled(request_id)
        except Exception as error:
            # Whatever goes wrong, the parent waits for a report.
            report = wire.Failed(request_id, f"the answer could not be read ({type(error).__name__})")
        finally:
            del self._tasks[request_id]
        self._outbox.put(report)

    async def _carry_out(self, command: wire.Task) -> wire.Report:
        try:
            match command:
                case wire.Connect():
                    return await self._connect(command)
                case wire.Generate():
                    return await self._generate(command)
                case wire.Disconnect():
                    for connection in self._connections[:1]:
                        await connection.restore_server()
                    return wire.Disconnected()
                case wire.OpenConnections():
                    return await self._open_connections(command.count)
                case wire.CountTokens():
                    return await self._count_tokens(command.text)
                case wire.ListServerModels():
                    return await list_servers(command, key_in)
                case _:
                    return wire.Failed(0, "a server cannot do that")
        except Exception as error:
            return self._failed(0, self._problem(error), gone=False)

    async def _connect(self, command: wire.Connect) -> wire.Report:
        self._url = command.url
        self._key = key_in(command.api_key_env)
        if command.api_key_env and not self._key:
            return wire.Failed(0, f"the environment variable {command.api_key_env}, which is to hold the key, is empty")
        check_key(self._key, command.api_key_env)
        remove_client_variables()
        # They import openai, which takes most of the time of a start, and a list of models does without it.
        from tui.engines.endpoint.behaviour.client_warm_up import warm_up_client
        from tui.engines.endpoint.connection import Connection

        await warm_up_client()
        self._outbox.put(wire.Started(os.getpid()))
        connection = Connection(command, self._key, self._pace)
        report = await connection.open()
        self._add([connection])
        gc.enable()
        return report

    async def _open_connections(self, count: int) -> wire.Report:
        if not self._connections:
            return wire.Failed(0, NOT_CONNECTED, gone=True)
        self._halted, self._starts_left = False, count
        report = await self._open_missing(count)
        self._schedule_ns = time.perf_counter_ns() + SCHEDULE_LEAD_NS
        return report

    async def _count_tokens(self, text: str) -> wire.TokensCounted:
        """Have the server count, unless a request is in flight, whose times that would change."""
        if len(self._tasks) > 1 or not self._connections:
            return wire.TokensCounted()
        return wire.TokensCounted(await self._connections[0].count_tokens(text))

    async def _open_missing(self, count: int) -> wire.Report:
        first, missing = self._connections[0], count - len(self._connections)
        further = [first.further() for _ in range(missing)]
        answers = await asyncio.gather(*(connection.is_answered() for connection in further))
        if not all(answers):
            return wire.Failed(0, f"the server did not take {count} connections at once")
        self._add(further)
        return wire.ConnectionsOpened()

    def _add(self, connections: Sequence[Connection]) -> None:
        self._connections += connections
        for connection in connections:
            self._free.put_nowait(connection)
        # What exists now stays, and no collection has to look through it again.
        gc.collect()
        gc.freeze()

    async def _generate(self, command: wire.Generate) -> wire.Report:
        if not self._connections:
            return wire.Failed(command.request_id, NOT_CONNECTED, gone=True)
        due_ns = self._due_ns(command.request)
        if due_ns is not None:
            await asyncio.sleep(max(0, due_ns - PREPARE_NS - time.perf_counter_ns()) / 1e9)
        connection = await self._free.get()
        try:
            if command.request.queued and due_ns is None:
                await self._wait_for_start()
            if command.request.queued:
                if self._halted:
                    return wire.RequestNotSent(command.request_id)
                self._outbox.put(wire.RequestBegun(command.request_id))
            report = await self._answer(command, connection, due_ns or 0)
            return report if due_ns is None else _with_wait(report, due_ns)
        finally:
            self._free.put_nowait(connection)

    async def _answer(self, command: wire.Generate, connection: Connection, due_ns: int) -> wire.Report:
        # A collection during the answer would look like a pause of the server.
        gc.disable()
        load = self._load.begin()
        try:
            report = await connection.answer(command, self._outbox, due_ns)
            return _with_load(report, self._load.since(load))
        except Exception as error:
            self._halted = command.request.queued and command.request.due_ns is None
            # A connection that broke may be the end of one request, or of the server.
            problem = self._problem(error)
            if isinstance(error, openai.APIStatusError) and error.status_code < 500:
                problem = replace(problem, words=connection.explained(problem.words))
            gone = problem.lost and not await connection.is_answered()
            return self._failed(command.request_id, problem, gone=gone)
        finally:
            self._load.end()
            self._collect_garbage()

    def _due_ns(self, request: Request) -> int | None:
        """When a request arrives by this process's clock; ``None`` if it is sent as soon as it can be."""
        return None if request.due_ns is None else self._schedule_ns + request.due_ns

    async def _wait_for_start(self) -> None:
        """Space the first requests of a level, so that its connections do not all need this process at one moment.

        Where all answers take the same time they would go on to do so, and each would wait for half of the others.
        """
        if self._starts_left > 0:
            self._starts_left -= 1
            self._last_start_s = max(self._loop.time(), self._last_start_s + START_SPACING_S)
            await asyncio.sleep(self._last_start_s - self._loop.time())

    def _collect_garbage(self) -> None:
        """Collect what is left of requests: at once if none is in flight, else rarely."""
        self._ended += 1
        if len(self._tasks) == 1:
            gc.enable()
        elif self._ended % COLLECT_EVERY == 0:
            gc.collect()

    def _problem(self, error: Exception) -> Problem:
        if not is_expected(error):
            sys.stderr.write(secrets.without_secrets("".join(traceback.format_exception(error))))
        return problem_of(error, self._url)

    def _failed(self, request_id: int, problem: Problem, *, gone: bool) -> wire.Failed:
        crashed = gone and problem.kind is ExitKind.REFUSED
        kind = ExitKind.CRASHED if crashed else problem.kind
        return wire.Failed(request_id, problem.words, kind, gone=gone)


def _with_wait(report: wire.Report, due_ns: int) -> wire.Report:
    """The report of an answer with how long after its arrival the request was sent."""
    if not isinstance(report, wire.AnswerFinished) or report.completed.timeline.sent_ns is None:
        return report
    timeline = report.completed.timeline
    waited_ns = max(0, (timeline.sent_ns or due_ns) - due_ns)
    completed = replace(report.completed, timeline=replace(timeline, waited_ns=waited_ns))
    return wire.AnswerFinished(report.request_id, completed)


def _with_load(report: wire.AnswerFinished, client_busy: float) -> wire.AnswerFinished:
    return wire.AnswerFinished(report.request_id, replace(report.completed, client_busy=client_busy))


def key_in(variable: str | None) -> str:
    """The key that a variable of the environment holds, which is hidden from now on; empty if there is none."""
    key = os.environ.get(variable, "").strip() if variable else ""
    secrets.learn(key)
    return key


def remove_client_variables() -> None:
    """Remove the variables from which the client takes keys and headers: they are for another account and server.

    A key that the user has named for this server has been read by then.
    """
    for name in [name for name in os.environ if name.startswith("OPENAI_")]:
        del os.environ[name]


def main() -> None:
    """Serve on stdin and a private copy of stdout."""
    fd = private_stdout()
    # Nothing of what is imported is garbage, and what is imported later is more than half of it.
    gc.disable()
    own.volunteer_for_oom()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    EndpointChild(Outbox(fd)).serve()


if __name__ == "__main__":
    main()
