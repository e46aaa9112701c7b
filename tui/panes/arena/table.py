"""The ranking of models as lines: each with its score, its interval as a bar, and what each source tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.widgets import Static

from tui.records.decision import ArenaStanding
from tui.records.quality import PreferenceSource
from tui.text import units
from tui.text.cells import cut_name, printable
from tui.text.tables import listed

_SCORE, _COUNT, _OF_SOURCE = 11, 7, 11
_INTERVAL: Final = 16
_LEAST_NAME, _LEAST_BAR, _WIDEST_BAR = 14, 11, 201
_LEAST_MIDDLE: Final = 19
"""The cells of a bar from which its middle has a label."""
_MUTED: Final = "$text-muted"


class ArenaTable(Static):
    """Shows the models below each other; where there is little room, the bars are left out."""

    def show(self, places: Sequence[ArenaStanding], sources: Sequence[PreferenceSource], cells: int) -> None:
        """Show the ranking in lines of so many cells, with the counts of votes or, of several sources, each source."""
        votes_only = tuple(sources) == (PreferenceSource.VOTES,)
        of_votes = ("Votes", "Wins", "Ties") if any(place.ties for place in places) else ("Votes", "Wins")
        headings = of_votes if votes_only else tuple(source.value.capitalize() for source in sources)
        width = _COUNT if votes_only else _OF_SOURCE
        name = max(_LEAST_NAME, *(len(place.key) + 2 for place in places))
        fitting = max(0, (cells - _SCORE - _INTERVAL - _LEAST_NAME) // width)
        headings, left_out = headings[:fitting], headings[fitting:]
        room = cells - _SCORE - _INTERVAL - len(headings) * width
        name = min(name, max(_LEAST_NAME, room))
        bar = min(_WIDEST_BAR, room - name - 2)
        bar = bar if bar >= _LEAST_BAR else 0
        head = f"{'Model':<{name}}{'Preferred':>{_SCORE}}{'95 % interval':>{_INTERVAL}}"
        head += "".join(f"{heading:>{width}}" for heading in headings)
        if bar:
            middle = "50 %" if bar >= _LEAST_MIDDLE else ""
            head += f"  {'0 %':<{bar // 2 - 1}}{middle}{'100 %':>{bar - bar // 2 + 1 - len(middle)}}"
        lines = [Content.styled(head, _MUTED)]
        for place in places:
            own = _of_votes(place) if votes_only else [_of_source(place, source) for source in sources]
            lines.append(_line(place, "".join(f"{text:>{width}}" for text in own[: len(headings)]), name, bar))
        if left_out:
            lines.append(Content.styled(f"A wider terminal also shows: {listed(left_out)}.", _MUTED))
        self.update(Content("\n").join(lines))


def _of_votes(place: ArenaStanding) -> list[str]:
    return [units.count(count) for count in (place.votes, place.wins, place.ties)]


def _of_source(place: ArenaStanding, source: PreferenceSource) -> str:
    found = place.sources.get(source)
    return "-" if found is None else f"{units.percent(found.share)} ({units.count(found.pairs)})"


def _line(place: ArenaStanding, own: str, name: int, bar: int) -> Content:
    interval = f"{units.percent(place.interval.low)} to {units.percent(place.interval.high)}"
    figures = f"{units.percent(place.share):>{_SCORE}}{interval:>{_INTERVAL}}{own}"
    return Content.assemble(
        (cut_name(printable(place.key), name), "bold"), figures, ("  " + _bar(place, bar) if bar else "", "$primary")
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
