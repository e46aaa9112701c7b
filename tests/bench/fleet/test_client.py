"""What the desk does with the lines of a machine as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from unittest.mock import Mock

import msgspec

from tui.bench.fleet import wire
from tui.bench.fleet.network.client import FleetClient
from tui.bench.fleet.network.fleet_file import Fleet
from tui.bench.fleet.network.tasks import Request
from tui.records.fleet.network import MachineHere


class Talker:
    """Stands for the connection to a scheduler whose one machine sends a line every few milliseconds."""

    def __init__(self) -> None:
        self.scheduler, self.status = self, "pending"
        self._cancelled, self._tasks = asyncio.Event(), set[asyncio.Task[None]]()

    async def benchtop_machines(self) -> bytes:
        return msgspec.json.encode([MachineHere(name="talker")])

    def subscribe_topic(self, _topic: str, receive: Callable[[tuple[float, object]], None]) -> None:
        self._tasks.add(asyncio.create_task(self._talk(receive)))

    def unsubscribe_topic(self, _topic: str) -> None:
        pass

    def submit(self, *_what: object, **_how: object) -> Talker:
        return self

    def done(self) -> bool:
        return self._cancelled.is_set()

    async def cancel(self) -> None:
        self._cancelled.set()

    async def _talk(self, receive: Callable[[tuple[float, object]], None]) -> None:
        while not self._cancelled.is_set():
            receive((0.0, wire.encode(wire.StepLine(text="measuring"))))
            await asyncio.sleep(0.005)
        receive((0.0, wire.encode(wire.EndLine())))


async def test_a_machine_whose_lines_never_pause_ends_once_it_is_to_stop() -> None:
    client, stop = FleetClient(Mock(Fleet), Talker()), asyncio.Event()
    await client.look()
    lines: list[wire.Line] = []
    async with asyncio.timeout(60):
        async for line in client.lines("talker", Request(command="measure", plan="", topic=""), stop):
            lines.append(line)
            stop.set()
    assert lines[-1] == wire.EndLine()
