"""A job of the runtime: one child that does one thing, is watched while it does it, and is ended for certain."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Sequence

from tui import paths
from tui.engines.foundry.engine import CHILD_MODULE
from tui.engines.process import wire
from tui.engines.process.child_process import ChildProcess, kept_command
from tui.engines.process.exit_cause import cause_of_exit, cause_of_refusal
from tui.engines.process.scratch import scratch_prefix
from tui.probes import host
from tui.text import units


class RuntimeJobFailed(Exception):
    """The runtime refused, or its process ended; the message is the reason in a sentence."""


class RuntimeJob:
    """A child with a private folder of its own; after ``close`` nothing of it is left.

    Raises:
        RuntimeJobFailed: the child cannot be started.
    """

    def __init__(self, command: Sequence[str] | None = None, variables: Collection[str] = ()) -> None:
        try:
            self.scratch = paths.make_scratch_folder(scratch_prefix())
            try:
                self._child = ChildProcess(command or kept_command(CHILD_MODULE), variables)
            except BaseException:
                shutil.rmtree(self.scratch, ignore_errors=True)
                raise
        except OSError as error:
            raise RuntimeJobFailed(f"its process cannot be started ({error.strerror})") from error

    def send(self, command: wire.Task) -> None:
        """Give the child its command."""
        self._child.send(command)

    async def receive(self) -> wire.Report | None:
        """The next report of the child, or ``None`` after a moment of silence.

        Raises:
            RuntimeJobFailed: the runtime refused, or the process is gone.
        """
        try:
            frame = await self._child.receive()
        except EOFError:
            status = await self._child.close()
            raise RuntimeJobFailed(str(cause_of_exit(status, by_kernel=False, stderr_tail=()))) from None
        if isinstance(frame, wire.Failed):
            raise RuntimeJobFailed(cause_of_refusal(frame.message, ()).reason)
        return frame

    def written_bytes(self) -> int | None:
        """What the child and all that it has started have written so far; ``None`` where the system does not tell."""
        return host.written_bytes(self._child.pid)

    def kill(self) -> None:
        """End the child at once, whatever it waits for."""
        self._child.kill()

    async def close(self) -> None:
        """End the child at once and remove its folder."""
        self._child.kill()
        await self._child.close(self.scratch)


async def result_of(
    job: RuntimeJob, command: wire.Task, patience_s: float, progress: Callable[[float], None] = lambda _: None
) -> wire.Report:
    """Give a job its command and wait for the result; the caller closes the job.

    ``progress`` is called with the share that is done, from 0 to 1.

    Raises:
        RuntimeJobFailed: the runtime refused, its process ended, or no report came for ``patience_s``.
    """
    job.send(command)
    reported_s = time.monotonic()
    while True:
        frame = await job.receive()
        if isinstance(frame, wire.Progress):
            progress(frame.share)
            reported_s = time.monotonic()
        elif frame is not None:
            return frame
        if time.monotonic() - reported_s > patience_s:
            raise RuntimeJobFailed(f"no answer within {units.clock(patience_s)}")
