"""The numbers of other machines that stand beside a comparison: for the eye only, and part of no conclusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.comparison import wording
from tui.records import ModelSummary
from tui.records.comparison import Quantity

VERDICT: Final = "a reference, in no comparison"


def reference_values(row: ModelSummary) -> tuple[tuple[Quantity, str], ...]:
    """Return the numbers that a reference row has, as a comparison writes them."""
    values = (
        (Quantity.TTFT, row.ttft_p50_ms),
        (Quantity.DECODE, row.decode_p50_tok_s),
        (Quantity.E2E, row.e2e_p50_ms),
        (Quantity.MEMORY, row.peak_rss_bytes),
    )
    return tuple((quantity, wording.value(quantity, figure)) for quantity, figure in values if figure)


def all_reference_values(rows: Sequence[ModelSummary]) -> list[tuple[str, Quantity, str]]:
    """Return the name of each row, which has its machine, with each of its numbers."""
    return [(row.key, quantity, text) for row in rows for quantity, text in reference_values(row)]
