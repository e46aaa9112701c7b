"""The desk hands requests to machines through its scheduler, and reads their lines as they come."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from distributed import Client

from tui.bench.fleet import wire
from tui.bench.fleet.network import dask_settings, desk, tasks, tls
from tui.bench.fleet.network.fleet_file import Fleet, FleetError
from tui.bench.fleet.network.machine import RESOURCE
from tui.bench.fleet.wire import Line
from tui.records.fleet.network import MachineHere

_WATCH_S: Final = 1.0
_CONNECT_S: Final = 30
_STOPPING_S: Final = 15.0
"""How long a machine may take to end what it does, once it was asked to."""
_LAST_LINES_S: Final = 5.0
_FREE_S, _LOOK_AGAIN_S = 3.0, 0.1


class MachineLeft(Exception):
    """The machine is gone in the middle of a request; the message says what is known of it."""


class FleetClosed(FleetError):
    """The scheduler is gone."""


@dataclass(frozen=True, slots=True)
class _Here:
    machines: dict[str, MachineHere]
    problem: str = ""


class FleetClient:
    """The desk's connection to its fleet."""

    def __init__(self, fleet: Fleet, client: Any) -> None:
        self._fleet, self._client = fleet, client
        self._here = _Here({})

    @property
    def machines(self) -> dict[str, MachineHere]:
        """The machines that are here now, by their names."""
        return self._here.machines

    @property
    def is_open(self) -> bool:
        """Whether the scheduler still answers."""
        return not self._here.problem

    async def look(self) -> None:
        """Look who is here. Raises FleetError if the scheduler does not answer."""
        content = await self._client.scheduler.benchtop_machines()
        listed = wire.decoded(content, list[MachineHere])
        self._here = _Here({machine.name: machine for machine in listed})

    async def until_free(self, names: Collection[str]) -> None:
        """Wait until the scheduler counts these machines as free again, which it does shortly after the last line."""
        end_s = time.monotonic() + _FREE_S
        while self.is_open and time.monotonic() < end_s:
            if not any(machine.busy for name, machine in self.machines.items() if name in names):
                return
            await asyncio.sleep(_LOOK_AGAIN_S)
            with contextlib.suppress(OSError):
                await self.look()

    async def watch(self) -> None:
        """Look again and again who is here, until the scheduler is gone."""
        while True:
            try:
                async with asyncio.timeout(_CONNECT_S):
                    await self.look()
            except (OSError, TimeoutError):
                self._here = _Here({}, "the fleet was closed on the desk")
                return
            await asyncio.sleep(_WATCH_S)

    async def lines(self, name: str, request: tasks.Request, stop: asyncio.Event) -> AsyncGenerator[Line]:
        """Have a machine do something, and yield its lines up to the last, which is an ``EndLine``.

        Once ``stop`` is set the machine ends what it does, and its last lines follow.

        Raises:
            MachineLeft: the machine is gone.
            FleetClosed: the scheduler is gone.
        """
        machine = self.machines.get(name)
        if machine is None:
            raise MachineLeft("it is not here")
        topic = secrets.token_hex(16)
        received: asyncio.Queue[object] = asyncio.Queue()

        def receive(event: tuple[float, object]) -> None:
            received.put_nowait(event[1])

        self._client.subscribe_topic(topic, receive)
        future = self._client.submit(
            tasks.perform,
            tasks.encoded(replace_topic(request, topic)),
            key=f"benchtop-{topic}",
            workers=[name],
            allow_other_workers=False,
            resources={RESOURCE: 1},
            retries=0,
            pure=False,
        )
        try:
            async for line in self._received(received, future, machine, stop):
                yield line
        finally:
            self._client.unsubscribe_topic(topic)
            with contextlib.suppress(Exception):
                await future.cancel()

    async def _received(
        self, received: asyncio.Queue[object], future: Any, machine: MachineHere, stop: asyncio.Event
    ) -> AsyncGenerator[Line]:
        end_s: float | None = None
        total = 0
        while True:
            content: object = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_S / 4):
                    content = await received.get()
            # A machine whose lines never pause is asked to stop as well.
            if content is None or stop.is_set():
                end_s = await self._end_of_waiting(future, machine, stop, end_s)
                if end_s is not None and time.monotonic() > end_s:
                    yield wire.EndLine(problem="" if stop.is_set() else await _why(future))
                    return
            if content is None:
                continue
            line, total = _line(content, total)
            yield line
            if isinstance(line, wire.EndLine):
                return

    async def _end_of_waiting(
        self, future: Any, machine: MachineHere, stop: asyncio.Event, end_s: float | None
    ) -> float | None:
        """Give the time at which nothing more is waited for; ``None`` as long as the machine is at work."""
        if self._here.problem:
            raise FleetClosed(self._here.problem)
        now = self.machines.get(machine.name)
        if now is None or now.joined_at != machine.joined_at:
            raise MachineLeft("its connection was lost" if now is None else "it was started anew")
        if end_s is not None:
            return end_s
        if stop.is_set():
            with contextlib.suppress(Exception):
                await future.cancel()
            return time.monotonic() + _STOPPING_S
        return time.monotonic() + _LAST_LINES_S if future.done() else None


@contextlib.asynccontextmanager
async def connected(fleet: Fleet) -> AsyncGenerator[FleetClient]:
    """Connect to the fleet for the time of a block.

    Raises:
        FleetError: it is not open.
    """
    dask_settings.prepare()
    await asyncio.to_thread(tls.knock, desk.desk_file(fleet))
    client: Any = Client(fleet.address, security=desk.desk_security(fleet), asynchronous=True, timeout=_CONNECT_S)
    try:
        await client
    except (OSError, TimeoutError) as error:
        raise FleetClosed(f"{fleet.address} does not answer") from error
    try:
        connection = FleetClient(fleet, client)
        await connection.look()
        watching = asyncio.create_task(connection.watch())
        try:
            yield connection
        finally:
            watching.cancel()
    finally:
        with contextlib.suppress(OSError, TimeoutError):
            await client.close(timeout=5)


def replace_topic(request: tasks.Request, topic: str) -> tasks.Request:
    """Give a request the event under which its lines come back; only its machine knows it."""
    return replace(request, topic=topic)


def _line(content: object, total: int) -> tuple[Line, int]:
    """Read what a machine has sent; what cannot be read is the last line, with the reason."""
    if not isinstance(content, bytes):
        return wire.EndLine(problem="its answer cannot be used: it is no line"), total
    total += len(content)
    if total > tasks.MOST_RUN_BYTES:
        return wire.EndLine(problem="its answer cannot be used: it is too long"), total
    try:
        return wire.decode(content), total
    except wire.NotALine as error:
        return wire.EndLine(problem=f"its answer cannot be used: {error}"), total


async def _why(future: Any) -> str:
    """Say why a task ended without a last line."""
    if future.status == "error":
        return "it cannot do what this desk asks for; install the same version of Benchtop on both"
    return "it ended without an answer"
