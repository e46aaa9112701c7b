"""Waiting for a condition, so that no test sleeps for a guess."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

_WAITS = Path("/proc/thread-self/schedstat")


async def until(condition: Callable[[], object], timeout_s: float = 60.0) -> None:
    """Return when the condition holds; raise ``TimeoutError`` if it does not within ``timeout_s``."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  # nobody would set an event
            await asyncio.sleep(0.01)


async def least(measure: Callable[[], Awaitable[float]], limit: float, tries: int = 10) -> float:
    """Measure up to ``tries`` times, and return the least value, or the first one below ``limit``.

    It serves for times: other work on the machine lengthens some tries, a fault of ours lengthens all of them.
    """
    measured: list[float] = []
    while len(measured) < tries and not any(value < limit for value in measured):
        measured.append(await measure())
    return min(measured)


def own_clock_s() -> float:
    """Return a clock, in seconds, that on Linux stands still while this thread waits for a processor."""
    try:
        waited_ns = int(_WAITS.read_text(encoding="utf-8").split()[1])
    except OSError:
        waited_ns = 0
    return time.perf_counter() - waited_ns / 1e9
