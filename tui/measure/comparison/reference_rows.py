"""The numbers of other machines that stand beside a comparison: for the eye only, and part of no conclusion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tui.measure.comparison import wording
from tui.records import Model, ModelSummary
from tui.records.comparison import Quantity

_FIGURES: Final[Mapping[Quantity, Callable[[ModelSummary], float | None]]] = {
    Quantity.TTFT: lambda row: row.ttft_p50_ms,
    Quantity.DECODE: lambda row: row.decode_p50_tok_s,
    Quantity.E2E: lambda row: row.e2e_p50_ms,
    Quantity.MEMORY: lambda row: row.peak_rss_bytes,
}
"""The numbers of a reference row, in the order in which they are shown."""
VERDICT: Final = "a reference, in no comparison"


def reference_values(row: ModelSummary) -> tuple[tuple[Quantity, str], ...]:
    """Return the numbers that a reference row has, as a comparison writes them."""
    values = ((quantity, figure_of(row)) for quantity, figure_of in _FIGURES.items())
    return tuple((quantity, wording.value(quantity, figure)) for quantity, figure in values if figure)


def reference_sentence(row: ModelSummary) -> str:
    """Return the name of a reference row, which has its machine, with its numbers, as a sentence."""
    numbers = ", ".join(f"{quantity.value} {text}" for quantity, text in reference_values(row))
    return f"Reference, in no statistic: {row.key}: {numbers or 'no number'}."


def references_of(rows: Sequence[ModelSummary], model: Model, quantity: Quantity) -> list[tuple[str, float]]:
    """Return the names and values of the reference rows for a chart of a model: of the same model, or else of all."""
    same = [row for row in rows if row.model.alias.lower() in (model.alias.lower(), model.key.lower())]
    values = [(row.key, _FIGURES[quantity](row)) for row in same or rows]
    return [(name, value) for name, value in values if value]


def all_reference_values(rows: Sequence[ModelSummary]) -> list[tuple[str, Quantity, str]]:
    """Return the name of each row, which has its machine, with each of its numbers."""
    return [(row.key, quantity, text) for row in rows for quantity, text in reference_values(row)]
