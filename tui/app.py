"""The Textual application: it shows the workbench, finds the models, and ends without leaving a process behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import platformdirs
from textual import events, on, work
from textual._context import active_message_pump
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.constants import DEFAULT_THEME
from textual.css.query import NoMatches
from textual.geometry import Size
from textual.message_pump import MessagePump
from textual.notifications import Notify
from textual.screen import Screen
from textual.theme import Theme
from textual.widget import Widget
from textual.worker import Worker, WorkerError, WorkerFailed, WorkerState

from tui import palette, paths
from tui import workspace as services
from tui.json_file import ConfigError
from tui.panes.widgets.app_type import worker_of
from tui.screens import dialogs, frame
from tui.screens.frame.commands import Command, CommandOwner, action_of
from tui.screens.frame.notices import Notice
from tui.screens.workbench.screen import Workbench
from tui.system import clipboard, processes

if TYPE_CHECKING:
    from types import FrameType

    from tui.workspace.session import Session
    from tui.workspace.workspace import Workspace

log = logging.getLogger(__name__)

STOP_LIMIT_S: Final = 1.5
"""How long leaving waits for a run to end before the models are ended anyway."""
CLOSE_LIMIT_S: Final = 3.0
"""How long leaving waits for the models to end by themselves before they are killed."""
REPORTS_LIMIT_S: Final = 5.0
"""How long leaving waits for reports to be written that were waiting for the end of the run."""
EXIT_UNEXPECTED: Final = 1
EXIT_CONFIGURATION: Final = 2
EXIT_INTERRUPTED: Final = 130
_TEXTUAL_DEFAULT: Final = "textual-dark"
_PALETTE_ROOM: Final = Size(12, 6)
"""The smallest terminal that the command palette is shown in: in a smaller one its list would end the app."""


def _command_provider() -> type[Provider]:
    """Import the provider of the command palette, which Textual asks for when the palette is opened."""
    return frame.CommandProvider


APP_COMMANDS: Final[tuple[Command[BenchtopApp], ...]] = (
    Command(
        "quit",
        "q",
        "Quit",
        "Quit, and unload all models; ctrl+q does so from anywhere",
        lambda app: app.action_quit(),
        show=True,
    ),
    Command("theme", "T", "Theme", "Change between dark and light", lambda app: app.change_brightness()),
    Command("colours", "", "Colours", "Choose among all colour themes", lambda app: app.action_change_theme()),
    Command("screenshot", "", "Screenshot", "Save the screen as SVG in your downloads", lambda app: app.save_screen()),
)


class BenchtopApp(CommandOwner, App[int]):
    """Shows the workbench; the models are looked for while it is already on the screen."""

    TITLE = "Benchtop"
    CSS_PATH = Path(__file__).with_name("app.tcss")

    COMMAND_TABLE = APP_COMMANDS
    COMMANDS: ClassVar = {_command_provider}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", action_of("quit"), "Quit", show=False, priority=True),
    ]

    def __init__(self, open_workspace: Callable[[], Workspace], *, in_colours_of_terminal: bool = False) -> None:
        """``open_workspace`` finds the models; it is called in a thread once the first frame is shown.

        With ``in_colours_of_terminal`` the themes are those for the colours that the terminal has.
        """
        super().__init__()
        self.workbench = Workbench()
        self._open_workspace = open_workspace
        for theme in palette.themes_for(self.console.color_system if in_colours_of_terminal else None):
            self.register_theme(theme)
        if DEFAULT_THEME == _TEXTUAL_DEFAULT:
            # An assignment would have all styles read and worked out a second time before the first frame.
            self.set_reactive(BenchtopApp.theme, palette.stored_theme(self.available_themes))
            self.stylesheet.set_variables(self.get_css_variables())
        self._stored_theme = self.theme
        self._leaving = False
        self._exit_code = 0

    @property
    def session(self) -> Session | None:
        """The session that runs models; ``None`` until they have been found."""
        return self.workbench.runs.session if self.workbench.runs is not None else None

    def get_default_screen(self) -> Screen[None]:
        """Start with the workbench, since another screen below it would be laid out and painted first."""
        self.workbench.fit(self.size)
        return self.workbench

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, self._store_theme)
        self.call_after_refresh(self._look_for_models)
        if not self.is_headless:
            self._obey_signals()

    def action_command_palette(self) -> None:
        """Open the palette if the terminal has room for it."""
        if _has_palette_room(self.size):
            super().action_command_palette()

    def on_resize(self, event: events.Resize) -> None:
        """Close the palette as soon as the terminal has no room for it."""
        if not _has_palette_room(event.size) and isinstance(self.screen, CommandPalette):
            self.pop_screen()

    def change_brightness(self) -> None:
        """Change from any dark theme to the light one, and back."""
        self.theme = palette.LIGHT.name if self.current_theme.dark else palette.DARK.name

    async def action_quit(self) -> None:
        """Leave, after a question if a benchmark or a download is under way; called again while leaving, go at once."""
        if self._leaving:
            self.exit(0)
            return
        question = dialogs.question_before_leaving(self, self.session) if self.session is not None else None
        if question is None:
            self._leave()
        elif not isinstance(self.screen, dialogs.ConfirmDialog):
            self.push_screen(question, self._leave_if)

    def _obey_signals(self) -> None:
        """Leave in order on signals that would end the app at once, and leave the terminal without a cursor or echo."""
        loop = asyncio.get_running_loop()

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            # The loop may be asleep, and only this call wakes it on every system.
            loop.call_soon_threadsafe(self._leave_by_signal)

        for number in processes.deadly_signals():
            signal.signal(number, on_signal)

    def _leave_by_signal(self) -> None:
        """Leave without a question; at a second signal do not wait for anything."""
        self._exit_code = EXIT_INTERRUPTED
        if self._leaving:
            self.exit(self._exit_code)
        else:
            self._leave()

    def _leave_if(self, sure: bool | None) -> None:
        if sure:
            self._leave()

    async def on_event(self, event: events.Event) -> None:
        """Take no letter from a key that is pressed with alt: it is no text, and would be typed into a line."""
        if isinstance(event, events.Key) and event.key.startswith("alt+"):
            event.character = None
        await super().on_event(event)

    @on(Notify)
    def _replace_equal_notice(self, event: Notify) -> None:
        """Replace a notice that is still shown with the same words, so that equal ones never pile up."""
        new = event.notification = Notice.of(event.notification)
        for notice in list(self._notifications):
            if (notice.message, notice.title, notice.severity) == (new.message, new.title, new.severity):
                self._unnotify(notice, refresh=False)

    def copy_to_clipboard(self, text: str) -> None:
        """Put a text on the clipboard: by the terminal, and by the system where its terminals do not pass it on."""
        super().copy_to_clipboard(text)
        self.run_worker(lambda: clipboard.copy(text), thread=True, group="clipboard", exit_on_error=False)

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
            await self._write_reports()
        self.exit(self._exit_code)

    async def _write_reports(self) -> None:
        """Let the reports be written that were to be written at the end of the run."""
        reports = dialogs.waiting_reports(self)
        if reports:
            with contextlib.suppress(TimeoutError, WorkerError):
                async with asyncio.timeout(REPORTS_LIMIT_S):
                    await asyncio.gather(*(report.wait() for report in reports))

    @work(group="open", exclusive=True, exit_on_error=False)
    async def _look_for_models(self) -> None:
        try:
            workspace = await asyncio.to_thread(self._open_workspace)
        except ConfigError as error:
            self.exit(EXIT_CONFIGURATION, EXIT_CONFIGURATION, str(error))
            return
        self.workbench.open(workspace)
        if workspace.consent_request is not None:
            dialogs.ask_consent(self, workspace)
        await asyncio.to_thread(services.import_arithmetic)
        # A collection over everything that stays for good would stall the loop for up to 90 ms.
        gc.collect()
        gc.freeze()
        gc.set_threshold(5000, 20, 100)
        gc.enable()

    def _store_theme(self, theme: Theme) -> None:
        """Store a theme that was chosen; Textual announces the theme of the start in the same way."""
        if theme.name != self._stored_theme:
            self._stored_theme = theme.name
            palette.store_theme(theme.name)

    def save_screen(self) -> None:
        """Save the screen as SVG in the folder for downloads, after the palette has gone from it."""
        folder = platformdirs.user_downloads_path()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._say_screen_failed(error)
        else:
            self.call_after_refresh(self.deliver_screenshot)

    @on(events.DeliveryComplete)
    def _say_where_screen_is(self, event: events.DeliveryComplete) -> None:
        event.prevent_default()
        where = f" as {event.path}" if event.path is not None else ""
        self.notify(f"The screen is saved{where}.", markup=False)

    @on(events.DeliveryFailed)
    def _say_screen_not_delivered(self, event: events.DeliveryFailed) -> None:
        event.prevent_default()
        self._say_screen_failed(event.exception)

    def _say_screen_failed(self, error: BaseException) -> None:
        reason = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
        self.notify(f"The screen cannot be saved ({reason}).", severity="error", markup=False)

    @on(Worker.StateChanged)
    def _end_on_failure(self, event: Worker.StateChanged) -> None:
        error = worker_of(event).error
        if event.state is WorkerState.ERROR and isinstance(error, Exception):
            self._handle_exception(error)

    def _has_left(self, pump: MessagePump | None) -> bool:
        """Whether a widget is gone, or its screen was left, so that what it sets up finds no widgets any more."""
        if not isinstance(pump, Widget):
            return False
        return not pump.is_attached or not any(node in self.screen_stack for node in pump.ancestors_with_self)

    def _handle_exception(self, error: Exception) -> None:
        """End the app on an unexpected error: the traceback goes to the log, and the user gets one sentence."""
        # The search of the palette goes on for a moment after the palette was closed, and does not find its list.
        of_palette = isinstance(error, WorkerFailed) and isinstance(error.error, NoMatches)
        if of_palette or (isinstance(error, NoMatches) and self._has_left(active_message_pump.get(None))):
            log.warning("a screen was left while it worked", exc_info=error)
            return
        log.error("the app ended unexpectedly", exc_info=error)
        if self.is_headless:
            super()._handle_exception(error)
            return
        sentence = f"Benchtop ended on an unexpected error ({type(error).__name__}); details are in {paths.log_file()}."
        self.exit(EXIT_UNEXPECTED, EXIT_UNEXPECTED, sentence)


def _has_palette_room(size: Size) -> bool:
    return size.width >= _PALETTE_ROOM.width and size.height >= _PALETTE_ROOM.height


def run_app(open_workspace: Callable[[], Workspace]) -> int:
    """Run the app until it is left, and return the exit code. No process of a model outlives it."""
    app = BenchtopApp(open_workspace, in_colours_of_terminal=True)
    try:
        code = app.run()
    finally:
        if app.session is not None:
            app.session.abandon()
    return app.return_code or code or 0
