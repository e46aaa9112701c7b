"""What the charts of a page have in common: the colours of the models and the sizes of plots and dots."""

from __future__ import annotations

from typing import Final

from tui.reports.context import ReportContext
from tui.reports.html.charts.chart import MODEL_COLOURS

PLOT_HEIGHT: Final = 300
NARROW_PLOT_HEIGHT: Final = 240
DOT_RADIUS: Final = 2.8


def model_colours(context: ReportContext) -> dict[str, str]:
    """Return the class of each model's colour, which is the same in every chart."""
    return {summary.key: f"m{index % MODEL_COLOURS}" for index, summary in enumerate(context.summaries)}
