"""The screen that ranks models by the votes of people who saw their answers side by side."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from tui.measure.decision.arena import latest_votes, standings
from tui.panes.arena.table import ArenaTable
from tui.records.decision import ArenaStanding
from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import HELP, SubScreen, leave_command
from tui.store.errors import HistoryError
from tui.store.votes import stored_votes
from tui.text import units

_NONE: Final = (
    "Nobody has voted yet. Ask two models or more, go to the better answer and press G, or Y for a tie; "
    "H hides the names before."
)
_EXPLANATION: Final = (
    "Preferred: the chance that an answer of the model is preferred to one of another model (Bradley and Terry), with "
    "its 95 % interval. Models whose intervals overlap much cannot be told apart yet. Choosing a model (a) takes it as "
    "the quality where nobody has rated the answers."
)
_COMMANDS: Final[tuple[Command[ArenaScreen], ...]] = (leave_command(), HELP)


class ArenaScreen(SubScreen):
    """Shows the ranking, or how to vote."""

    COMMAND_TABLE = _COMMANDS
    DEFAULT_CSS = """
    ArenaScreen {
        #ranking-frame {
            height: 1fr;
            border: round $border;
            border-title-color: $primary;
            border-title-style: bold;
            padding: 0 1;
        }
        ArenaTable { height: auto; }
        #about-votes { height: auto; margin-top: 1; color: $text-muted; }
        &.-none #about-votes { height: 1fr; content-align: center middle; text-align: center; }
        &.-none ArenaTable { display: none; }
    }
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self.places: tuple[ArenaStanding, ...] = ()

    def compose(self) -> ComposeResult:
        yield self.top
        with Vertical(id="ranking-frame") as frame, VerticalScroll():
            frame.border_title = "Ranking by votes"
            yield ArenaTable(markup=False)
            yield Static(_NONE, id="about-votes", markup=False)
        yield self.footer

    async def on_mount(self) -> None:
        try:
            votes = latest_votes(await asyncio.to_thread(stored_votes, self._file))
        except HistoryError as error:
            self.notify(f"{error}.", severity="error", markup=False)
            votes = ()
        self.places = standings(votes)
        self.set_class(not self.places, "-none")
        self.top.show_status(f"{units.count(len(votes))} vote{'' if len(votes) == 1 else 's'}")
        if self.places:
            self.query_one("#about-votes", Static).update(_EXPLANATION)
        self._show()

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        if self.places:
            self.query_one(ArenaTable).show(self.places, self.app.size.width - 6)
