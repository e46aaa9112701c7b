"""How the numbers that charts show are called and written."""

from __future__ import annotations

from tui.records.comparison import Quantity
from tui.text import units

TITLES = {Quantity.TTFT: "Time to first token", Quantity.DECODE: "Decode rate"}


def shown(quantity: Quantity, value: float | None) -> str:
    """A value of this quantity, with its unit."""
    return units.milliseconds(value) if quantity is Quantity.TTFT else units.rate(value)
