"""``benchtop arena``: ranks models by the votes of people who saw their answers side by side."""

from __future__ import annotations

import json
from pathlib import Path

import click
import msgspec

from tui.cli.shared.options import Refused
from tui.cli.shared.reports import write_alone
from tui.cli.shared.tables import fitted
from tui.cli.shared.values import history_file, history_option, json_option
from tui.console import ExitCode, process_console
from tui.measure.decision.arena import latest_votes, standings
from tui.store.errors import HistoryError
from tui.store.votes import stored_votes
from tui.text import units
from tui.text.escape import json_document, visible


@click.command()
@json_option
@history_option
def command(*, json_file: Path | None) -> int:
    """Rank models by votes, the best first.

    In the workbench, G votes for the answer of the focused column, Y calls a tie, and H hides the names before. The
    score is the chance that an answer of the model is preferred to one of another model (fitted after Bradley and
    Terry), with its 95 % interval. "benchtop choose" takes it as the quality where nobody has rated the answers.
    """
    console = process_console()
    try:
        votes = latest_votes(stored_votes(history_file()))
    except HistoryError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    places = standings(votes)
    if json_file is not None:
        values = {"votes": len(votes), "models": [msgspec.to_builtins(place) for place in places]}
        return write_alone(json_file, json_document(json.dumps(values, indent=2, ensure_ascii=False)) + "\n", console)
    if not places:
        console.say("Nobody has voted yet: ask two models in the workbench, go to the better answer and press G.")
        return ExitCode.DONE
    rows = [
        [
            visible(place.key),
            units.percent(place.share),
            f"{units.percent(place.interval.low)} to {units.percent(place.interval.high)}",
            units.count(place.votes),
            units.count(place.wins),
            units.count(place.ties),
        ]
        for place in places
    ]
    headings = ["MODEL", "PREFERRED", "95 % INTERVAL", "VOTES", "WINS", "TIES"]
    console.data(fitted(headings, rows, console.out_width, right=(1, 2, 3, 4, 5), flexible=0))
    return ExitCode.DONE
