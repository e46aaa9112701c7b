"""What every screen shares that is opened from another one: first line, footer, the way back, the help on its keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, getters, on
from textual.binding import Binding

from tui.panes.widgets.app_type import any_app
from tui.panes.widgets.short_footer import ShortFooter
from tui.panes.widgets.top_line import TopLine
from tui.screens.frame.failure import TellsOfFailure

if TYPE_CHECKING:
    from tui.screens.frame.help import HelpEntry


class SubScreen(TellsOfFailure[None]):
    """Its keys stand in its own ``BINDINGS``, with those that leave it and show the help."""

    app = getters.app(any_app)

    SPARED: ClassVar[Sequence[str]] = ("quit",)
    """Actions that the footer leaves to the help where they have no room, the first of them first."""

    DEFAULT_CSS = """
    SubScreen {
        Footer { padding: 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.top = TopLine({})
        self.footer = ShortFooter(self.SPARED)

    @on(events.Mount)
    @on(events.Resize)
    @on(events.ScreenResume)
    def _fit_footer(self) -> None:
        # The terminal may have changed its size while a dialog was open, too.
        self.footer.fit(self.app.size.width)

    def action_leave(self) -> None:
        """Back to where this was opened."""
        self.app.pop_screen()

    def action_help(self) -> None:
        """Show every key of this screen."""
        # Imported here, as every dialog: the first picture should not wait for it.
        from tui.screens.frame.help import HelpScreen

        self.app.push_screen(HelpScreen(self.help_entries()))

    def help_entries(self) -> list[HelpEntry]:
        """The keys that are there, greyed or not, and what they do; with those that are there everywhere."""
        from tui.screens.frame.help import entries_of

        own = [each for each in self.BINDINGS if isinstance(each, Binding)]
        offered = [each for each in own if self.check_action(each.action, ()) is not False]
        taken = {key for each in own for key in each.key.split(",")}
        everywhere = [each for each in self.app.BINDINGS if isinstance(each, Binding) and each.key not in taken]
        return entries_of([*offered, *everywhere])
