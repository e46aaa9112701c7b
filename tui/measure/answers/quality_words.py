"""Pass rates and their differences in words and figures, the same in every place that shows them."""

from __future__ import annotations

from tui.records.grading.rates import Better, PassRate, RateDifference
from tui.records.statistics import Interval
from tui.text import units
from tui.text.tables import counted


def percent_span(interval: Interval) -> str:
    """Write ``[65, 94]``, in per cent."""
    return f"[{interval.low * 100:.0f}, {interval.high * 100:.0f}]"


def signed_points(difference: float) -> str:
    """Write ``+12 points``: percentage points."""
    return f"{difference * 100:+.0f} points".replace("+0 ", "0 ").replace("-0 ", "0 ")


def rate_words(rate: PassRate) -> str:
    """Write ``quality 84 % [65, 94] on 25 prompts``."""
    return f"quality {units.percent(rate.rate)} {percent_span(rate.interval)} on {counted(rate.prompts, 'prompt')}"


def outcome_words(difference: RateDifference) -> str:
    """Write ``worse by 24 points [5, 41]``, or that it cannot be told, with what may be hidden."""
    low, high = difference.interval.low, difference.interval.high
    match difference.outcome:
        case Better.WORSE:
            return f"worse by {abs(difference.difference) * 100:.0f} points [{-high * 100:.0f}, {-low * 100:.0f}]"
        case Better.BETTER:
            return f"better by {difference.difference * 100:.0f} points [{low * 100:.0f}, {high * 100:.0f}]"
        case Better.TOO_FEW:
            return difference.outcome.value
        case Better.TOO_CLOSE:
            return f"{difference.outcome.value} [{low * 100:.0f}, {high * 100:.0f}]"


def difference_words(difference: RateDifference) -> str:
    """Write ``quality 84 % -> 60 %, worse by 24 points [5, 41] on 25 prompts``."""
    return (
        f"quality {units.percent(difference.before)} -> {units.percent(difference.after)}, {outcome_words(difference)} "
        f"on {counted(difference.prompts, 'prompt')}"
    )


def points_lost(difference: RateDifference) -> float | None:
    """Return by how much at least the pass rate has surely fallen; ``None`` if it has not surely fallen."""
    return -difference.interval.high if difference.outcome is Better.WORSE else None
