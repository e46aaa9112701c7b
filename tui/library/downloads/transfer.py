"""One download, from its first byte to its last, in one or more child processes that are watched by their bytes.

The runtime reports little while bytes arrive, nothing when none do, and cannot be stopped then. So the progress is read
from the disk, and a child is ended when nothing arrives. The next child goes on from there.
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

from tui.engines.foundry.model_files import SNAPSHOT_FILE
from tui.engines.process import wire
from tui.library import disk_space
from tui.library.cache import folder_of_download
from tui.library.runtime.job import RuntimeJob, RuntimeJobFailed
from tui.text import units

READ_S: Final = 0.25
"""How often the progress is read from the disk."""
_SMOOTHING_S: Final = 2.0
"""The age at which a reading counts about a third in the rate."""
_RATE_AFTER_S: Final = 0.8
"""How long bytes have to arrive before there is a rate."""
_WORTH_BYTES: Final = 16 * 1024 * 1024
"""An attempt that brings more than this has the count of attempts begin again. Less may have been fetched before."""
_SIGN_OF_LIFE_BYTES: Final = 64 * 1024
"""Windows need not tell of writes to a file that is open. There a child lives that has written so much more, which are
bytes of the model and no lines of a log.
"""
_AGAIN: Final = "fetching again the parts that were not finished"
_AGAIN_S: Final = 0.7
"""After so long with writes and no growth, it is shown that parts are fetched again."""
_DISK_FULL: Final = re.compile(r"errno 28|no space left|disk full|not enough space", re.IGNORECASE)
_REFUSED: Final = re.compile(r"\b40[134]\b|forbidden|does not list", re.IGNORECASE)
_REFUSED_ATTEMPTS: Final = 2
"""A refusal is tried once more, since the address of a file is signed and may only have expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLimits:
    """How many downloads run at once, and when one is started again or given up."""

    parallel: int = 2
    """How many downloads run at once."""
    stall_s: float = 20.0
    """A download that brings no byte for this long is started again."""
    attempts: int = 5
    backoff_s: float = 1.0
    """The wait before the second attempt; each further wait is twice as long."""
    reserve_bytes: int = 256 * 1024 * 1024
    """How much of the disk is left free."""


class TransferFailed(Exception):
    """The download is given up, and what has arrived is kept; the message gives the reason and advice."""


class CacheGone(TransferFailed):
    """Somebody has removed the folder that it downloads to."""


class NoRoom(TransferFailed):
    """The disk is full."""


@dataclass(frozen=True, slots=True)
class TransferReading:
    """The progress of a download as the disk shows it."""

    done_bytes: int
    rate_bytes_s: float | None
    attempt: int
    stalled: str = ""
    """The reason for which no bytes arrive; empty while they do."""
    words: str = ""
    """A remark for a person, such as that parts are fetched again."""


class TransferPace:
    """A smoothed rate, in which each reading counts the less the older it is."""

    def __init__(self) -> None:
        self._begun: tuple[float, int] | None = None
        self._last: tuple[float, int] | None = None
        self._rate: float | None = None

    def note(self, now_s: float, done_bytes: int) -> float | None:
        """Take a reading, and give the bytes per second; ``None`` until enough has arrived for a rate."""
        still_at_start = self._begun is not None and done_bytes == self._begun[1]
        if self._last is None or self._begun is None or done_bytes < self._last[1] or still_at_start:
            self._begun = self._last = (now_s, done_bytes)
            self._rate = None
            return None
        elapsed_s = now_s - self._last[0]
        if elapsed_s > 0:
            begun_s = self._begun[0]
            current = (done_bytes - self._last[1]) / elapsed_s
            # At first it is the plain average of all readings, so that the first figures are no guess.
            weight = max(1 - math.exp(-elapsed_s / _SMOOTHING_S), elapsed_s / (now_s - begun_s))
            self._rate = current if self._rate is None else self._rate + weight * (current - self._rate)
            self._last = (now_s, done_bytes)
            if now_s - begun_s < _RATE_AFTER_S:
                return None
        return self._rate


class Transfer:
    """Downloads one model into a cache."""

    def __init__(
        self,
        model_id: str,
        cache: Path,
        limits: TransferLimits,
        on_reading: Callable[[TransferReading], None],
        arrived_bytes: int = 0,
    ) -> None:
        """``arrived_bytes`` is what an earlier transfer has brought, which not every disk tells."""
        self._model_id = model_id
        self._cache = cache
        self._limits = limits
        self._on_reading = on_reading
        self._job: RuntimeJob | None = None
        self._attempt = 1
        self._arrived_bytes = arrived_bytes
        """What has arrived as far as that is known."""

    def kill(self) -> None:
        """End the child at once; the caller cancels the task of ``run``."""
        if self._job is not None:
            self._job.kill()

    async def run(self) -> None:
        """Make one attempt after the other until the model is here.

        Raises:
            TransferFailed: the download is given up.
        """
        await asyncio.to_thread(self._look)
        most_done = self._arrived_bytes
        while True:
            try:
                await self._try_once()
            except RuntimeJobFailed as failure:
                if not (self._cache / SNAPSHOT_FILE).exists():
                    raise CacheGone(self._gone()) from failure
                reason = str(failure)
                if _DISK_FULL.search(reason):
                    raise NoRoom(self._no_room()) from failure
                most_attempts = _REFUSED_ATTEMPTS if _REFUSED.search(reason) else self._limits.attempts
                await asyncio.to_thread(self._look)
                done = self._arrived_bytes
                if done > most_done + _WORTH_BYTES:
                    most_done, self._attempt = done, 1
                if self._attempt >= most_attempts:
                    tries = f"after {self._attempt} attempts" if self._attempt > 1 else "at once"
                    raise TransferFailed(
                        f"given up {tries}: {reason.rstrip('.')}; what arrived is kept, resume it to go on"
                    ) from failure
                await self._wait_before_next(reason, done)
            else:
                return

    def done_bytes(self) -> int:
        """The bytes of the model on the disk."""
        return self._use().taken_bytes

    def _use(self) -> disk_space.DiskUse:
        folder = folder_of_download(self._cache, self._model_id)
        return disk_space.disk_use(folder) if folder else disk_space.DiskUse(0, 0, 0)

    def _look(self, share: float | None = None) -> disk_space.DiskUse:
        """Look at the disk for what has arrived; where it does not tell, it is the share that the runtime reports."""
        use = self._use()
        if use.has_holes or not use.length_bytes:
            self._arrived_bytes = use.taken_bytes
        elif share is not None:
            self._arrived_bytes = max(self._arrived_bytes, round(share * use.length_bytes))
        return use

    async def _wait_before_next(self, reason: str, done_bytes: int) -> None:
        pause_s = self._limits.backoff_s * 2 ** (self._attempt - 1)
        self._attempt += 1
        words = f"{reason.rstrip('.')}; attempt {self._attempt} of {self._limits.attempts} in {units.clock(pause_s)}"
        self._on_reading(TransferReading(done_bytes, None, self._attempt, words))
        await asyncio.sleep(pause_s)

    async def _try_once(self) -> None:
        """Have one child download until it is done.

        Raises:
            RuntimeJobFailed: the child has failed, or no byte has arrived for too long.
            NoRoom: the disk is about to be full.
            CacheGone: the cache has been removed.
        """
        self._job = job = RuntimeJob()
        pace = TransferPace()
        try:
            job.send(wire.DownloadModel(self._model_id, str(self._cache), str(job.scratch)))
            share: float | None = None
            reports, arrived_bytes = 0, -1
            life: object = None
            written_s = grown_s = time.monotonic()
            read_s = 0.0
            while True:
                frame = await job.receive()
                if isinstance(frame, wire.Downloaded):
                    return
                if isinstance(frame, wire.Progress):
                    share, reports = frame.share, reports + 1
                now_s = time.monotonic()
                if now_s - read_s < READ_S:
                    continue
                read_s = now_s
                use = await asyncio.to_thread(self._disk_use, share)
                signs = (use, reports, None if use.has_holes else (job.written_bytes() or 0) // _SIGN_OF_LIFE_BYTES)
                written_s, life = (now_s if signs != life else written_s), signs
                grown_s = now_s if self._arrived_bytes != arrived_bytes else grown_s
                arrived_bytes = self._arrived_bytes
                if now_s - written_s >= self._limits.stall_s:
                    raise RuntimeJobFailed(f"no byte has come for {units.clock(now_s - written_s)}")
                self._on_reading(
                    TransferReading(
                        arrived_bytes,
                        pace.note(now_s, arrived_bytes),
                        self._attempt,
                        self._words_on_stall(now_s - written_s),
                        _AGAIN if written_s - grown_s >= _AGAIN_S else "",
                    )
                )
        finally:
            self._job = None
            await job.close()

    def _disk_use(self, share: float | None) -> disk_space.DiskUse:
        """The disk use of what has arrived.

        Raises:
            NoRoom: the disk is about to be full.
            CacheGone: the cache has been removed.
        """
        if not (self._cache / SNAPSHOT_FILE).exists():
            raise CacheGone(self._gone())
        free = disk_space.free_bytes(self._cache)
        if free is not None and free < self._limits.reserve_bytes:
            raise NoRoom(self._no_room())
        return self._look(share)

    def _words_on_stall(self, silent_s: float) -> str:
        if silent_s < self._limits.stall_s / 2:
            return ""
        return f"no byte for {units.clock(silent_s)}; it is started again after {units.clock(self._limits.stall_s)}"

    def _gone(self) -> str:
        return f"{self._cache} was removed meanwhile, and what had arrived with it; ask the catalogue, and begin anew"

    def _no_room(self) -> str:
        free = units.size(disk_space.free_bytes(self._cache))
        return f"the disk is full ({free} left); make room and resume it, what arrived is kept"
