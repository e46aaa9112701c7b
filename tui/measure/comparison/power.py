"""How small a slowdown a comparison can find, and how many launches it takes to find a smaller one."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Final

from tui.measure.statistics.tails import t_quantile
from tui.records.comparison import LESS_IS_BETTER, Change

DEFAULT_SLOWDOWN: Final = 0.05
"""The slowdown that a comparison should find, where nobody says which."""
POWER: Final = 0.9
"""Of finding it."""
_LARGEST_LOSS: Final = 1 - 1e-9
"""A rate cannot lose all of itself."""
MOST_LAUNCHES: Final = 1_000
"""No search goes further: nobody would measure so many."""


def smallest_detectable(change: Change, *, beyond: float = 0.0) -> float | None:
    """The smallest slowdown that is found with a chance of ``POWER``; ``None`` where no interval was computed.

    ``beyond + error * (t(level) + t(POWER))`` on the logarithmic scale, with the error and degrees of freedom of the
    change (Cohen 1988, "Statistical Power Analysis", chapter 2, with Student's t for the normal). With ``beyond``, a
    share of 1, a slowdown counts as found if the near end of its interval is beyond that.
    """
    if change.log_error is None or change.freedom is None or change.interval is None:
        return None
    is_time = change.quantity in LESS_IS_BETTER
    limit = math.log1p(beyond) if is_time else -math.log1p(-min(beyond, _LARGEST_LOSS))
    log = limit + change.log_error * _reach(change.interval.level, change.freedom)
    return math.expm1(log) if is_time else -math.expm1(-log)


def launches_needed(change: Change, sought: float) -> int | None:
    """How many launches on each side would find this slowdown with `CHANCE`; ``None`` where nothing tells.

    The error falls with the square root of the launches. At most `MOST_LAUNCHES`, which means: so many or more.
    """
    if change.log_error is None or change.freedom is None or change.interval is None:
        return None
    now = 2 / (1 / change.launches_before + 1 / (change.launches_after or 1))
    log = math.log1p(sought) if change.quantity in LESS_IS_BETTER else -math.log1p(-sought)
    error, freedom, level = change.log_error, change.freedom, change.interval.level

    def enough(launches: int) -> bool:
        return error * math.sqrt(now / launches) * _reach(level, freedom * (launches - 1) / (now - 1)) <= log

    return bisect_left(range(MOST_LAUNCHES), True, lo=2, key=enough)


def _reach(level: float, freedom: float) -> float:
    """In standard errors."""
    return t_quantile((1 + level) / 2, freedom) + t_quantile(POWER, freedom)
