"""How far one model of a run is ahead of another, in words."""

from __future__ import annotations

from tui.records.comparison import Quantity, Separation
from tui.records.statistics import Interval
from tui.text import units

_LARGEST_SLOWDOWN = 0.9999
"""A rate that fell by more than this is told as fallen by this, since the ratio of the two has no end."""


def lead_words(pair: Separation, worse: str, *, with_interval: bool = False) -> str:
    """Write how far the better model of a pair is ahead of the worse one, whose name is given.

    A rate is ``22.0 % ahead of b``, from twice on ``2.1 times as fast as b``; of a time it is the worse model that
    takes ``22.0 %`` or ``2.1 times`` as much: ``b takes 22.0 % longer``. The interval follows the number.
    """
    lead = _lead(pair.quantity, pair.slowdown)
    low, high = (_lead(pair.quantity, end) for end in (pair.interval.low, pair.interval.high))
    span = Interval(low=low, high=high, level=pair.interval.level)
    share, factor = units.share(lead), f"{units.factor(lead + 1)} times"
    if with_interval:
        share, factor = f"{share} {units.share_span(span)}", f"{factor} {units.factor_span(span)}"
    if pair.quantity is Quantity.DECODE:
        return f"{share} ahead of {worse}" if lead < 1 else f"{factor} as fast as {worse}"
    return f"{worse} takes {share} longer" if lead < 1 else f"{worse} takes {factor} as long"


def _lead(quantity: Quantity, slowdown: float) -> float:
    """Return the better rate / the worse one - 1, or the longer time / the shorter one - 1, as a share."""
    if quantity is not Quantity.DECODE:
        return slowdown
    fallen = min(slowdown, _LARGEST_SLOWDOWN)
    return fallen / (1 - fallen)
