"""The workbench: the first screen, with models, streams, memory and results around a prompt line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import events, on

from tui import workspace as services
from tui.panes.models.pane import ModelsPane
from tui.panes.prompt.line import PromptLine
from tui.screens import dialogs, workbench
from tui.screens.frame.about import About
from tui.screens.frame.keys import HelpEntry, help_entries_of, keys_of
from tui.screens.workbench import commands, navigation
from tui.screens.workbench.first_steps import first_steps
from tui.screens.workbench.key_groups import grouped
from tui.screens.workbench.layout import PaneScreen
from tui.screens.workbench.pending_action import Action, PendingAction

if TYPE_CHECKING:
    from tui.screens.workbench.runs import RunController
    from tui.workspace.workspace import Workspace

_PALETTE_HELP: Final = HelpEntry("^p", "The palette: every command by its name, and all themes")


_ABOUT: Final = About(
    title="Workbench",
    words=(
        "Select models with space, press r: they answer the prompt side by side. Press b to measure them over several "
        "rounds, and e to take the table away. Each loaded model is a process of its own: if it dies, that is a row in "
        "the table, and the rest goes on."
    ),
    topic="workbench",
)


class Workbench(PaneScreen):
    """Holds the panes and, once the models have been found, the controller of the runs."""

    COMMAND_TABLE = commands.COMMANDS
    ABOUT = _ABOUT

    def __init__(self) -> None:
        super().__init__()
        self.runs: RunController | None = None
        """What runs and what is kept of it; ``None`` until the models have been found."""
        self._pending = PendingAction()

    def on_mount(self) -> None:
        self.top.show_status("looking for models")

    def open(self, workspace: Workspace) -> None:
        """Start to work with the models of this workspace, first with the action of a key that was pressed before."""
        self.models.set_models(workspace.models, workspace.chosen)
        self.memory.floor_of = workspace.model_pool.guard.floor_of
        self.prompt_line.text = self.prompt_line.text or workspace.prompt
        self.prompt_line.set_defaults(services.default_settings(workspace))
        self.runs = runs = workbench.RunController(self, workspace)
        runs.model_controller.show_loaded()
        runs.model_controller.start_keeping_warm()
        if self.focused is None:
            self.open_pane("models")
        for notice in workspace.notices:
            self.notify(notice, markup=False)
        action = self._pending.take()
        if action is not None:
            self.call_after_refresh(action, runs)

    def when_ready(self, action: Action) -> None:
        """Do this now or, while models are still looked for, once they have been found.

        So no key is lost that is pressed at once; of several the last one counts.
        """
        if self.runs is not None:
            action(self.runs)
            return
        self._pending.keep(action)
        self.top.show_status("looking for models, then it begins")

    def help_entries(self) -> list[HelpEntry]:
        """Make the lines of the help: every key of the workbench, whether it makes sense now or not."""
        return [*help_entries_of(keys_of(self.app, self)), _PALETTE_HELP]

    def help_groups(self) -> list[tuple[str, list[HelpEntry]]]:
        """Make the same lines in groups, by what the keys are for."""
        groups = grouped(keys_of(self.app, self))
        return [*groups[:-1], (groups[-1][0], [*groups[-1][1], _PALETTE_HELP])]

    @on(PromptLine.Submitted)
    def _ask_typed(self, event: PromptLine.Submitted) -> None:
        self.when_ready(lambda runs: runs.questions.send(event.text))

    @on(ModelsPane.SelectionChanged)
    @on(PromptLine.Changed)
    def _show_first_steps(self) -> None:
        """Say what the next key does, as long as no answer is shown."""
        listed, chosen = self.models.listed, self.models.chosen
        self.prompt_line.show_asked(len(chosen))
        if not self.streams.is_filled:
            self.streams.show_hint(first_steps(len(chosen), len(listed), self.prompt_line.text))

    @on(ModelsPane.ContextLimitRequested)
    def _ask_for_context(self, event: ModelsPane.ContextLimitRequested) -> None:
        if self.runs is not None and self.runs.is_free():
            self.runs.model_controller.ask_for_context(event.model)

    @on(ModelsPane.KeepWarmRequested)
    def _change_warmth(self, event: ModelsPane.KeepWarmRequested) -> None:
        if self.runs is not None:
            self.runs.model_controller.change_warmth(event.model)

    @on(PromptLine.FileWanted)
    def _take_file_as_prompt(self) -> None:
        def take(text: str | None) -> None:
            if text is not None:
                self.prompt_line.text = text
            self.prompt_line.take_focus()

        self.app.push_screen(dialogs.PromptFileDialog(), take)

    def on_paste(self, event: events.Paste) -> None:
        """Take what is pasted as the prompt, also if nothing is being typed: it is never taken for keys."""
        event.stop()
        self.prompt_line.take_focus()
        self.prompt_line.insert(event.text)

    def on_data_table_row_selected(self) -> None:
        """Open the charts on enter or a double click on a row of the results."""
        navigation.open_charts(self)
