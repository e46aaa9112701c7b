"""Two or more runs side by side: what became of the numbers, and how sure that is."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.panes.comparison.pane import ComparisonPane
from tui.records import RunRecord
from tui.records.comparison import Comparison
from tui.screens.frame.sub_screen import SubScreen
from tui.text import units


def compare_runs(runs: tuple[RunRecord, ...], relative_to: str | None) -> tuple[Comparison, ...]:
    """Each of the later runs against the first. For a thread: it draws launches hundreds of times."""
    from tui.measure.comparison.compare import compare_all

    return compare_all(runs[0], runs[1:], relative_to)


def possible_references(runs: tuple[RunRecord, ...]) -> tuple[str, ...]:
    """For a thread, as above."""
    from tui.measure.comparison.compare import references

    return references(runs) if runs else ()


class CompareScreen(SubScreen):
    """Works the comparison out beside the event loop, and shows it."""

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
        """``runs`` are whole, with their samples; the first is what the others are held against."""
        super().__init__()
        self._runs = runs
        self._found: tuple[Comparison, ...] = ()
        self._references: tuple[str | None, ...] = (None,)
        self.pane = ComparisonPane(runs)

    def compose(self) -> ComposeResult:
        yield self.top
        yield self.pane
        yield self.footer

    def on_mount(self) -> None:
        self.top.say(f"{units.count(len(self._runs))} runs")
        self.pane.query_one("#comparison-scroll").focus()
        self._compare()

    @property
    def found(self) -> tuple[Comparison, ...]:
        """What was worked out; empty until then."""
        return self._found

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the comparison has no use for is not offered."""
        if action == "anyway":
            return self.pane.refused
        shown = bool(self._found) and not self.pane.refused
        if action == "prompts":
            return shown and any(each.by_prompt for each in self._found)
        if action == "relative":
            return shown and len(self._references) > 1
        if action == "export":
            return shown
        return super().check_action(action, parameters)

    def action_prompts(self) -> None:
        """Show single prompts, or headlines alone."""
        self.pane.toggle_prompts()

    def action_relative(self) -> None:
        """Compare relative to the next model that took turns; after the last as measured."""
        self._references = (*self._references[1:], self._references[0])
        self._compare()

    def action_anyway(self) -> None:
        """Compare runs that were not asked the same."""
        self.pane.show_anyway()
        self.refresh_bindings()

    def action_export(self) -> None:
        """Ask where to write the comparison, and write it."""
        from tui.reports import comparison
        from tui.screens.dialogs.export import MarkdownExport

        runs, found = self._runs, self._found

        self.app.push_screen(MarkdownExport("comparison", lambda: comparison.markdown(runs, found)))

    @work(group="compare", exclusive=True, exit_on_error=False)
    async def _compare(self) -> None:
        if not self._found:
            self._references = (None, *await asyncio.to_thread(possible_references, self._runs))
        self._found = await asyncio.to_thread(compare_runs, self._runs, self._references[0])
        self.pane.show(self._found)
        self.refresh_bindings()
