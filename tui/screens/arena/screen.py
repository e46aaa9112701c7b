"""The screen that ranks models by votes, ratings and judges, together and each by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.measure.decision.joint_ranking import joint_ranking, lead_in_words, opinions_in_words
from tui.panes.arena.table import ArenaTable
from tui.records.decision import ArenaStanding, JointRanking
from tui.records.quality import PreferenceSource
from tui.screens.frame.about import About
from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import HELP, SubScreen, leave_command
from tui.store.errors import HistoryError
from tui.store.preferences import stored_opinions
from tui.text.cells import printable

_NONE: Final = (
    "Nobody has voted yet. In the workbench:\n\n"
    "1. r asks two models or more\n"
    "2. G votes for the answer of the marked column, Y for a tie; H hides the names before\n\n"
    "Ratings (v) and the verdicts of judges (j there) count too."
)
_EXPLANATION: Final = (
    "Preferred: how often an answer of the model would win against one of another model here. Where intervals overlap, "
    "the order may be chance."
)
_BY_SOURCE: Final = "In brackets: the number of votes or pairs of ratings that a figure rests on."
_NEXT: Final = (
    "Next: escape goes back, where in the workbench G at the better answer votes for it, v rates answers, and a "
    "chooses a model."
)

_COMMANDS: Final[tuple[Command[ArenaScreen], ...]] = (leave_command(), HELP)


_ABOUT: Final = About(
    title="Arena",
    words=(
        "Which models people and judges prefer: “preferred” is how often a model would win against an average one of "
        "those listed, with its 95 % interval (after Bradley and Terry). A vote between three answers stands in the "
        "rows of all three; two ratings by one rater of answers to one prompt of a run are a pair. Choosing a model "
        "(a) takes votes as the quality where nobody has rated the answers; where these were checked, once each model "
        "has 10 votes."
    ),
    topic="rate",
)


class ArenaScreen(SubScreen):
    """Shows the ranking, or how to vote."""

    COMMAND_TABLE = _COMMANDS
    ABOUT = _ABOUT
    DEFAULT_CSS = """
    ArenaScreen {
        #ranking-frame {
            height: 1fr;
            border: round $border;
            border-title-color: $primary;
            border-title-style: bold;
            padding: 0 1;
        }
        #arena-lead { height: auto; margin-bottom: 1; text-style: bold; }
        ArenaTable { height: auto; }
        #about-votes { height: auto; margin-top: 1; color: $text-muted; }
        #arena-lead, #about-votes { max-width: 110; }
        &.-none VerticalScroll { align: center middle; }
        &.-none #about-votes { width: auto; }
        &.-none ArenaTable, &.-none #arena-lead { display: none; }
    }
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self.ranking = JointRanking()

    @property
    def places(self) -> tuple[ArenaStanding, ...]:
        """The models, the best first."""
        return self.ranking.places

    def compose(self) -> ComposeResult:
        yield self.top
        with Vertical(id="ranking-frame") as frame, VerticalScroll():
            frame.border_title = "Ranking by votes, ratings and judges"
            yield Static("", id="arena-lead", markup=False)
            yield ArenaTable(markup=False)
            yield Static(_NONE, id="about-votes", markup=False)
        yield self.footer

    async def on_mount(self) -> None:
        try:
            self.ranking = await asyncio.to_thread(self._read)
        except HistoryError as error:
            self.notify(f"{error}.", severity="error", markup=False)
        pairs = self.ranking.pairs
        self.set_class(not self.places, "-none")
        self.top.show_status(opinions_in_words(self.ranking) or "0 votes")
        if self.places:
            by_source = [_BY_SOURCE] if set(pairs) != {PreferenceSource.VOTES} else []
            told = " ".join((lead_in_words(self.places), *self.ranking.remarks))
            self.query_one("#arena-lead", Static).update(Content(printable(told)))
            explained = " ".join((_EXPLANATION, *by_source))
            self.query_one("#about-votes", Static).update(f"{_NEXT}\n\n{explained}")
        self._show()

    def _read(self) -> JointRanking:
        stored = stored_opinions(self._file)
        return joint_ranking(stored.votes, stored.preferences, stored.judges)

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        if self.places:
            self.query_one(ArenaTable).show(self.places, tuple(self.ranking.pairs), self.app.size.width - 6)
