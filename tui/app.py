"""The Textual application: colours, the workbench, and a clean end."""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import events, on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.constants import DEFAULT_THEME
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.geometry import Size
from textual.screen import Screen
from textual.theme import Theme
from textual.worker import Worker, WorkerFailed, WorkerState

from tui import palette, paths
from tui import workspace as services
from tui.panes.memory.pane import MemoryPane
from tui.panes.models.pane import ModelList
from tui.panes.streams.pane import StreamsPane
from tui.panes.widgets.app_type import worker_of
from tui.screens.workbench.charting import ChartingScreen
from tui.screens.workbench.layout import PaneScreen
from tui.screens.workbench.loaded import ModelScreen
from tui.screens.workbench.resuming import ResumeScreen
from tui.screens.workbench.screen import Workbench
from tui.screens.workbench.weighing import WeighingScreen

if TYPE_CHECKING:
    from tui.workspace.session import Session
    from tui.workspace.workspace import Workspace

log = logging.getLogger(__name__)

STOP_LIMIT_S: Final = 1.5
CLOSE_LIMIT_S: Final = 3.0
EXIT_UNEXPECTED: Final = 1
EXIT_CONFIGURATION: Final = 2
_TEXTUAL_DEFAULT: Final = "textual-dark"
_PALETTE_ROOM: Final = Size(12, 6)


class BenchtopApp(App[int]):
    """Shows the workbench; the models are looked for while it is already on the screen."""

    TITLE = "Benchtop"
    CSS_PATH = Path(__file__).with_name("app.tcss")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", key_display="?", tooltip="Every key and every number", id="help"),
        Binding("q", "quit", "Quit", tooltip="End the models and leave; ctrl+q does so from anywhere", id="quit"),
        Binding("t", "change_brightness", "Theme", tooltip="Change between dark and light", show=False, id="theme"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]

    def __init__(self, opener: Callable[[], Workspace]) -> None:
        super().__init__()
        self.workbench = Workbench()
        self._opener = opener
        for theme in palette.THEMES:
            self.register_theme(theme)
        if DEFAULT_THEME == _TEXTUAL_DEFAULT:
            # Chosen as a person would, all styles would be read and worked out twice before the first frame.
            self.set_reactive(BenchtopApp.theme, palette.remembered(self.available_themes))
            self.stylesheet.set_variables(self.get_css_variables())
        self._kept_theme = self.theme
        self._leaving = False

    @property
    def session(self) -> Session | None:
        return self.workbench.session

    def get_default_screen(self) -> Screen[None]:
        """The workbench itself: another screen below it would be laid out and painted first."""
        self.workbench.fit(self.size)
        return self.workbench

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, self._keep_theme)
        self.call_after_refresh(self._look_for_models)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every key of the app by its name; of Textual's own commands those that have no key here."""
        bindings = declared_bindings() if screen is self.workbench else bindings_of(type(screen))
        for binding in bindings:
            if binding.tooltip and binding.id and screen.check_action(binding.action, ()) is not False:
                do = functools.partial(self._do, binding.action, screen)
                yield SystemCommand(binding.description, binding.tooltip, do)
        yield SystemCommand("Colours", "Choose among all colour themes", self.action_change_theme)
        yield SystemCommand("Screenshot", "Save the screen as SVG", self._save_screen)

    def action_command_palette(self) -> None:
        """Open the palette where it has room: in a smaller terminal its list would end the app."""
        if _has_palette_room(self.size):
            super().action_command_palette()

    def on_resize(self, event: events.Resize) -> None:
        """Leave the palette before it has no room any more."""
        if not _has_palette_room(event.size) and isinstance(self.screen, CommandPalette):
            self.pop_screen()

    def action_help(self) -> None:
        """Show every key and every definition."""
        # Imported here, as every dialog: the first frame should not wait for it.
        from tui.screens.frame.help import HelpScreen
        from tui.screens.frame.keys import HelpEntry

        keys = [
            HelpEntry(binding.key_display or self.get_key_display(binding), binding.tooltip)
            for binding in declared_bindings()
            if binding.tooltip
        ]
        keys.append(HelpEntry("^p", "The palette: every command by its name, and all themes"))
        self.push_screen(HelpScreen(keys, of_workbench=True))

    def action_change_brightness(self) -> None:
        """From any dark theme to the light one, and back."""
        self.theme = palette.LIGHT.name if self.current_theme.dark else palette.DARK.name

    async def action_quit(self) -> None:
        """Leave; a running benchmark or download is asked for first, and a second time leaves at once."""
        if self._leaving:
            self.exit(0)
            return
        from tui.screens.dialogs.leaving import question_before_leaving
        from tui.screens.dialogs.question import ConfirmDialog

        question = question_before_leaving(self.session) if self.session is not None else None
        if question is None:
            self._leave()
        elif not isinstance(self.screen, ConfirmDialog):
            self.push_screen(question, self._leave_if)

    def _leave_if(self, sure: bool | None) -> None:
        if sure:
            self._leave()

    @work(group="leave", exclusive=True, exit_on_error=False)
    async def _leave(self) -> None:
        """Stop what runs, end the models, and go; none of it may take long."""
        self._leaving = True
        session = self.session
        if session is not None:
            self.workbench.top.show_status("ending the models")
            session.stop()
            await session.wait(STOP_LIMIT_S)
            await session.close(CLOSE_LIMIT_S)
        self.exit(0)

    @work(group="open", exclusive=True, exit_on_error=False)
    async def _look_for_models(self) -> None:
        # Imported here: reading configuration files needs it, the first frame does not.
        from tui.json_file import ConfigError

        try:
            workspace = await asyncio.to_thread(self._opener)
        except ConfigError as error:
            self.exit(EXIT_CONFIGURATION, EXIT_CONFIGURATION, str(error))
            return
        self.workbench.open(workspace)
        if workspace.consent_request is not None:
            from tui.screens.dialogs.consent import ask_consent

            ask_consent(self, workspace)
        await asyncio.to_thread(services.import_arithmetic)
        # A collection over everything that stays for good would stall the loop for up to 90 ms.
        gc.collect()
        gc.freeze()
        gc.set_threshold(5000, 20, 100)
        gc.enable()

    def _keep_theme(self, theme: Theme) -> None:
        """The start tells of a theme as well, which nobody has chosen."""
        if theme.name != self._kept_theme:
            self._kept_theme = theme.name
            palette.remember(theme.name)

    def _save_screen(self) -> None:
        # Once the palette has gone.
        self.call_after_refresh(self.deliver_screenshot)

    @on(Worker.StateChanged)
    def _end_on_failure(self, event: Worker.StateChanged) -> None:
        error = worker_of(event).error
        if event.state is WorkerState.ERROR and isinstance(error, Exception):
            self._handle_exception(error)

    async def _do(self, action: str, screen: Screen[Any]) -> None:
        await self.run_action(action, screen if hasattr(screen, f"action_{action}") else self)

    def _handle_exception(self, error: Exception) -> None:
        """An end that nobody wished: the traceback goes to the log, the user gets a sentence."""
        if isinstance(error, WorkerFailed) and isinstance(error.error, NoMatches):
            # The palette's search goes on for a moment after it was left, and misses its list.
            log.warning("a screen was left while it worked", exc_info=error.error)
            return
        log.error("the app ended unexpectedly", exc_info=error)
        if self.is_headless:
            super()._handle_exception(error)
            return
        sentence = f"Benchtop ended on an unexpected error ({type(error).__name__}); details are in {paths.log_file()}."
        self.exit(EXIT_UNEXPECTED, EXIT_UNEXPECTED, sentence)


def _has_palette_room(size: Size) -> bool:
    return size.width >= _PALETTE_ROOM.width and size.height >= _PALETTE_ROOM.height


def declared_bindings() -> Iterator[Binding]:
    """Every key of the app where it is declared, in the order of the help."""
    # Imported here: the first frame has no table.
    from tui.panes.results.table import ResultsTable

    for owner in (
        Workbench,
        ChartingScreen,
        ResumeScreen,
        WeighingScreen,
        ModelScreen,
        BenchtopApp,
        PaneScreen,
        ModelList,
        StreamsPane,
        MemoryPane,
        ResultsTable,
    ):
        yield from bindings_of(owner)


def bindings_of(owner: type[DOMNode]) -> Iterator[Binding]:
    """The keys that a screen or a widget declares itself."""
    yield from (each for each in owner.__dict__.get("BINDINGS", ()) if isinstance(each, Binding))


def run_app(opener: Callable[[], Workspace]) -> int:
    """Run the app until it is left; gives the exit code. No model's process outlives it."""
    app = BenchtopApp(opener)
    try:
        code = app.run()
    finally:
        if app.session is not None:
            app.session.abandon()
    return app.return_code or code or 0
