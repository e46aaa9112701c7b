"""The child process of a model on a server: with its neighbours the only importer of openai.

It holds the connections and asks over them, so that neither the screen nor the run disturbs the clock. Keys are read
from the environment here, and leave this process only in the header of a request.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final

from tui.engines.endpoint.connection import Connection, rehearse
from tui.engines.endpoint.errors import EXPECTED, Problem, problem_of, without
from tui.engines.endpoint.request_limits import RequestPace
from tui.engines.endpoint.server import survey
from tui.engines.process import wire
from tui.engines.process.child_side import SWITCH_INTERVAL_S, Inbox, Outbox, private_stdout
from tui.records import ExitKind

NOT_CONNECTED: Final = "there is no connection to a server yet"
COLLECT_EVERY: Final = 64
"""Requests, while others are in flight: what a collection takes stands in their gaps."""


class EndpointChild:
    """Takes commands until stdin closes; a cancel ends the request that it names."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._loop = asyncio.new_event_loop()
        self._connections: list[Connection] = []
        self._free: asyncio.Queue[Connection] = asyncio.Queue()
        self._url = ""
        self._key = ""
        self._pace = RequestPace(outbox)
        self._doing: dict[int, asyncio.Task[None]] = {}
        """What is under way, by its request; 0 for all else, of which there is one at a time."""
        self._ended = 0

    def serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        Inbox(self._cancel, on_task=self._take)
        self._loop.run_forever()

    def _take(self, command: wire.Task) -> None:
        """This and the next in the thread that reads commands."""
        self._loop.call_soon_threadsafe(self._begin, command)

    def _cancel(self, request: int) -> None:
        self._loop.call_soon_threadsafe(self._give_up, request)

    def _begin(self, command: wire.Task) -> None:
        if isinstance(command, wire.Turn):
            self._pace.give(command.request)
            return
        request = command.request if isinstance(command, wire.Generate) else 0
        self._doing[request] = asyncio.ensure_future(self._answer(command, request))

    def _give_up(self, request: int) -> None:
        if request in self._doing:
            self._doing[request].cancel()

    async def _answer(self, command: wire.Task, request: int) -> None:
        try:
            report = await self._do(command)
        except asyncio.CancelledError:
            report = wire.Cancelled(request)
        finally:
            del self._doing[request]
        self._outbox.put(report)

    async def _do(self, command: wire.Task) -> wire.Report:
        try:
            match command:
                case wire.Connect():
                    return await self._connect(command)
                case wire.Generate():
                    return await self._generate(command)
                case wire.Disconnect():
                    for connection in self._connections[:1]:
                        await connection.leave()
                    return wire.Disconnected()
                case wire.Widen():
                    return await self._widen(command)
                case wire.AskServers():
                    return await survey(command, key_in)
                case _:
                    return wire.Failed(0, "a server cannot do that")
        except Exception as error:
            return self._failed(0, self._problem(error), gone=False)

    async def _connect(self, command: wire.Connect) -> wire.Report:
        self._url = command.url
        self._key = key_in(command.api_key_env)
        if command.api_key_env and not self._key:
            return wire.Failed(0, f"the environment variable {command.api_key_env}, which is to hold the key, is empty")
        leave_out_variables()
        await rehearse()
        self._outbox.put(wire.Hello(os.getpid()))
        connection = Connection(command, self._key, self._pace)
        done = await connection.open()
        self._take_in([connection])
        return done

    async def _widen(self, command: wire.Widen) -> wire.Report:
        if not self._connections:
            return wire.Failed(0, NOT_CONNECTED, gone=True)
        first, missing = self._connections[0], command.connections - len(self._connections)
        further = [first.another() for _ in range(missing)]
        answers = await asyncio.gather(*(connection.answers() for connection in further))
        if not all(answers):
            return wire.Failed(0, f"the server did not take {command.connections} connections at once")
        self._take_in(further)
        return wire.Widened()

    def _take_in(self, connections: Sequence[Connection]) -> None:
        """What is there from here on need not be looked through again."""
        self._connections += connections
        for connection in connections:
            self._free.put_nowait(connection)
        gc.collect()
        gc.freeze()

    async def _generate(self, command: wire.Generate) -> wire.Report:
        if not self._connections:
            return wire.Failed(command.request, NOT_CONNECTED, gone=True)
        connection = await self._free.get()
        # A collection in the middle would stand in the gaps as if the server had paused.
        gc.disable()
        try:
            return await connection.ask(command, self._outbox)
        except Exception as error:
            # A connection that broke may be the end of one request, or of the server.
            problem = self._problem(error)
            return self._failed(command.request, problem, gone=problem.lost and not await connection.answers())
        finally:
            self._free.put_nowait(connection)
            self._tidy()

    def _tidy(self) -> None:
        """Collect what is left of requests: at once where none is in flight, else rarely."""
        self._ended += 1
        if len(self._doing) == 1:
            gc.enable()
        elif self._ended % COLLECT_EVERY == 0:
            gc.collect()

    def _problem(self, error: Exception) -> Problem:
        if not isinstance(error, EXPECTED):
            sys.stderr.write(without(self._key, "".join(traceback.format_exception(error))))
        return problem_of(error, self._url)

    def _failed(self, request: int, problem: Problem, *, gone: bool) -> wire.Failed:
        crashed = gone and problem.kind is ExitKind.REFUSED
        kind = ExitKind.CRASHED if crashed else problem.kind
        return wire.Failed(request, without(self._key, problem.words), kind, gone=gone)


def key_in(variable: str | None) -> str:
    """The key that a variable of the environment holds; empty without one."""
    return os.environ.get(variable, "").strip() if variable else ""


def leave_out_variables() -> None:
    """The client takes keys and headers of another account from variables of its own: none of them is for this server.

    A key that the user has named for it has been read by then.
    """
    for name in [name for name in os.environ if name.startswith("OPENAI_")]:
        del os.environ[name]


def main() -> None:
    """Serve on stdin and a private copy of stdout."""
    fd = private_stdout()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    EndpointChild(Outbox(fd)).serve()


if __name__ == "__main__":
    main()
