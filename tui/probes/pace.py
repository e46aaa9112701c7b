"""Measures how fast the processor is just now, by the time that a fixed piece of work takes.

Other tenants of a virtual machine's host, a lowered clock and a sibling thread slow every computation, and no counter
that a process may read shows it. On a rented machine with 2 cores the same work took 0.65 ms or 1.0 ms, changing within
seconds, and decode rates followed in proportion.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import Final

ADDITIONS: Final = 15_000
REPEATS: Final = 3
"""The quickest of these counts: one may be interrupted, and the first may find the clock lowered."""


def pace_ns() -> int:
    """The nanoseconds that a fixed piece of work takes now; comparable only on one machine and with one Python."""
    return min(_work_ns() for _ in range(REPEATS))


def _work_ns() -> int:
    begun_ns = perf_counter_ns()
    total = 0
    for number in range(ADDITIONS):
        total += number
    return perf_counter_ns() - begun_ns
