"""This module alone formats numbers for people. Unknown is a dash, an estimate begins with a tilde."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui.records import Model
    from tui.records.statistics import Interval


UNKNOWN: Final = "-"
TOO_WIDE: Final = 10
"""A range that reaches from no change to a change by this factor tells nothing."""
_MOST_TOLD: Final = 100
"""An end of a range beyond this factor is told without a figure."""
_STEP = 1024
_BYTE_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_IGNORED_REST = 32 * _STEP**2


def three_figures(value: float) -> str:
    """Format about three significant figures with at most two decimals: ``0.42``, ``4.20``, ``42.0``, ``4,200``."""
    size = abs(value)
    if size >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 9.995 else f"{value:.2f}"


def milliseconds(value_ms: float | None) -> str:
    """Format milliseconds: ``8.25 ms``, ``231 ms``, from ten seconds on ``12.3 s``."""
    if value_ms is None:
        return UNKNOWN
    return f"{three_figures(value_ms / 1000)} s" if value_ms >= 9_999.5 else f"{three_figures(value_ms)} ms"


def signed_milliseconds(value_ms: float | None) -> str:
    """Format an error of a time: ``+0.06 ms``, ``-1.20 ms``."""
    # Adding 0 turns a negative zero, to which small numbers round, into 0 without a sign.
    return UNKNOWN if value_ms is None else f"{round(value_ms, 2) + 0:+.2f} ms"


def nanoseconds(value_ns: float | None) -> str:
    """Format nanoseconds in milliseconds or seconds."""
    return milliseconds(None if value_ns is None else value_ns / 1e6)


def seconds(value_s: float | None) -> str:
    """Format seconds: ``0.35 s``, ``12.4 s``."""
    return UNKNOWN if value_s is None else f"{three_figures(value_s)} s"


def clock(value_s: float | None) -> str:
    """Format a rough duration for a person who waits: ``42 s``, ``3 min 05 s``, ``1 h 12 min``."""
    if value_s is None:
        return UNKNOWN
    whole = round(value_s)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def rate(value_tok_s: float | None, *, estimated: bool = False, unsure: bool = False, unit: str = " tok/s") -> str:
    """Format a rate: ``41.2 tok/s``, ``~41.2 tok/s`` if estimated, ``41.2 tok/s?`` if unsure; ``unit`` may be empty."""
    if value_tok_s is None:
        return UNKNOWN
    return f"{'~' if estimated else ''}{three_figures(value_tok_s)}{unit}{'?' if unsure else ''}"


def request_rate(value_per_s: float | None) -> str:
    """Format a rate of requests: ``4.20/s``."""
    return UNKNOWN if value_per_s is None else f"{three_figures(value_per_s)}/s"


def size(value_bytes: float | None) -> str:
    """Format bytes: ``512 B``, ``822 MiB``, ``5.10 GiB``."""
    if value_bytes is None:
        return UNKNOWN
    value, unit = float(value_bytes), 0
    while value >= 999.5 and unit < len(_BYTE_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{value:.0f} B" if unit == 0 else f"{three_figures(value)} {_BYTE_UNITS[unit]}"


def count(value: float | None, *, estimated: bool = False) -> str:
    """Format a whole number with separators: ``1,024``, ``~1,024``."""
    return UNKNOWN if value is None else f"{'~' if estimated else ''}{value:,.0f}"


def parameters(value: int | None) -> str:
    """Format the size of a model in parameters as its makers do: ``135M``, ``8.03B``."""
    if value is None:
        return UNKNOWN
    for step, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if value >= 0.9995 * step:
            return f"{three_figures(value / step)}{letter}"
    return str(value)


def build_of_server(model: Model) -> str:
    """Describe what a server reports of the build that it runs: ``Q4_1, 135M parameters, 86 MiB``; empty if nothing."""
    served = model.served
    if served is None:
        return ""
    facts = [
        served.quantization or "",
        f"{parameters(served.parameters)} parameters" if served.parameters else "",
        size(model.size_bytes) if model.size_bytes else "",
        f"context of {count(model.context_tokens)} tokens" if model.context_tokens else "",
        f"{count(served.threads)} thread{'s' if served.threads != 1 else ''}" if served.threads else "",
        f"weights {served.weights}" if served.weights else "",
    ]
    return ", ".join(fact for fact in facts if fact)


def context(tokens: int) -> str:
    """Format the size of a context in thousands of 1,024 tokens: ``8k``, ``0.5k``, ``128k``."""
    return f"{tokens / _STEP:.0f}k" if tokens >= _STEP else f"{tokens / _STEP:.1f}k"


def at_once(count_at_once: int) -> str:
    """Format how many requests are in flight together: ``one request at a time``, ``8 requests at once``."""
    return "one request at a time" if count_at_once == 1 else f"{count(count_at_once)} requests at once"


def mean_count(value: float | None) -> str:
    """Format a count that is a mean over time: ``7.62``."""
    return UNKNOWN if value is None else three_figures(value)


def signed_count(value: float | None) -> str:
    """Format an error of a count: ``+12``, ``0``."""
    return UNKNOWN if value is None else f"{value:+,.0f}" if value else "0"


def percent(value: float | None) -> str:
    """Format a share of 1 as ``42 %``."""
    return UNKNOWN if value is None else f"{value * 100:.0f} %"


def points(value: float | None) -> str:
    """Format a score from 0 to 1 as points of a hundred: ``87.3``."""
    return UNKNOWN if value is None else f"{value * 100 + 0:.1f}"


def mark(value: float | None) -> str:
    """Format a score from 1 to 5: ``4``, ``3.5``."""
    return UNKNOWN if value is None else f"{value:.3g}"


def signed_marks(value: float) -> str:
    """Format the difference of two scores: ``+1.5``, ``0``."""
    shown = round(value, 1) + 0
    return f"{shown:+.1f}" if shown else "0"


def difference(value: float | None) -> str:
    """Format a share of 1 with its sign: ``+4 %``, ``-12 %``, ``0 %``."""
    if value is None:
        return UNKNOWN
    whole = round(value * 100)
    return f"{whole:+d} %" if whole else "0 %"


def share(value: float | None) -> str:
    """Format a share of 1 that is shown with its interval: ``2.4 %``, from 100 % on without a decimal."""
    return UNKNOWN if value is None else f"{_hundredths(value)} %"


def signed_share(value: float | None) -> str:
    """Format a change, given as a share of 1, with its sign: ``+2.4 %``."""
    return UNKNOWN if value is None else f"{'+' if value >= 0.0005 else ''}{_hundredths(value)} %"


def small_share(value: float | None) -> str:
    """Format an error, given as a share of 1, in hundredths of a per cent with its sign: ``-0.02 %``."""
    return UNKNOWN if value is None else f"{round(value * 100, 2) + 0:+.2f} %"


def share_span(interval: Interval | None) -> str:
    """Format the interval of a share in per cent: ``[5.2, 10.4]``; beyond a factor of 2 as factors: ``[×0.4, ×31]``."""
    if interval is None:
        return UNKNOWN
    return factor_span(interval) if is_factor(interval) else percent_span(interval)


def percent_span(interval: Interval) -> str:
    """Format the interval of a share in per cent, however far it reaches: ``[-83.0, 120.0]``."""
    return f"[{_hundredths(interval.low)}, {_hundredths(interval.high)}]"


def factor_span(interval: Interval) -> str:
    """Format the interval of a share as factors: ``[×2.1, ×2.4]``; an end beyond a factor of 100 has no figure."""
    low, high = 1 + interval.low, 1 + interval.high
    if low < 1 < high and (low < 1 / _MOST_TOLD or high > _MOST_TOLD):
        return "[too wide to tell]"
    if high > _MOST_TOLD:
        return f"[{_factor(interval.low)} or more]"
    if low < 1 / _MOST_TOLD:
        return f"[{_factor(interval.high)} or less]"
    return f"[{_factor(interval.low)}, {_factor(interval.high)}]"


def tells_nothing(interval: Interval) -> bool:
    """Return whether an interval of a share has no change in it and also a change tenfold, so that nothing is told."""
    low, high = 1 + interval.low, 1 + interval.high
    return low < 1 < high and (low < 1 / TOO_WIDE or high > TOO_WIDE)


def factor(value: float) -> str:
    """Format how many times as much something is: ``2.1``, ``14``, ``1,200``."""
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def is_factor(interval: Interval) -> bool:
    """Return whether an interval of a share reaches beyond twice or half of the value, where per cent mislead."""
    return interval.low < -0.5 - 1e-9 or interval.high > 1.0 + 1e-9


def _factor(share_of_change: float) -> str:
    factor = max(0.0, 1 + share_of_change)
    if factor < 1 / _MOST_TOLD:
        return "less than ×0.01"
    return "more than ×100" if factor > _MOST_TOLD else f"×{factor:.3g}" if factor > 99 else f"×{factor:.2g}"


def span(interval: Interval | None, shown: Callable[[float], str]) -> str:
    """Format the interval of a number, with each end shown like the number: ``198 ms to 204 ms``."""
    return UNKNOWN if interval is None else f"{shown(interval.low)} to {shown(interval.high)}"


def given_back(left_bytes: int | None, peak_bytes: int | None) -> str:
    """Format how much memory the end of a model released: ``all freed``, ``12.0 MiB not freed``.

    A rest of up to a twentieth of its peak, or 32 MiB, is ignored, because other programs cause as much meanwhile. A
    rest that is larger than its peak is not the model's: other programs have taken more meanwhile.
    """
    if left_bytes is None:
        return UNKNOWN
    if peak_bytes is not None and left_bytes > max(peak_bytes, _IGNORED_REST):
        return "freed memory unknown: other programs took more"
    return "all freed" if is_all_back(left_bytes, peak_bytes) else f"{size(left_bytes)} not freed"


def is_all_back(left_bytes: int | None, peak_bytes: int | None) -> bool:
    """Return whether the memory left is not the model's: unknown, small, or more than the model ever took."""
    if left_bytes is None or left_bytes <= max(_IGNORED_REST, (peak_bytes or 0) / 20):
        return True
    return peak_bytes is not None and left_bytes > peak_bytes


def energy(value_j: float | None) -> str:
    """Format joules: ``0.42 J``, ``185 J``, below a hundredth ``4.20 mJ``, from 10,000 J on ``12.3 kJ``."""
    if value_j is None:
        return UNKNOWN
    if abs(value_j) < 0.01:
        return f"{three_figures(value_j * 1000)} mJ"
    return f"{three_figures(value_j / 1000)} kJ" if abs(value_j) >= 9_999.5 else f"{three_figures(value_j)} J"


def power(value_watts: float | None) -> str:
    """Format watts: ``8.40 W``, ``187 W``."""
    return UNKNOWN if value_watts is None else f"{three_figures(value_watts)} W"


def money(value: float | None, currency: str) -> str:
    """Format an amount of money: ``0.42 EUR``, and small amounts with two significant figures: ``0.0042 EUR``."""
    if value is None:
        return UNKNOWN
    small = 0 < abs(value) < 0.095
    decimals = 1 - math.floor(math.log10(abs(value))) if small else 0
    return f"{f'{value:.{decimals}f}' if small else three_figures(value)} {currency}".rstrip()


def loaded(load_ns: float | None, round_trip_ns: float | None = None) -> str:
    """Format a load time: ``loaded in 350 ms``, or for a model of a server ``connected, round trip 0.31 ms``."""
    parts = [f"loaded in {nanoseconds(load_ns)}"] if load_ns is not None or round_trip_ns is None else ["connected"]
    if round_trip_ns is not None:
        parts.append(f"round trip {nanoseconds(round_trip_ns)}")
    return ", ".join(parts)


def waiting_for_server(waited_s: float, limit_s: float, *, asked: bool = False) -> str:
    """Format a wait: ``waiting for the server to load its model, 12 s of at most 300 s``.

    ``asked`` is one that the server asks for: ``the server asks to wait 12 s``, and later on ``..., 9 s left``.
    """
    if asked:
        left = f", {limit_s - waited_s:.0f} s left" if round(waited_s) else ""
        return f"the server asks to wait {limit_s:.0f} s{left}"
    return f"waiting for the server to load its model, {waited_s:.0f} s of at most {limit_s:.0f} s"


def transfer_rate(value_bytes_s: float | None) -> str:
    """Format bytes per second: ``4.20 MiB/s``."""
    return UNKNOWN if value_bytes_s is None else f"{size(value_bytes_s)}/s"


def ago(value_s: float) -> str:
    """Format roughly how long ago something was: ``just now``, ``5 min ago``, ``2 h ago``, ``3 days ago``."""
    minutes = int(value_s // 60)
    if minutes < 1:
        return "just now"
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} day{'s' if days != 1 else ''} ago"
    return f"{hours} h ago" if hours else f"{minutes} min ago"


def _hundredths(value: float) -> str:
    # Adding 0 turns a negative zero, to which small numbers round, into 0 without a sign.
    shown = round(value * 100, 1) + 0
    return f"{shown:,.0f}" if abs(shown) >= 100 else f"{shown:.1f}"
