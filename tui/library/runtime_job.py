"""An errand: one child of the runtime that is asked one thing, watched while it does it, and ended for certain."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tui.engines.foundry.engine import SCRATCH_PREFIX
from tui.engines.process import wire
from tui.engines.process.child_process import ChildProcess, python_command
from tui.engines.process.exit_cause import death, refusal
from tui.text import units

CHILD_MODULE: Final = "tui.engines.foundry.child"


class RuntimeJobFailed(Exception):
    """The runtime refused, or its process ended; the message is the reason in a sentence."""


class RuntimeJob:
    """A child with a private folder of its own; after ``close`` nothing of it is left.

    Raises:
        RuntimeJobFailed: it cannot be started.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        try:
            self.scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{os.getpid()}-"))
            self._child = ChildProcess(command or python_command(CHILD_MODULE))
        except OSError as error:
            raise RuntimeJobFailed(f"its process cannot be started ({error.strerror})") from error

    def ask(self, command: wire.Task) -> None:
        self._child.send(command)

    async def hear(self) -> wire.Report | None:
        """What the child says next, or ``None`` after a moment of silence.

        Raises:
            RuntimeJobFailed: the runtime refused, or the process is gone.
        """
        try:
            frame = await self._child.receive()
        except EOFError:
            status = await self._child.close()
            raise RuntimeJobFailed(str(death(status, by_kernel=False, stderr_tail=()))) from None
        if isinstance(frame, wire.Failed):
            raise RuntimeJobFailed(refusal(frame.message, ()).reason)
        return frame

    def kill(self) -> None:
        """End the child at once, whatever it waits for."""
        self._child.kill()

    async def close(self) -> None:
        """End the child at once and clear up after it."""
        self._child.kill()
        # Shielded: whoever is cancelled while this waits must not leave a process or a folder behind.
        await asyncio.shield(self._clear())

    async def _clear(self) -> None:
        await self._child.close()
        await asyncio.to_thread(shutil.rmtree, self.scratch, ignore_errors=True)


async def answer(
    errand: RuntimeJob, command: wire.Task, patience_s: float, progress: Callable[[float], None] = lambda _: None
) -> wire.Report:
    """Ask one thing and give the answer; the errand is for the caller to close.

    Raises:
        RuntimeJobFailed: the runtime refused, its process ended, or nothing came for ``patience_s``.
    """
    errand.ask(command)
    heard_s = time.monotonic()
    while True:
        frame = await errand.hear()
        if isinstance(frame, wire.Progress):
            progress(frame.share)
            heard_s = time.monotonic()
        elif frame is not None:
            return frame
        if time.monotonic() - heard_s > patience_s:
            raise RuntimeJobFailed(f"no answer within {units.clock(patience_s)}")
