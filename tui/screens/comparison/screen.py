"""The screen that compares two or more runs: how each number has changed, and how sure that is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from textual import work
from textual.app import ComposeResult

from tui.measure.comparison.compare import compare_all, reference_models
from tui.measure.comparison.reference_rows import reference_sentence
from tui.panes.comparison import rows
from tui.panes.comparison.pane import ComparisonPane
from tui.records import RunRecord
from tui.records.comparison import Comparison, Outcome
from tui.reports import comparison
from tui.screens.dialogs.export import MarkdownExport
from tui.screens.frame.about import About
from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import HELP, SubScreen, leave_command
from tui.store.errors import HistoryError
from tui.text.tables import counted
from tui.workspace.launch_spread import launch_spreads

_COMMANDS: Final[tuple[Command[CompareScreen], ...]] = (
    Command(
        "prompts",
        "i",
        "Prompts",
        "Single prompts below each number, or not",
        lambda screen: screen.pane.toggle_prompts(),
        lambda screen: screen.is_shown and any(row.by_prompt for row in screen.comparisons),
        show=True,
        why_not=lambda _: "There is no number by prompt here.",
    ),
    Command(
        "anyway",
        "y",
        "Compare anyway",
        "Compare what was not asked the same",
        lambda screen: screen.compare_anyway(),
        lambda screen: screen.pane.refused,
        show=True,
    ),
    Command(
        "another",
        "d",
        "Compare",
        "Choose another run to compare with",
        lambda screen: screen.choose_another() if screen.choose_another is not None else None,
        lambda screen: screen.choose_another is not None,
        show=True,
    ),
    Command(
        "relative",
        "B",
        "Relative to",
        "Relative to a model that took turns: what slowed both is left out; B again for the next model",
        lambda screen: screen.compare_with_next_reference(),
        lambda screen: screen.is_shown and screen.has_references,
        show=True,
        why_not=lambda _: "No model took turns in both runs, so there is none to compare relative to.",
    ),
    Command(
        "export",
        "e",
        "Export",
        "Write the comparison as Markdown",
        lambda screen: screen.ask_for_export(),
        lambda screen: screen.is_shown,
        show=True,
        why_not=lambda _: "There is no comparison to write yet.",
    ),
    leave_command("Back to where this began"),
    HELP,
)


def compare_runs(runs: tuple[RunRecord, ...], relative_to: str | None) -> tuple[Comparison, ...]:
    """Compare each of the later runs with the first. Call it in a thread: it resamples the launches many times."""
    return compare_all(runs[0], runs[1:], relative_to)


_ABOUT: Final = About(
    title="Comparison",
    words=(
        "How each number of each model changed from run A to the later one, and how sure that is. A change counts only "
        "if its interval leaves out 0."
    ),
    numbers=("TTFT", "decode rate", "prefill rate", "E2E", "peak RSS", "launch", "95 % interval", "p50"),
    topic="compare",
)


class CompareScreen(SubScreen):
    """Shows the comparison of some runs, which is computed in a thread."""

    COMMAND_TABLE = _COMMANDS
    ABOUT = _ABOUT

    def __init__(
        self,
        runs: tuple[RunRecord, ...],
        history_file: Path | None = None,
        shown_id: str | None = None,
        choose_another: Callable[[], None] | None = None,
    ) -> None:
        """``runs`` have their samples; all others are compared with the first. ``choose_another`` asks for other runs.

        Single launches are held against how far runs of the history differ. ``shown_id`` is the run in the results.
        """
        super().__init__()
        self._runs = runs
        self._history_file = history_file
        self._shown_id = shown_id
        self.choose_another = choose_another
        self._comparisons: tuple[Comparison, ...] = ()
        self._references: tuple[str | None, ...] = (None,)
        """The models relative to which the runs can be compared, the present one first; ``None`` is no model."""
        self.pane = ComparisonPane(runs, [reference_sentence(row) for run in runs[:1] for row in run.references])
        self.pane.can_choose_another = choose_another is not None

    def compose(self) -> ComposeResult:
        yield self.top
        yield self.pane
        yield self.footer

    def on_mount(self) -> None:
        sides = [rows.side_letter(index) for index, run in enumerate(self._runs) if run.run_id == self._shown_id]
        self.top.show_status(f"{sides[0]} is the run in Results" if sides else counted(len(self._runs), "run"))
        self.pane.query_one("#comparison-scroll").focus()
        self._compare()

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """One comparison for each of the later runs; empty until they are computed."""
        return self._comparisons

    @property
    def is_shown(self) -> bool:
        """Whether numbers are shown: they are computed, and the runs can be compared."""
        return bool(self._comparisons) and not self.pane.refused

    @property
    def has_references(self) -> bool:
        """Whether the runs can be compared relative to a model."""
        return len(self._references) > 1

    def compare_with_next_reference(self) -> None:
        """Compare relative to the next model that took turns; after the last one, compare the plain numbers."""
        self._references = (*self._references[1:], self._references[0])
        self._compare()

    def compare_anyway(self) -> None:
        """Compare the runs although their plans differ."""
        self.pane.show_anyway()
        self.refresh_bindings()

    def ask_for_export(self) -> None:
        """Ask where to write the comparison, and write it as Markdown."""
        runs, comparisons = self._runs, self._comparisons
        self.app.push_screen(MarkdownExport("comparison", lambda: comparison.markdown(runs, comparisons)))

    @work(group="compare", exclusive=True, exit_on_error=False)
    async def _compare(self) -> None:
        if not self._comparisons:
            self._references = (None, *await asyncio.to_thread(reference_models, self._runs))
        self._comparisons = await asyncio.to_thread(compare_runs, self._runs, self._references[0])
        self.pane.show(self._comparisons)
        self.refresh_bindings()
        changes = [change for found in self._comparisons for change in found.changes]
        if self._history_file is not None and any(change.outcome is Outcome.CANNOT_TELL for change in changes):
            with suppress(HistoryError):
                first, *others = self._runs
                compared = {run.run_id for run in others}
                spreads = await asyncio.to_thread(launch_spreads, self._history_file, first, compared)
                self.pane.show_spreads(spreads)
