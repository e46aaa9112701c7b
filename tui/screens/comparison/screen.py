"""The screen that compares two or more runs: how each number has changed, and how sure that is."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.measure.comparison.compare import compare_all, references
from tui.panes.comparison.pane import ComparisonPane
from tui.records import RunRecord
from tui.records.comparison import Comparison
from tui.reports import comparison
from tui.screens.dialogs.export import MarkdownExport
from tui.screens.frame.sub_screen import SubScreen
from tui.text import units


def compare_runs(runs: tuple[RunRecord, ...], relative_to: str | None) -> tuple[Comparison, ...]:
    """Compare each of the later runs with the first. Call it in a thread: it resamples the launches many times."""
    return compare_all(runs[0], runs[1:], relative_to)


class CompareScreen(SubScreen):
    """Shows the comparison of some runs, which is computed in a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "prompts", "Prompts", tooltip="Single prompts below each number, or not", id="compare-prompts"),
        Binding("a", "anyway", "Compare anyway", tooltip="Compare what was not asked the same", id="compare-anyway"),
        Binding(
            "r",
            "relative",
            "Relative to",
            tooltip="Relative to a model that took turns: what slowed both is left out; r again for the next model",
            id="compare-relative",
        ),
        Binding("e", "export", "Export", tooltip="Write the comparison as Markdown", id="compare-export"),
        Binding("escape,d", "leave", "Back", key_display="esc", tooltip="Back to where this began", id="compare-leave"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="Every key", id="compare-help"),
    ]

    def __init__(self, runs: tuple[RunRecord, ...]) -> None:
        """``runs`` have their samples; all others are compared with the first."""
        super().__init__()
        self._runs = runs
        self._comparisons: tuple[Comparison, ...] = ()
        self._references: tuple[str | None, ...] = (None,)
        """The models relative to which the runs can be compared, the present one first; ``None`` is no model."""
        self.pane = ComparisonPane(runs)

    def compose(self) -> ComposeResult:
        yield self.top
        yield self.pane
        yield self.footer

    def on_mount(self) -> None:
        self.top.show_status(f"{units.count(len(self._runs))} runs")
        self.pane.query_one("#comparison-scroll").focus()
        self._compare()

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """One comparison for each of the later runs; empty until they are computed."""
        return self._comparisons

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys that make no sense for this comparison."""
        if action == "anyway":
            return self.pane.refused
        shown = bool(self._comparisons) and not self.pane.refused
        if action == "prompts":
            return shown and any(row.by_prompt for row in self._comparisons)
        if action == "relative":
            return shown and len(self._references) > 1
        if action == "export":
            return shown
        return super().check_action(action, parameters)

    def action_prompts(self) -> None:
        """Show the single prompts below each number, or hide them."""
        self.pane.toggle_prompts()

    def action_relative(self) -> None:
        """Compare relative to the next model that took turns; after the last one, compare the plain numbers."""
        self._references = (*self._references[1:], self._references[0])
        self._compare()

    def action_anyway(self) -> None:
        """Compare the runs although their plans differ."""
        self.pane.show_anyway()
        self.refresh_bindings()

    def action_export(self) -> None:
        """Ask where to write the comparison, and write it as Markdown."""
        runs, comparisons = self._runs, self._comparisons
        self.app.push_screen(MarkdownExport("comparison", lambda: comparison.markdown(runs, comparisons)))

    @work(group="compare", exclusive=True, exit_on_error=False)
    async def _compare(self) -> None:
        if not self._comparisons:
            self._references = (None, *await asyncio.to_thread(references, self._runs))
        self._comparisons = await asyncio.to_thread(compare_runs, self._runs, self._references[0])
        self.pane.show(self._comparisons)
        self.refresh_bindings()
