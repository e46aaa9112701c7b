"""What the charts of a page have in common: the colours of the models and the sizes of plots and dots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tui.reports.context import ReportContext
from tui.reports.html.charts.chart import MODEL_COLOURS, Line

PLOT_HEIGHT: Final = 300
NARROW_PLOT_HEIGHT: Final = 240
DOT_RADIUS: Final = 2.8


def model_colours(context: ReportContext) -> dict[str, str]:
    """Return the class of each model's colour, which is the same in every chart."""
    return {summary.key: f"m{index % MODEL_COLOURS}" for index, summary in enumerate(context.summaries)}


def doubt_legend(reasons: Iterable[str]) -> list[tuple[str, str]]:
    """Return what the legend tells of the dots that are in doubt: an entry a reason; an empty reason is no doubt."""
    return [("doubted", f"in doubt: {reason}") for reason in dict.fromkeys(reasons) if reason]


def dots_of_rounds(
    colour: str, points: Sequence[tuple[float, float]], titles: Sequence[str], doubts: Sequence[str], radius: float
) -> list[Line]:
    """Return the dots of a model, and apart from them those whose values are in doubt, which their titles explain."""
    lines: list[Line] = []
    for classes, is_doubted in (("dot", False), ("doubted", True)):
        chosen = [index for index, doubt in enumerate(doubts) if bool(doubt) is is_doubted]
        if chosen:
            words = [titles[index] + (f"; in doubt, because {doubts[index]}" if is_doubted else "") for index in chosen]
            own = [points[index] for index in chosen]
            lines.append(Line(classes=f"{classes} {colour}", points=own, radius=radius, titles=words))
    return lines
