"""The panel of right answers over the length of the context and over the load."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.measure.answers.quality_steps import quality_over_length, quality_over_load
from tui.panes.charts.quality import QualityPlot, RateBar, RateChart
from tui.records import RunRecord
from tui.records.grading.steps import QualitySteps
from tui.reports.sections.quality.steps import STEPS_TITLES, rate_text, step_name, steps_sentence


def rate_charts(run: RunRecord, key: str) -> tuple[RateChart, ...]:
    """Make the charts of one model; none if the run has one length and one load."""
    every = (quality_over_length(run, key), quality_over_load(run, key))
    return tuple(_chart(steps) for steps in every if steps is not None)


def _chart(steps: QualitySteps) -> RateChart:
    bars = [
        RateBar(
            name=step_name(steps, step),
            rate=step.rate.rate if step.rate else None,
            interval=step.rate.interval if step.rate else None,
            words=rate_text(step.rate),
        )
        for step in steps.steps
    ]
    return RateChart(STEPS_TITLES[steps.across], bars, steps_sentence(steps))


class QualityPanel(Vertical):
    """The right answers of one model, step by step."""

    DEFAULT_CSS = """
    QualityPanel {
        display: none;
        width: 1fr;
        border: round $border-blurred;
        border-title-color: $foreground;
        border-title-style: bold;
        padding: 0 1;
    }
    """

    def __init__(self) -> None:
        super().__init__(id="right-answers")
        self.border_title = "Right answers"
        self.plot = QualityPlot()

    def compose(self) -> ComposeResult:
        yield self.plot

    def show(self, charts: Sequence[RateChart]) -> None:
        """Show the charts of one model."""
        self.plot.show(charts)
