"""The times at which the requests of an open loop arrive, which are the same for the same plan."""

from __future__ import annotations

import random
from itertools import accumulate


def due_times_s(per_s: float, count: int, seed: int, launch: int) -> tuple[float, ...]:
    """The arrivals of a Poisson process: gaps are independent and exponential, ``1 / per_s`` seconds on average."""
    generator = random.Random(f"{seed} {launch} {per_s!r}")
    return tuple(accumulate(generator.expovariate(per_s) for _ in range(count)))
