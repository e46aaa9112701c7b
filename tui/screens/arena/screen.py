"""The screen that ranks models by votes, ratings and judges, together and each by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from tui.measure.decision.joint_ranking import joint_ranking, opinions_in_words
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
    "Nobody has voted yet. Ask two models or more, go to the better answer and press G, or Y for a tie; "
    "H hides the names before. Ratings (v) and judges (j there) count too."
)
_EXPLANATION: Final = (
    "Preferred: the chance that an answer of the model wins against one of another model (by the model of Bradley and "
    "Terry), with the range that holds it with 95 % certainty. Where ranges overlap much, the order may be chance. "
    "Choosing a model (a) takes the votes as the quality where nobody has rated the answers; where these were checked, "
    "from 10 votes on each model on."
)
_BY_SOURCE: Final = (
    "Votes, ratings, judges: what each tells by itself, with the number of its votes or pairs with the model: one vote "
    "between three answers stands in three rows. Two ratings of one rater on the same prompt of a run are a pair."
)
_COMMANDS: Final[tuple[Command[ArenaScreen], ...]] = (leave_command(), HELP)


_ABOUT: Final = About(
    title="Arena",
    words=(
        "Which models people and judges prefer: “preferred” is how often a model would win against an average one of "
        "those listed, with its 95 % interval."
    ),
    topic="rate",
)


def _lead(places: Sequence[ArenaStanding]) -> str:
    """Tell in a sentence whether the first model is surely preferred, and what makes it surer."""
    first, *others = places
    rivals = [place for place in others if place.interval.high >= first.interval.low]
    name = printable(first.key)
    if not others:
        return f"{name} is the only model yet, so nothing ranks it."
    if not rivals:
        return f"{name} is clearly preferred to every other model."
    if first.share <= others[0].share:
        return "No model leads. More votes tell them apart: G in Streams or in Answers."
    return f"{name} leads, which may still be chance. More votes make it surer: G in Streams or in Answers."


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
        ArenaTable { height: auto; }
        #about-votes { height: auto; margin-top: 1; color: $text-muted; }
        &.-none #about-votes { height: 1fr; content-align: center middle; text-align: center; }
        &.-none ArenaTable { display: none; }
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
            words = "\n\n".join((*map(printable, self.ranking.remarks), _lead(self.places), _EXPLANATION, *by_source))
            self.query_one("#about-votes", Static).update(words)
        self._show()

    def _read(self) -> JointRanking:
        stored = stored_opinions(self._file)
        return joint_ranking(stored.votes, stored.preferences, stored.judges)

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        if self.places:
            self.query_one(ArenaTable).show(self.places, tuple(self.ranking.pairs), self.app.size.width - 6)
