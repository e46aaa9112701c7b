"""The ranking by votes as lines: each model with its score, its interval as a bar, and its votes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.widgets import Static

from tui.records.decision import ArenaStanding
from tui.text import units
from tui.text.cells import cut_name, printable

_SCORE, _COUNT = 11, 7
_INTERVAL: Final = 16
_LEAST_NAME, _LEAST_BAR, _WIDEST_BAR = 14, 11, 41
_MUTED: Final = "$text-muted"


class ArenaTable(Static):
    """Shows the models below each other; where there is little room, the bars or the counts are left out."""

    def show(self, places: Sequence[ArenaStanding], cells: int) -> None:
        """Show the ranking in lines of so many cells."""
        name = max(_LEAST_NAME, *(len(place.key) + 2 for place in places))
        room = cells - _SCORE - _INTERVAL - 3 * _COUNT
        name = min(name, max(_LEAST_NAME, room))
        bar = min(_WIDEST_BAR, room - name - 2)
        bar = bar if bar >= _LEAST_BAR else 0
        head = f"{'Model':<{name}}{'Preferred':>{_SCORE}}{'95 % interval':>{_INTERVAL}}"
        head += f"{'Votes':>{_COUNT}}{'Wins':>{_COUNT}}{'Ties':>{_COUNT}}"
        if bar:
            head += f"  {'0 %':<{bar // 2 - 1}}50 %{'100 %':>{bar - bar // 2 - 3}}"
        lines = [Content.styled(head, _MUTED), *(_line(place, name, bar) for place in places)]
        self.update(Content("\n").join(lines))


def _line(place: ArenaStanding, name: int, bar: int) -> Content:
    interval = f"{units.percent(place.interval.low)} to {units.percent(place.interval.high)}"
    counts = "".join(f"{units.count(count):>{_COUNT}}" for count in (place.votes, place.wins, place.ties))
    figures = f"{units.percent(place.share):>{_SCORE}}{interval:>{_INTERVAL}}{counts}"
    return Content.assemble(
        (cut_name(printable(place.key), name), "bold"), figures, "  ", (_bar(place, bar), "$primary")
    )


def _bar(place: ArenaStanding, cells: int) -> str:
    """Draw the interval from 0 to 100 %, with the score in it and a mark at one half."""
    if not cells:
        return ""
    low, high, score = (round(share * (cells - 1)) for share in (place.interval.low, place.interval.high, place.share))
    signs = ["─" if low <= cell <= high else " " for cell in range(cells)]
    if signs[cells // 2] == " ":
        signs[cells // 2] = "┊"
    signs[score] = "●"
    return "".join(signs)
