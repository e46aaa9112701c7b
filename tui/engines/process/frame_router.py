"""Hands each report of a child to the reader that waits for it, since several requests may be in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from tui.engines.process import wire
from tui.engines.process.child_process import ChildProcess

FrameQueue = asyncio.Queue[wire.Report | None]
"""Frames in the order of their arrival; ``None`` means that the child has closed its output."""


class FrameRouter:
    """Reads a child as long as somebody waits for its reports."""

    def __init__(self, child: ChildProcess) -> None:
        self._child = child
        self._queues: dict[int, FrameQueue] = {}
        self._reader: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """The number of readers that wait for reports."""
        return len(self._queues)

    @contextmanager
    def queue(self, request_id: int = 0) -> Generator[FrameQueue]:
        """A queue for the frames of one request; that of 0 gets the frames that belong to no request."""
        queue: FrameQueue = asyncio.Queue()
        self._queues[request_id] = queue
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._deliver())
        try:
            yield queue
        finally:
            self._queues.pop(request_id)

    async def _deliver(self) -> None:
        try:
            while self._queues:
                frame = await self._child.receive()
                if frame is not None:
                    self._hand_over(frame)
        except EOFError:
            for queue in self._queues.values():
                queue.put_nowait(None)

    def _hand_over(self, frame: wire.Report) -> None:
        """Give a frame to the reader of its request; a failure that belongs to no request ends all that wait."""
        request_id: int = getattr(frame, "request_id", 0)
        queue = self._queues.get(request_id)
        if queue is not None:
            queue.put_nowait(frame)
        elif request_id == 0 and isinstance(frame, wire.Failed):
            for waiting in self._queues.values():
                waiting.put_nowait(frame)
