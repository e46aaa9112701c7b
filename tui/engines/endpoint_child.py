"""The child process of a model on a server: with its neighbours the only importer of openai.

It holds one connection and asks over it, so that neither the screen nor the run disturbs the clock. Keys are read from
the environment here, and leave this process only in the header of a request.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import traceback

from tui.engines import wire
from tui.engines.child_side import SWITCH_INTERVAL_S, Inbox, Outbox, private_stdout
from tui.engines.endpoint_connection import Connection, rehearse
from tui.engines.endpoint_server import survey
from tui.engines.endpoint_words import EXPECTED, Problem, problem_of, without
from tui.records import VerdictKind


class Child:
    """Takes one command after the other until stdin closes; a cancel ends the request that is under way."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._loop = asyncio.new_event_loop()
        self._inbox = Inbox(self._cancel)
        self._connection: Connection | None = None
        self._url = ""
        self._key = ""
        self._asking: asyncio.Task[wire.Report] | None = None

    def serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        while True:
            self._outbox.put(self._loop.run_until_complete(self._do(self._inbox.commands.get())))

    def _cancel(self, request: int) -> None:
        """In the thread that reads commands: the loop may be waiting for the server."""
        self._loop.call_soon_threadsafe(self._give_up, request)

    def _give_up(self, request: int) -> None:
        if self._asking is not None and self._outbox.request == request:
            self._asking.cancel()

    async def _do(self, command: wire.Task) -> wire.Report:
        request = command.request if isinstance(command, wire.Generate) else 0
        try:
            match command:
                case wire.Connect():
                    return await self._connect(command)
                case wire.Generate():
                    return await self._generate(command)
                case wire.Disconnect():
                    if self._connection is not None:
                        await self._connection.leave()
                    return wire.Disconnected()
                case wire.AskServers():
                    return await survey(command, key_in)
                case _:
                    return wire.Failed(request, "a server cannot do that")
        except Exception as error:
            if not isinstance(error, EXPECTED):
                sys.stderr.write(without(self._key, traceback.format_exc()))
            return await self._failed(request, problem_of(error, self._url))

    async def _connect(self, command: wire.Connect) -> wire.Report:
        self._url = command.url
        self._key = key_in(command.api_key_env)
        if command.api_key_env and not self._key:
            return wire.Failed(0, f"the environment variable {command.api_key_env}, which is to hold the key, is empty")
        leave_out_variables()
        await rehearse()
        self._outbox.put(wire.Hello(os.getpid()))
        self._connection = Connection(command, self._key)
        done = await self._connection.open()
        gc.collect()
        gc.freeze()
        return done

    async def _generate(self, command: wire.Generate) -> wire.Report:
        if self._connection is None:
            return wire.Failed(command.request, "there is no connection to a server yet", gone=True)
        self._outbox.request = command.request
        self._asking = asyncio.ensure_future(self._connection.ask(command, self._outbox))
        # A collection in the middle would stand in the gaps as if the server had paused.
        gc.disable()
        try:
            if self._inbox.cancelled == command.request:
                self._asking.cancel()
            return await self._asking
        except asyncio.CancelledError:
            return wire.Cancelled(command.request)
        finally:
            self._asking = None
            gc.enable()

    async def _failed(self, request: int, problem: Problem) -> wire.Failed:
        """A connection that broke may be the end of one request, or of the server."""
        gone = bool(request) and problem.lost and not await self._answers()
        crashed = gone and problem.kind is VerdictKind.REFUSED
        kind = VerdictKind.CRASHED if crashed else problem.kind
        return wire.Failed(request, without(self._key, problem.words), kind, gone=gone)

    async def _answers(self) -> bool:
        return self._connection is not None and await self._connection.answers()


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
    Child(Outbox(fd)).serve()


if __name__ == "__main__":
    main()
