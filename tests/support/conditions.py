"""Waiting for a condition, so that no test sleeps for a guess."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

_WAITS = Path("/proc/thread-self/schedstat")
_PROCESS_S = 0.015
"""How long a process of Python that does nothing takes on a machine at rest, generously."""


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


async def slowness() -> float:
    """Return how many times longer than on a machine at rest a process takes to start and to end; at least 1."""
    begun_s = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-S", "-c", "pass")
    await process.wait()
    return max(1.0, (time.perf_counter() - begun_s) / _PROCESS_S)


def at_rest(measure: Callable[[], Awaitable[float]]) -> Callable[[], Awaitable[float]]:
    """Return a measure of a time that is divided by how slow the machine is before and after it."""

    async def measure_at_rest() -> float:
        before = await slowness()
        time_taken = await measure()
        return time_taken * 2 / (before + await slowness())

    return measure_at_rest


def own_clock_s() -> float:
    """Return a clock, in seconds, that on Linux stands still while this thread waits for a processor."""
    try:
        waited_ns = int(_WAITS.read_text(encoding="utf-8").split()[1])
    except OSError:
        waited_ns = 0
    return time.perf_counter() - waited_ns / 1e9
