"""One number of a model on two sides, and the verdict on each of a family of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from tui.measure.statistics.intervals import Estimate, Measured, Ratio, estimate, headline, ratio
from tui.measure.statistics.multiple_comparisons import corrected_levels
from tui.records.comparison import LESS_IS_BETTER, Change, ComparedStep, Outcome, Quantity
from tui.records.statistics import Interval

FEWEST_LAUNCHES: Final = 2
"""A side; with one nobody knows how far a fresh start moves a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One number of one model on both sides."""

    key: str
    step: ComparedStep
    quantity: Quantity
    before: Sequence[Measured]
    after: Sequence[Measured]
    doubt: str = ""
    """The reason why the sides are not held against each other."""
    flags: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """The flags of the rounds of both sides."""
    measured: tuple[Sequence[Measured], Sequence[Measured]] | None = None
    """Both sides as they were measured, if they are relative to the yardstick."""


def slowdown(quantity: Quantity, of_ratio: float) -> float:
    """What a ratio after / before means: a time or size that grew, or a rate that fell, is above 0."""
    return of_ratio - 1 if quantity in LESS_IS_BETTER else 1 - of_ratio


def slowdown_outcome(quantity: Quantity, found: Ratio, level: float) -> tuple[Outcome, Interval]:
    """The slowdown's interval at this level, and what it says."""
    of_ratio = found.interval(level)
    low, high = sorted((slowdown(quantity, of_ratio.low), slowdown(quantity, of_ratio.high)))
    worse, better = (Outcome.MORE, Outcome.LESS) if quantity is Quantity.MEMORY else (Outcome.SLOWER, Outcome.FASTER)
    outcome = worse if low > 0 else better if high < 0 else Outcome.NO_DIFFERENCE
    return outcome, Interval(low=low, high=high, level=level)


def together(families: Sequence[Sequence[Pair]]) -> list[tuple[Change, ...]]:
    """The changes of each, corrected for all of them."""
    found = iter(_changes([pair for pairs in families for pair in pairs]))
    return [tuple(islice(found, len(pairs))) for pairs in families]


def _changes(pairs: Sequence[Pair]) -> tuple[Change, ...]:
    ratios = [_ratio(pair) for pair in pairs]
    told = [found for found in ratios if found is not None]
    levels = iter(corrected_levels([found.probability for found in told]))
    return tuple(
        _change(pair, found, None if found is None else next(levels)) for pair, found in zip(pairs, ratios, strict=True)
    )


def _ratio(pair: Pair) -> Ratio | None:
    """``None`` where a side has too few launches, or is in doubt."""
    if pair.doubt:
        return None
    sides: list[Estimate] = []
    for side in (pair.before, pair.after):
        found = estimate(side) if _launches(side) >= FEWEST_LAUNCHES else None
        if found is None:
            return None
        sides.append(found)
    return ratio(*sides)


def _change(pair: Pair, found: Ratio | None, level: float | None) -> Change:
    measured = None if pair.measured is None else [headline(side) for side in pair.measured]
    before = headline(pair.before)
    after = headline(pair.after) if pair.after else None
    if measured and after is not None:
        # The value before is shown as it was measured, as in every table of that run; the ratio stays the relative one.
        before, after = measured[0], measured[0] * after / before
    outcome, interval = Outcome.GONE if after is None else Outcome.CANNOT_TELL, None
    if found is not None and level is not None:
        outcome, interval = slowdown_outcome(pair.quantity, found, level)
    elif pair.doubt:
        outcome = Outcome.IN_DOUBT
    return Change(
        key=pair.key,
        prompt_id=pair.step.prompt_id,
        at_once=pair.step.at_once,
        quantity=pair.quantity,
        before=before,
        after=after,
        slowdown=None if after is None else slowdown(pair.quantity, after / before),
        interval=interval,
        outcome=outcome,
        launches_before=_launches(pair.before),
        launches_after=_launches(pair.after),
        log_error=None if found is None else found.log_error,
        freedom=None if found is None else found.freedom,
        doubt=pair.doubt,
        flags_before=pair.flags[0],
        flags_after=pair.flags[1],
        measured_before=measured[0] if measured else None,
        measured_after=measured[1] if measured else None,
    )


def _launches(side: Sequence[Measured]) -> int:
    return len({each.launch for each in side})
