"""``benchtop arena``: ranks models by votes, ratings and judges, together and each by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from tui.cli.shared.options import Refused
from tui.cli.shared.reports import write_alone
from tui.cli.shared.tables import fitted
from tui.cli.shared.values import history_file, history_option, json_option
from tui.console import ExitCode, process_console
from tui.measure.decision.joint_ranking import ALL_SOURCES, joint_ranking, lead_in_words, opinions_in_words
from tui.records.decision import ArenaStanding, JointRanking
from tui.records.quality import PreferenceSource
from tui.store.errors import HistoryError
from tui.store.preferences import stored_opinions
from tui.text import units
from tui.text.escape import json_document, visible

_NAMES = ", ".join(source.value for source in ALL_SOURCES)


def _sources(_context: click.Context, _option: click.Parameter, value: str) -> tuple[PreferenceSource, ...]:
    names = [name.strip() for name in value.split(",")]
    wrong = [name for name in names if name not in set(ALL_SOURCES)]
    if wrong:
        raise click.BadParameter(f'"{wrong[0]}" is no source; take some of {_NAMES}.')
    return tuple(source for source in ALL_SOURCES if source.value in names)


@click.command()
@click.option(
    "--by",
    "sources",
    default=",".join(ALL_SOURCES),
    metavar="SOURCES",
    callback=_sources,
    help=f"What the ranking is made of: some of {_NAMES}; all of them without this option.",
)
@json_option
@history_option
def command(*, sources: tuple[PreferenceSource, ...], json_file: Path | None) -> int:
    """Rank models by votes, ratings and judges, the best first.

    In the workbench, G votes for the answer of the focused column, Y calls a tie, and H hides the names before. Two
    ratings of answers to one prompt by the same person or judge in one run make a pair: the higher one wins. Of judges
    that compared the answers directly, the comparisons count. The score is the chance that an answer of the model is
    preferred to one of another model (fitted after Bradley and Terry), with its 95 % interval; beside it stands what
    each source tells by itself, with the number of its pairs. "benchtop choose" takes this ranking as the quality where
    nobody has rated the answers; where these were checked, once each model has 10 votes.
    """
    console = process_console()
    try:
        stored = stored_opinions(history_file())
    except HistoryError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    ranking = joint_ranking(stored.votes, stored.preferences, stored.judges, sources)
    if json_file is not None:
        return write_alone(json_file, json_document(_json(ranking, sources)) + "\n", console)
    if not ranking.places:
        console.say(_nothing(sources))
        return ExitCode.DONE
    if set(ranking.pairs) == {PreferenceSource.VOTES}:
        own, rows = ["VOTES", "WINS", "TIES"], [_of_votes(place) for place in ranking.places]
    else:
        own = [f"BY {source.value.upper()}" for source in ranking.pairs]
        rows = [_by_source(place, tuple(ranking.pairs)) for place in ranking.places]
    headings = ["MODEL", "PREFERRED", "95 % INTERVAL", *own]
    right = range(1, len(headings))
    table = [[*_joint(place), *cells] for place, cells in zip(ranking.places, rows, strict=True)]
    console.data(fitted(headings, table, console.out_width, right=right, flexible=0))
    counts = opinions_in_words(ranking)
    of_votes = "; a vote stands in the row of every model that it was between"
    console.say(f"The ranking rests on {counts}{of_votes if PreferenceSource.VOTES in ranking.pairs else ''}.")
    for remark in (lead_in_words(ranking.places), *ranking.remarks):
        console.say(visible(remark))
    return ExitCode.DONE


def _nothing(sources: Sequence[PreferenceSource]) -> str:
    if PreferenceSource.VOTES not in sources:
        return "Nobody has rated answers of two models to one prompt of a run: press v to rate, or take a judge."
    return "Nobody has voted yet: ask two models in the workbench, go to the better answer and press G."


def _json(ranking: JointRanking, sources: Sequence[PreferenceSource]) -> str:
    values = {
        "votes": ranking.pairs.get(PreferenceSource.VOTES, 0),
        "by": [source.value for source in sources],
        "pairs": {source.value: count for source, count in ranking.pairs.items()},
        "models": [msgspec.to_builtins(place) for place in ranking.places],
        "remarks": ranking.remarks,
    }
    return json.dumps(values, indent=2, ensure_ascii=False)


def _joint(place: ArenaStanding) -> list[str]:
    interval = f"{units.percent(place.interval.low)} to {units.percent(place.interval.high)}"
    return [visible(place.key), units.percent(place.share), interval]


def _of_votes(place: ArenaStanding) -> list[str]:
    return [units.count(count) for count in (place.votes, place.wins, place.ties)]


def _by_source(place: ArenaStanding, sources: Sequence[PreferenceSource]) -> list[str]:
    """The share of each source alone, with the number of its votes or pairs."""
    found = [place.sources.get(source) for source in sources]
    return ["-" if one is None else f"{units.percent(one.share)} ({units.count(one.pairs)})" for one in found]
