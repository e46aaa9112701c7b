"""How small a slowdown a comparison can find, and how many launches find a smaller one, in numbers and in words."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from tui.measure.statistics.tails import t_quantile
from tui.records.comparison import LESS_IS_BETTER, Change, Quantity
from tui.text import units

DEFAULT_SLOWDOWN: Final = 0.05
"""The slowdown that a comparison should find, where nobody says which."""
POWER: Final = 0.9
"""Of finding it."""
_LARGEST_LOSS: Final = 1 - 1e-9
"""A rate cannot lose all of itself."""
MOST_LAUNCHES: Final = 1_000
"""No search goes further: nobody would measure so many."""
_MOST_ADVISED: Final = 50
"""From more launches than these on, a quieter machine is the only advice that one can follow."""
_BLIND: Final = 0.5
"""A comparison is warned of if it may miss a slowdown by this share."""
_TOO_FEW: Final = 2
"""So few launches of a side tell hardly how much they vary, so they are called too few and not too different."""


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


def launches_needed(change: Change, sought: float, *, beyond: float = 0.0) -> int | None:
    """How many launches on each side would find this slowdown with ``POWER``; ``None`` where nothing tells.

    The error falls with the square root of the launches. At most ``MOST_LAUNCHES``, which means: so many or more. With
    ``beyond``, a smaller share, the near end of the interval has to be beyond that.
    """
    if change.log_error is None or change.freedom is None or change.interval is None:
        return None
    now = 2 / (1 / change.launches_before + 1 / (change.launches_after or 1))
    is_time = change.quantity in LESS_IS_BETTER
    log = math.log1p(sought) - math.log1p(beyond) if is_time else math.log1p(-beyond) - math.log1p(-sought)
    error, freedom, level = change.log_error, change.freedom, change.interval.level

    def enough(launches: int) -> bool:
        return error * math.sqrt(now / launches) * _reach(level, freedom * (launches - 1) / (now - 1)) <= log

    return bisect_left(range(MOST_LAUNCHES), True, lo=2, key=enough)


def _reach(level: float, freedom: float) -> float:
    """In standard errors."""
    return t_quantile((1 + level) / 2, freedom) + t_quantile(POWER, freedom)


def launch_variation(change: Change) -> float | None:
    """Return the standard deviation of a number over launches, as a share; ``None`` if it was not computed.

    ``exp(error / sqrt(1 / launches before + 1 / launches after)) - 1``, with the error of the logarithm of the ratio.
    """
    if change.log_error is None:
        return None
    return math.expm1(change.log_error / math.sqrt(1 / change.launches_before + 1 / (change.launches_after or 1)))


def untold_words(change: Change, *, full: bool = True) -> str:
    """Return the one reason why a comparison over launches tells nothing: they are too few, or they vary too much."""
    words = "launches vary too much" if _fewest_launches([change]) > _TOO_FEW else "too few launches"
    return f"{words} to tell" if full else words


def power_words(told: Sequence[Change], sought: float) -> str:
    """Tell which slowdown would be found, and what finds the one that is sought.

    Of the models and steps the one that is known least well counts.
    """
    least = _smallest_found(told)
    if max(least.values()) > _BLIND:
        return f"{_reason_sentence(_least_known(told))} {_found_words(least)} {_advice(_least_known(told), sought)}"
    numbers = " and ".join(f"{units.share(smallest)} in {quantity.value}" for quantity, smallest in least.items())
    detects = f"A slowdown of {numbers} or more would be found nine times out of ten."
    return detects if max(least.values()) <= sought else f"{detects} {_advice(_least_known(told), sought)}"


def gate_words(told: Sequence[Change], gate: float) -> str:
    """Tell at which slowdown a gate fails nine times out of ten."""
    least = _smallest_found(told, beyond=gate)
    numbers = " and ".join(f"{units.share(smallest)} in {quantity.value}" for quantity, smallest in least.items())
    return (
        f"The gate at {units.share(gate)} fails nine times out of ten at a slowdown of {numbers}; "
        f"at {units.share(gate)} itself it hardly ever does."
    )


def blind_gate_words(told: Sequence[Change], gate: float) -> str | None:
    """Tell why a gate lets even a slowdown by half pass, and what to do; ``None`` if it does not."""
    found = _smallest_found(told, beyond=gate)
    missed = {quantity: slowdown for quantity, slowdown in found.items() if slowdown > _BLIND}
    if not missed:
        return None
    worst = _least_known([change for change in told if change.quantity in missed], beyond=gate)
    large = (
        "even a tenfold slowdown"
        if any(_is_tenfold(quantity, slowdown) for quantity, slowdown in missed.items())
        else ""
    )
    large = large or f"a slowdown of less than {_many_times(max(missed.values()))}"
    needed = launches_needed(worst, _BLIND, beyond=gate) or MOST_LAUNCHES
    more = f", or with --launches {needed}" if needed <= _MOST_ADVISED else ""
    return (
        f"{_reason_sentence(worst)} So {large} may pass this gate. "
        f"Measure both runs on a machine that does nothing else{more}."
    )


def _reason_sentence(change: Change) -> str:
    """Write ``Launches vary too much to tell: those of tiny by 37 % in TTFT.``"""
    reason, variation = untold_words(change), launch_variation(change)
    varied = "" if variation is None else f": those of {change.key} by {_variation_words(variation)}"
    return f"{reason[0].upper()}{reason[1:]}{varied} in {change.quantity.value}."


def _variation_words(variation: float) -> str:
    return units.percent(variation) if variation <= 1 else f"a factor of {units.factor(1 + variation)}"


def _found_words(least: dict[Quantity, float]) -> str:
    if missed := [quantity.value for quantity, smallest in least.items() if _is_tenfold(quantity, smallest)]:
        return f"Even a tenfold slowdown in {' and '.join(missed)} could be missed."
    large = " and ".join(f"{_many_times(smallest)} in {quantity.value}" for quantity, smallest in least.items())
    return f"Only very large slowdowns would be found: {large}."


def _advice(worst: Change, sought: float) -> str:
    """Tell how the slowdown that is sought can be found, in steps that a person can take."""
    needed = launches_needed(worst, sought) or MOST_LAUNCHES
    if needed <= _MOST_ADVISED:
        return f"To find {units.share(sought)}, use about {units.count(needed)} launches per run."
    many = "more than 1,000" if needed >= MOST_LAUNCHES else f"about {units.count(needed)}"
    return (
        f"To find {units.share(sought)}, measure both runs on a machine that does nothing else; as it is, that takes "
        f"{many} launches per run."
    )


def _fewest_launches(told: Sequence[Change]) -> int:
    return min(min(change.launches_before, change.launches_after) for change in told)


def _smallest_found(told: Sequence[Change], *, beyond: float = 0.0) -> dict[Quantity, float]:
    """Return for each number the smallest slowdown that is found of every model and step."""
    return {
        quantity: max(smallest_detectable(change, beyond=beyond) or 0 for change in told if change.quantity is quantity)
        for quantity in dict.fromkeys(change.quantity for change in told)
    }


def _least_known(told: Sequence[Change], *, beyond: float = 0.0) -> Change:
    return max(told, key=lambda change: smallest_detectable(change, beyond=beyond) or 0)


def _is_tenfold(quantity: Quantity, slowdown: float) -> bool:
    """Return whether a slowdown is so large that its figure tells nobody anything: a time or a rate changes tenfold."""
    return slowdown > (units.TOO_WIDE - 1 if quantity in LESS_IS_BETTER else 1 - 1 / units.TOO_WIDE)


def _many_times(smallest: float) -> str:
    """Write a slowdown in per cent, or beyond twice the value as a factor."""
    return f"×{units.factor(1 + smallest)}" if smallest > 1 else units.share(smallest)
