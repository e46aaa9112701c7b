"""What a child says, handed to whom it is for: several requests of it may be in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from tui.engines.process import wire
from tui.engines.process.child_process import ChildProcess

Box = asyncio.Queue[wire.Report | None]
"""Frames as they come; ``None`` says that the child has closed its output."""


class FrameRouter:
    """Reads a child as long as somebody waits for something of it."""

    def __init__(self, child: ChildProcess) -> None:
        self._child = child
        self._boxes: dict[int, Box] = {}
        self._reader: asyncio.Task[None] | None = None

    @contextmanager
    def box(self, request: int = 0) -> Generator[Box]:
        """What comes for a request; 0 takes what belongs to none."""
        box: Box = asyncio.Queue()
        self._boxes[request] = box
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._deliver())
        try:
            yield box
        finally:
            self._boxes.pop(request)

    async def _deliver(self) -> None:
        try:
            while self._boxes:
                frame = await self._child.receive()
                if frame is not None and (box := self._boxes.get(getattr(frame, "request", 0))) is not None:
                    box.put_nowait(frame)
        except EOFError:
            for box in self._boxes.values():
                box.put_nowait(None)
