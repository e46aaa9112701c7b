"""One download, from its first byte to its last: attempts in child processes, watched by the bytes on the disk.

The runtime says nothing for long while bytes flow, nothing at all when they do not, and cannot be stopped then: so the
disk is asked how far it is, and the child is ended when nothing moves. The next one goes on from there.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.engines.process import wire
from tui.library import disk_space
from tui.library.cache import folder_of_download
from tui.library.runtime_job import RuntimeJob, RuntimeJobFailed
from tui.text import units

LOOK_S: Final = 0.25
"""How often the disk is asked."""
_SMOOTHING_S: Final = 2.0
_RATE_AFTER_S: Final = 0.8
_WORTH_BYTES: Final = 16 * 1024 * 1024
"""An attempt that brings more than what may be fetched again after an end starts the count of attempts anew."""
_AGAIN: Final = "fetching again the parts that were not finished"
_AGAIN_S: Final = 0.7
_DISK_FULL: Final = re.compile(r"errno 28|no space left|disk full|not enough space", re.IGNORECASE)
_REFUSED: Final = re.compile(r"\b40[134]\b|forbidden|does not list", re.IGNORECASE)
_REFUSED_ATTEMPTS: Final = 2
"""Once more: the address of a file is signed, and may only have run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLimits:
    """How patient downloads are."""

    parallel: int = 2
    stall_s: float = 20.0
    """A download that brings no byte for this long is started again."""
    attempts: int = 5
    backoff_s: float = 1.0
    """The wait before the second attempt; each next one is twice as long."""
    reserve_bytes: int = 256 * 1024 * 1024
    """Room that is left on the disk."""


class TransferFailed(Exception):
    """The download is given up; what arrived is kept. The message says why and what to do."""


class NoRoom(TransferFailed):
    """The disk is full."""


@dataclass(frozen=True, slots=True)
class TransferReading:
    """How far a download is, as the disk tells it."""

    done_bytes: int
    rate_bytes_s: float | None
    attempt: int
    stalled: str = ""
    """Why nothing moves, while nothing does."""
    words: str = ""
    """What else is to be known."""


class TransferPace:
    """A rate that does not jump: each reading counts the less the older it is."""

    def __init__(self) -> None:
        self._begun: tuple[float, int] | None = None
        self._last: tuple[float, int] | None = None
        self._rate: float | None = None

    def note(self, now_s: float, done_bytes: int) -> float | None:
        """Take a reading, and give bytes per second; ``None`` until there is something to go by, or none moves."""
        still_at_start = self._begun is not None and done_bytes == self._begun[1]
        if self._last is None or self._begun is None or done_bytes < self._last[1] or still_at_start:
            self._begun = self._last = (now_s, done_bytes)
            self._rate = None
            return None
        past_s = now_s - self._last[0]
        if past_s > 0:
            begun_s = self._begun[0]
            current = (done_bytes - self._last[1]) / past_s
            # A young average is the plain one, so that the first figures are not a guess.
            weight = max(1 - math.exp(-past_s / _SMOOTHING_S), past_s / (now_s - begun_s))
            self._rate = current if self._rate is None else self._rate + weight * (current - self._rate)
            self._last = (now_s, done_bytes)
            if now_s - begun_s < _RATE_AFTER_S:
                return None
        return self._rate


class Transfer:
    """Brings one model into a cache."""

    def __init__(
        self, model_id: str, cache: Path, limits: TransferLimits, tell: Callable[[TransferReading], None]
    ) -> None:
        self._model_id = model_id
        self._cache = cache
        self._limits = limits
        self._tell = tell
        self._job: RuntimeJob | None = None
        self._attempt = 1

    def kill(self) -> None:
        """End the child at once; the task that runs this is for the caller to cancel."""
        if self._job is not None:
            self._job.kill()

    async def run(self) -> None:
        """Attempt after attempt until the model is here.

        Raises:
            TransferFailed: given up.
        """
        best = self.done_bytes()
        while True:
            try:
                await self._try_once()
            except RuntimeJobFailed as failure:
                reason = str(failure)
                if _DISK_FULL.search(reason):
                    raise NoRoom(self._no_room()) from failure
                most = _REFUSED_ATTEMPTS if _REFUSED.search(reason) else self._limits.attempts
                done = await asyncio.to_thread(self.done_bytes)
                if done > best + _WORTH_BYTES:
                    best, self._attempt = done, 1
                if self._attempt >= most:
                    tries = f"after {self._attempt} attempts" if self._attempt > 1 else "at once"
                    raise TransferFailed(
                        f"given up {tries}: {reason.rstrip('.')}; what arrived is kept, resume it to go on"
                    ) from failure
                await self._wait_before_next(reason, done)
            else:
                return

    def done_bytes(self) -> int:
        """Bytes of the model on the disk."""
        folder = folder_of_download(self._cache, self._model_id)
        return disk_space.disk_bytes(folder) if folder else 0

    async def _wait_before_next(self, reason: str, done_bytes: int) -> None:
        pause_s = self._limits.backoff_s * 2 ** (self._attempt - 1)
        self._attempt += 1
        words = f"{reason.rstrip('.')}; attempt {self._attempt} of {self._limits.attempts} in {units.clock(pause_s)}"
        self._tell(TransferReading(done_bytes, None, self._attempt, words))
        await asyncio.sleep(pause_s)

    async def _try_once(self) -> None:
        """One child, until it is done or nothing has moved for too long. Raises RuntimeJobFailed."""
        self._job = job = RuntimeJob()
        pace = TransferPace()
        try:
            job.send(wire.DownloadModel(self._model_id, str(self._cache), str(job.scratch)))
            before, moved_s, grown_s, looked_s = disk_space.DiskUse(-1, 0), time.monotonic(), time.monotonic(), 0.0
            while True:
                if isinstance(await job.receive(), wire.Downloaded):
                    return
                now_s = time.monotonic()
                if now_s - looked_s < LOOK_S:
                    continue
                looked_s = now_s
                held = await asyncio.to_thread(self._look)
                moved_s = now_s if held != before else moved_s
                grown_s = now_s if held.taken_bytes != before.taken_bytes else grown_s
                before = held
                if now_s - moved_s >= self._limits.stall_s:
                    raise RuntimeJobFailed(f"no byte has come for {units.clock(now_s - moved_s)}")
                self._tell(
                    TransferReading(
                        held.taken_bytes,
                        pace.note(now_s, held.taken_bytes),
                        self._attempt,
                        self._silence(now_s - moved_s),
                        _AGAIN if moved_s - grown_s >= _AGAIN_S else "",
                    )
                )
        finally:
            self._job = None
            await job.close()

    def _look(self) -> disk_space.DiskUse:
        """What has arrived. Raises NoRoom when the disk is about to be full."""
        free = disk_space.free_bytes(self._cache)
        if free is not None and free < self._limits.reserve_bytes:
            raise NoRoom(self._no_room())
        folder = folder_of_download(self._cache, self._model_id)
        return disk_space.look_at(folder) if folder else disk_space.DiskUse(0, 0)

    def _silence(self, still_s: float) -> str:
        if still_s < self._limits.stall_s / 2:
            return ""
        return f"no byte for {units.clock(still_s)}; it is started again after {units.clock(self._limits.stall_s)}"

    def _no_room(self) -> str:
        free = units.size(disk_space.free_bytes(self._cache))
        return f"the disk is full ({free} left); make room and resume it, what arrived is kept"
