"""Choosing among the models of the history: turn a weight, and see who is first, and how surely."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from tui import paths
from tui.measure.decision import advice
from tui.measure.decision.ranking import choose
from tui.panes.decision.pane import FrontChart, RankingTable, WeightList, of_choice
from tui.records.decision import PRESETS, Choice, Dimension, Limits
from tui.screens.frame.sub_screen import SubScreen
from tui.text.cells import printable
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.bench.decision.candidates import Found
    from tui.reports.decision import Decision

STEP: Final = 5
BESIDE, TALL = 110, 34
"""Columns from which the picture stands beside the ranking, and rows from which it is large."""
_NONE: Final = "There is no benchmark to choose by yet: b measures the selected models."
_DIMENSIONS: Final = tuple(Dimension)


class ChooseScreen(SubScreen):
    """Six weights on each model's latest benchmark."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "preset", "Preset", tooltip="The weights of the next use", id="choose.preset"),
        Binding("up", "pick(-1)", "Weight", key_display="↑↓", tooltip="Which weight to turn", id="choose.pick"),
        Binding("down", "pick(1)", "Weight", show=False),
        Binding("left", "turn(-1)", "Turn", key_display="←→", tooltip="Turn it by 5", id="choose.turn"),
        Binding("right", "turn(1)", "Turn", show=False),
        Binding("pageup", "scroll(-1)", "Page up", key_display="pgup, pgdn", tooltip="Scroll", show=False),
        Binding("pagedown", "scroll(1)", "Page down", show=False),
        Binding(
            "l",
            "limit",
            "Limits",
            tooltip="Leave out what is too large, too slow or of another licence",
            id="choose.limit",
        ),
        Binding("e", "export", "Export", tooltip="Write the choice as Markdown", id="choose.export"),
        Binding("escape,a", "leave", "Back", key_display="esc", tooltip="Back to the workbench", id="choose.leave"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="Every key", id="choose.help"),
    ]

    DEFAULT_CSS = """
    ChooseScreen {
        #recommendation { height: auto; max-height: 4; padding: 0 2; margin-bottom: 1; text-style: bold; }
        &.-none #recommendation {
            height: 1fr;
            max-height: 100%;
            content-align: center middle;
            text-align: center;
            text-style: none;
            color: $text-muted;
        }
        &.-none #choose-body { display: none; }
        #choose-body { height: 1fr; scrollbar-size-vertical: 1; }
        #choose-panes { height: auto; layout: vertical; }
        .part {
            height: auto;
            border: round $border-blurred;
            border-title-color: $foreground;
            border-title-style: bold;
            padding: 0 1;
        }
        #remarks { height: auto; color: $text-muted; }
        #scores { height: auto; }
        &.-beside #choose-panes { layout: horizontal; }
        &.-beside #scores, &.-beside #picture { width: 1fr; }
        &.-tall FrontChart { height: 24; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._found: Found | None = None
        self._limits = Limits()
        self._preset = next(iter(PRESETS))
        self._weights = dict(PRESETS[self._preset])
        self._turned = Dimension.QUALITY
        self.choice: Choice | None = None
        """What is shown."""

    def compose(self) -> ComposeResult:
        yield self.top
        yield Static("", id="recommendation", markup=False)
        with VerticalScroll(id="choose-body", can_focus=False), Container(id="choose-panes"):
            with Vertical(id="scores"):
                with Vertical(classes="part") as weights:
                    weights.border_title = "Weights"
                    yield WeightList(markup=False)
                with Vertical(classes="part") as ranking:
                    ranking.border_title = "Ranking"
                    yield RankingTable(markup=False)
                with Vertical(classes="part") as remarks:
                    remarks.border_title = "How sure, and what would change it"
                    yield Static("", id="remarks", markup=False)
            with Vertical(id="picture", classes="part") as picture:
                picture.border_title = "Quality against speed"
                yield FrontChart()
        yield self.footer

    def on_mount(self) -> None:
        self._fit(self.app.size)
        self.top.say("looking through the history")
        self._look()

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size)
        self.call_after_refresh(self._show)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where there is nothing to choose from, there is nothing to turn either."""
        if action in ("preset", "pick", "turn", "limit", "export") and self._found is None:
            return None
        return super().check_action(action, parameters)

    def action_preset(self) -> None:
        """Take the weights of the next use."""
        names = list(PRESETS)
        place = names.index(self._preset) if self._preset in names else -1
        self._preset = names[(place + 1) % len(names)]
        self._weights = dict(PRESETS[self._preset])
        self._show()

    def action_pick(self, step: int) -> None:
        """Which weight the arrows turn."""
        place = _DIMENSIONS.index(self._turned)
        self._turned = _DIMENSIONS[(place + step) % len(_DIMENSIONS)]
        self._show()

    def action_turn(self, step: int) -> None:
        """Turn the weight, down to nothing."""
        self._weights[self._turned] = max(0.0, self._weights[self._turned] + step * STEP)
        self._preset = "own weights"
        self._show()

    def action_scroll(self, step: int) -> None:
        """Show what is below, or above."""
        body = self.query_one("#choose-body")
        body.scroll_relative(y=step * max(1, body.size.height - 2), animate=False)

    def action_limit(self) -> None:
        """Ask for hard limits."""
        from tui.screens.decision.limits import LimitsDialog

        def keep(limits: Limits | None) -> None:
            if limits is not None:
                self._limits = limits
                self._show()

        self.app.push_screen(LimitsDialog(self._limits), keep)

    def action_export(self) -> None:
        """Ask where the choice goes."""
        decision = self._decision
        if decision is None:
            self.notify("There is no choice to write yet.")
            return
        from tui.reports import decision as choice_report
        from tui.screens.dialogs.export import MarkdownExport

        self.app.push_screen(MarkdownExport("choice", lambda: choice_report.markdown(decision)))

    def _fit(self, size: Size) -> None:
        self.set_class(size.width >= BESIDE, "-beside")
        self.set_class(size.height >= TALL, "-tall")

    @work(group="choose", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        found = await asyncio.to_thread(_found, self._workspace)
        if isinstance(found, str):
            self.top.say("")
            self.add_class("-none")
            self.query_one("#recommendation", Static).update(Content(printable(found)))
            return
        self._found = found
        self._show()
        self.refresh_bindings()

    @property
    def _decision(self) -> Decision | None:
        """The choice with what it was made from."""
        found = self._found
        if found is None:
            return None
        from tui.reports.decision import Decision

        return Decision(
            choice=choose(found.candidates, self._weights, self._limits),
            candidates=found.candidates,
            preset=self._preset,
            differences=found.differences,
            untrusted=found.untrusted,
        )

    def _show(self) -> None:
        decision = self._decision
        if decision is None:
            return
        from tui.reports.decision import remarks
        from tui.screens.decision.limits import in_words

        self.choice = choice = decision.choice
        self.top.say(" · ".join(filter(None, (self._preset, of_choice(choice), in_words(self._limits)))))
        self.query_one("#recommendation", Static).update(Content(printable(advice.recommendation(choice))))
        self.query_one(WeightList).show(self._weights, choice.shares, self._turned)
        table = self.query_one(RankingTable)
        table.show(choice.ranking, table.size.width or self.app.size.width // 2)
        self.query_one(FrontChart).show(choice.spots)
        lines = [printable(sentence) for sentence in remarks(decision)]
        self.query_one("#remarks", Static).update(Content("\n").join([Content(f"· {line}") for line in lines]))


def _found(workspace: Workspace) -> Found | str:
    """What there is to choose from, or why there is nothing. For a thread: it reads the history."""
    from tui.bench.decision.candidates import latest_candidates
    from tui.library.origins import describing
    from tui.store.errors import HistoryError
    from tui.store.history import History

    file = workspace.history_file
    if file is None or not paths.exists(file):
        return _NONE
    try:
        history = History(file)
        try:
            found = latest_candidates(history, describing(workspace.models, workspace.configured))
        finally:
            history.close()
    except HistoryError as error:
        return f"{error}."
    return found if found.candidates else _NONE
