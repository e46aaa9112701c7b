"""The screen that ranks the models of the history by weights, and tells how sure the ranking is."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Final

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from tui import paths
from tui.bench.decision.candidates import (
    HistoryCandidates,
    can_be_chosen_from,
    candidates_of,
    latest_candidates,
)
from tui.library.origins import origin_finder
from tui.measure.decision import advice
from tui.measure.decision.ranking import choose
from tui.panes.decision.pane import FrontChart, RankingTable, WeightList, bullets, choice_summary
from tui.records import RunRecord
from tui.records.decision import PRESETS, Choice, Dimension, Limits
from tui.reports import decision as decision_report
from tui.reports.decision import Decision
from tui.screens.decision.commands import COMMANDS
from tui.screens.decision.limits import LimitsDialog, in_words
from tui.screens.dialogs.export import MarkdownExport
from tui.screens.frame.about import About
from tui.screens.frame.sub_screen import SubScreen
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.text.cells import printable
from tui.text.run_titles import run_and_time
from tui.text.tables import counted
from tui.workspace.workspace import Workspace

STEP: Final = 5
"""How far one press of an arrow key changes a weight."""
BESIDE, TALL, HUGE = 110, 34, 52
"""The least columns at which the chart stands beside the ranking, and the least rows at which it is large."""
_NONE: Final = "There is no benchmark to choose by yet: b measures the selected models."
_DIMENSIONS: Final = tuple(Dimension)


_ABOUT: Final = About(
    title="Choose",
    words=(
        "Which model suits best, by what counts for you: the arrow keys change the weights, and the ranking follows. "
        "The sentence on top names the model to take and why; below it stands what is doubtful about it."
    ),
    numbers=("TTFT", "decode rate", "peak RSS"),
    topic="choose",
)


class ChooseScreen(SubScreen):
    """Ranks the models of a run, or the latest benchmark of each model, by six weights, which the arrow keys change."""

    COMMAND_TABLE = COMMANDS
    ABOUT = _ABOUT
    SPARED = ("quit", "all-runs")
    DEFAULT_CSS = """
    ChooseScreen {
        #chosen-from { height: auto; max-height: 2; padding: 0 2; color: $text-muted; }
        #recommendation { height: auto; padding: 0 2; text-style: bold; }
        #doubts { height: auto; padding: 0 2; }
        &.-none #recommendation {
            height: 1fr;
            max-height: 100%;
            content-align: center middle;
            text-align: center;
            text-style: none;
            color: $text-muted;
        }
        &.-none #choose-body { display: none; }
        #choose-more { height: 1; padding: 0 2; color: $text-muted; }
        #choose-body { height: 1fr; scrollbar-size-vertical: 1; }
        #choose-panes { height: auto; layout: vertical; }
        .part {
            height: auto;
            border: round $border-blurred;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            padding: 0 1;
        }
        #remarks { height: auto; color: $text-muted; }
        #scores { height: auto; }
        &.-beside #choose-panes { layout: horizontal; }
        &.-beside #scores, &.-beside #picture { width: 1fr; }
        &.-tall FrontChart { height: 20; }
        &.-huge FrontChart { height: 36; }
    }
    """

    def __init__(self, workspace: Workspace, shown: RunRecord | None = None) -> None:
        """``shown`` is the run in the results, whose models are ranked first; without one all runs count."""
        super().__init__()
        self._workspace = workspace
        self._shown = shown if shown is not None and can_be_chosen_from(shown) else None
        self._references = shown.references if shown is not None else ()
        self._of_all_runs = self._shown is None
        self._candidates: HistoryCandidates | None = None
        self._limits = Limits()
        self._preset = next(iter(PRESETS))
        self._weights = dict(PRESETS[self._preset])
        self._selected = Dimension.QUALITY
        """The weight that the arrow keys change."""
        self.choice: Choice | None = None
        """The choice that is shown; ``None`` until the history is read."""

    def compose(self) -> ComposeResult:
        yield self.top
        yield Static("", id="chosen-from", markup=False)
        yield Static("", id="recommendation", markup=False)
        with VerticalScroll(id="choose-body", can_focus=False):
            yield Static("", id="doubts", markup=False)
            with Vertical(classes="part") as ranking:
                ranking.border_title = "Ranking: score from 0 to 100 among these models"
                yield RankingTable(markup=False)
            with Container(id="choose-panes"):
                with Vertical(id="scores"):
                    with Vertical(classes="part") as weights:
                        weights.border_title = "Weights"
                        weights.border_subtitle = "↑↓ picks, ←→ changes"
                        yield WeightList(markup=False)
                    with Vertical(classes="part") as remarks:
                        remarks.border_title = "How sure, and what would change it"
                        yield Static("", id="remarks", markup=False)
                with Vertical(id="picture", classes="part") as picture:
                    picture.border_title = "Quality (up) against speed (right)"
                    yield FrontChart()
        yield Static("", id="choose-more", markup=False)
        yield self.footer

    def on_mount(self) -> None:
        self._fit(self.app.size)
        body = self.query_one("#choose-body")
        self.watch(body, "scroll_y", self._show_rest, init=False)
        self.watch(body, "virtual_size", self._show_rest, init=False)
        self.top.show_status("looking through the history")
        self._look()

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size)
        self.call_after_refresh(self._show)

    @property
    def has_candidates(self) -> bool:
        """Whether there are models to choose from."""
        return self._candidates is not None

    @property
    def can_take_all_runs(self) -> bool | None:
        """Whether the models of a run can be changed for those of all runs, and back."""
        return (self._shown is not None and self.has_candidates) or None

    def toggle_all_runs(self) -> None:
        """Rank the latest benchmark of every model, or only the models of the run in the results."""
        self._of_all_runs = not self._of_all_runs
        self._look()

    def take_next_preset(self) -> None:
        """Take the weights of the next preset."""
        names = list(PRESETS)
        index = names.index(self._preset) if self._preset in names else -1
        self._preset = names[(index + 1) % len(names)]
        self._weights = dict(PRESETS[self._preset])
        self._show()

    def select_weight(self, step: int) -> None:
        """Select the weight ``step`` lines below the present one, or above it if ``step`` is negative."""
        index = _DIMENSIONS.index(self._selected)
        self._selected = _DIMENSIONS[(index + step) % len(_DIMENSIONS)]
        self._show()

    def change_weight(self, step: int) -> None:
        """Change the selected weight by ``step`` times five; it does not fall below 0."""
        self._weights[self._selected] = max(0.0, self._weights[self._selected] + step * STEP)
        self._preset = "own weights"
        self._show()

    def scroll_pages(self, step: int) -> None:
        """Scroll down by a page, or up if ``step`` is negative."""
        body = self.query_one("#choose-body")
        body.scroll_relative(y=step * max(1, body.size.height - 2), animate=False)

    def _show_rest(self) -> None:
        """Tell how many lines are below what is seen."""
        body = self.query_one("#choose-body")
        below = round(body.max_scroll_y - body.scroll_y)
        self.query_one("#choose-more", Static).update(f"↓ {counted(below, 'more line')}: pgdn" if below > 0 else "")

    def ask_for_limits(self) -> None:
        """Ask for the hard limits, and apply them."""

        def keep(limits: Limits | None) -> None:
            if limits is not None:
                self._limits = limits
                self._show()

        self.app.push_screen(LimitsDialog(self._limits), keep)

    def ask_for_export(self) -> None:
        """Ask where to write the choice, and write it as Markdown."""
        decision = self._decision
        if decision is None:
            self.notify("There is no choice to write yet.")
            return
        self.app.push_screen(MarkdownExport("choice", lambda: decision_report.markdown(decision)))

    def _fit(self, size: Size) -> None:
        self.set_class(size.width >= BESIDE, "-beside")
        self.set_class(size.height >= TALL, "-tall")
        self.set_class(size.height >= HUGE, "-huge")

    @work(group="choose", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        run = None if self._of_all_runs else self._shown
        result = await asyncio.to_thread(_read_candidates, self._workspace, run)
        if isinstance(result, str):
            self.top.show_status("")
            self.add_class("-none")
            self.query_one("#recommendation", Static).update(Content(printable(result)))
            return
        self._candidates = result
        self._show()
        self.refresh_bindings()

    @property
    def _decision(self) -> Decision | None:
        """The choice by the present weights and limits, with the models that it was made from."""
        runs = self._candidates
        if runs is None:
            return None
        return Decision(
            choice=choose(runs.candidates, self._weights, self._limits),
            candidates=runs.candidates,
            preset=self._preset,
            differences=runs.differences,
            untrusted=runs.untrusted,
            references=self._references,
        )

    def _show(self) -> None:
        decision = self._decision
        if decision is None:
            return
        self.choice = choice = decision.choice
        self.top.show_status(
            " · ".join(filter(None, (f"weights: {self._preset}", choice_summary(choice), in_words(self._limits))))
        )
        self.query_one("#chosen-from", Static).update(Content(printable(self._origin())))
        self.query_one("#recommendation", Static).update(Content(printable(advice.verdict(choice))))
        self.query_one("#doubts", Static).update(Content(printable(" ".join(advice.doubts(choice)))))
        self.query_one(WeightList).show(self._weights, choice.shares, self._selected)
        table = self.query_one(RankingTable)
        table.show(choice.ranking, table.size.width or self.app.size.width // 2)
        self.query_one(FrontChart).show(choice.spots)
        lines = [printable(sentence) for sentence in decision_report.remarks(decision)]
        remarks = self.query_one("#remarks", Static)
        # One cell is left for the scrollbar, which may come with these lines.
        remarks.update(bullets(lines, (remarks.content_size.width or self.app.size.width // 2) - 1))

    def _origin(self) -> str:
        """Tell which runs the models are from, and the key that changes that."""
        if self._shown is None:
            return "From the latest benchmark of every model in the history."
        shown = run_and_time(self._shown)
        if self._of_all_runs:
            return f"From the latest benchmark of every model. A ranks only the models of the {shown}."
        return f"From the {shown}. A ranks the models of all runs."


def _read_candidates(workspace: Workspace, run: RunRecord | None) -> HistoryCandidates | str:
    """Read the models to choose from, or give the reason why there are none. It reads the disk: for a thread.

    ``None`` takes the latest benchmark of every model.
    """
    file = workspace.history_file
    if file is None or not paths.exists(file):
        return _NONE
    try:
        with closing(History(file)) as history:
            describe = origin_finder(workspace.models, workspace.configured)
            if run is None:
                found = latest_candidates(history, describe)
            else:
                found = candidates_of(history, history.run(run.run_id), describe, only_available=True)
    except HistoryError as error:
        return f"{error}."
    return found if found.candidates else _NONE
