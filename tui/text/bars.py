"""Bars of shares with their intervals, for reports in plain text and for the terminal."""

from __future__ import annotations

from typing import Final, NamedTuple

SURE, RATE, POSSIBLE = "█", "▓", "░"
BAR_LEGEND: Final = f"{SURE} up to the low end of the interval, {RATE} up to the rate, {POSSIBLE} up to the high end"


class IntervalBar(NamedTuple):
    """The three parts of a bar, in cells of one sign each."""

    sure: str
    """Up to the low end of the interval."""
    rate: str
    """From there to the rate."""
    possible: str
    """From there to the high end."""


def interval_bar(low: float, rate: float, high: float, cells: int) -> IntervalBar:
    """Draw a share of 1 with its interval over so many cells, which are all of 1."""
    ends = [round(min(1.0, max(0.0, share)) * cells) for share in (low, rate, high)]
    return IntervalBar(SURE * ends[0], RATE * (ends[1] - ends[0]), POSSIBLE * (ends[2] - ends[1]))
