"""The base of every screen that is opened from another one: its first line, footer, way back and help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events, getters, on

from tui.panes.widgets.app_type import any_app
from tui.panes.widgets.short_footer import ShortFooter
from tui.panes.widgets.top_line import TopLine
from tui.screens import frame
from tui.screens.frame.about import About
from tui.screens.frame.commands import Command, CommandOwner, action_of
from tui.screens.frame.failure import ReportsFailure
from tui.screens.frame.keys import HelpEntry, help_entries_of, keys_of


class SubScreen(CommandOwner, ReportsFailure[None]):
    """Has a first line and a footer, and what the commands to leave and to help do."""

    app = getters.app(any_app)

    ABOUT: ClassVar[About]
    """What the help tells first."""
    SPARED: ClassVar[Sequence[str]] = ("quit",)
    """The identifiers of the commands that the footer leaves out if there is no room for all, the first one first."""

    DEFAULT_CSS = """
    SubScreen {
        Footer { padding: 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.top = TopLine({})
        self.footer = ShortFooter([action_of(spared) for spared in self.SPARED])

    @on(events.Mount)
    @on(events.Resize)
    @on(events.ScreenResume)
    def _fit_footer(self) -> None:
        # The terminal may have changed its size while a dialog was open, too.
        self.footer.adapt_to_width(self.app.size.width)

    def leave(self) -> None:
        """Go back to where this screen was opened."""
        self.app.pop_screen()

    def show_help(self) -> None:
        """Show what this screen is for, and every key of it."""
        self.app.push_screen(frame.HelpScreen([("Keys", self.help_entries())], self.ABOUT))

    def help_entries(self) -> list[HelpEntry]:
        """Make the lines of the help: the keys that are shown now, greyed or not, with those of the app."""
        return help_entries_of(key for key in keys_of(self.app, self) if key.offered)


HELP: Final[Command[SubScreen]] = Command(
    "help",
    "question_mark",
    "Help",
    "What this screen shows, and every key",
    SubScreen.show_help,
    show=True,
    key_display="?",
)


def leave_command(tooltip: str = "Back to the workbench") -> Command[SubScreen]:
    """The command that goes back from a screen by escape or q, neither of which ends the app there."""
    return Command("leave", "escape,q", "Back", tooltip, lambda screen: screen.leave(), show=True, key_display="esc")
