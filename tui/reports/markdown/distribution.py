"""The Markdown section on how numbers spread: tables, histograms, outliers and drift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from tui.records import RunRecord
from tui.reports.context import ReportContext
from tui.reports.markdown.elements import MARKUP, joined, nested_list
from tui.reports.sections.distribution import (
    SpreadRow,
    distribution_explained,
    distribution_notes,
    distribution_parts,
)
from tui.text.cells import cells_of, padded
from tui.text.escape import markdown_block, visible
from tui.text.tables import drawn

_BINS: Final = 24
_SAME: Final = 1e-9
"""Values that differ by a smaller share are the same."""
_BLOCKS: Final = " ▁▂▃▄▅▆▇█"


def distribution_section(context: ReportContext) -> str:
    """Write the section; it is empty if nothing was measured."""
    parts = distribution_parts(context)
    if not parts:
        return ""
    content: list[str] = []
    for part in parts:
        content += [f"### {part.title}", drawn(part.columns, part.rows), _histograms(context.run, part.rows)]
        if part.interval_columns:
            content.append(drawn(part.interval_columns, part.rows))
        if part.launch_columns:
            content.append(drawn(part.launch_columns, part.rows))
    notes = distribution_notes(context.run, parts, MARKUP)
    return joined("## Distribution", *content, distribution_explained(context.run, parts, "`*`"), nested_list(notes))


def _histograms(run: RunRecord, rows: Sequence[SpreadRow]) -> str:
    """Write a line a model, from its least to its greatest value."""
    names = [visible(row.name(run)) for row in rows]
    minima = [row.show(row.distribution.minimum) for row in rows]
    name_width, minimum_width = max(map(cells_of, names)), max(map(len, minima))
    lines = (
        f"{padded(name, name_width)}  {minimum:>{minimum_width}} {_bars(row.values(run))} "
        f"{row.show(row.distribution.maximum)}"
        for name, minimum, row in zip(names, minima, rows, strict=True)
    )
    return markdown_block("\n".join(lines))


def _bars(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    # Values that differ only by rounding have no room for bins between them, and count as one value.
    if high - low <= abs(high) * _SAME:
        values, low, high = [0.0] * len(values), 0.0, 0.0
    counts, _ = np.histogram(values, bins=_BINS, range=(low, high))
    tops = np.ceil(counts / counts.max() * (len(_BLOCKS) - 1)).astype(int)
    return "".join(_BLOCKS[top] for top in tops)
