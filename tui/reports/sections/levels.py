"""The numbers of several requests at once, level by level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.timing.levels import has_estimated_tokens
from tui.records import Plan
from tui.records.comparison import Quantity, mark
from tui.records.steps import Level
from tui.text import units
from tui.text.tables import TableColumn, listed

LEVELS_TITLE: Final = "Requests at once"
_ABOUT: Final = (
    "Each level keeps that many requests in flight, each on a connection of its own. The rate of a request is its "
    "decode rate; the total rate is the output tokens of all requests of a level / the time from the first one sent to "
    "the last one's end. In flight is how many there were on average over that time."
)


def levels_explained(plan: Plan) -> str:
    """Tell what the numbers of a level mean, and of which level the headlines are."""
    return f"{_ABOUT} {headline_level(plan)}"


def headline_level(plan: Plan) -> str:
    """Tell in a sentence of which level the headlines are."""
    at_once = units.at_once(min(plan.method.concurrency))
    return f"Headlines and distributions are of {at_once}, the lowest level: levels are never averaged together."


def level_notes(levels: Sequence[Level]) -> list[str]:
    """Tell what went wrong at a level and which levels were left out; a server's words in it are data."""
    notes: list[str] = []
    for level in levels:
        at_once = f"{level.at_once} at once"
        if level.failed:
            notes.append(f"{at_once}: {units.count(level.failed)} failed: {level.error or 'no reason given'}.")
        if level.asked_to_wait:
            notes.append(
                f"{at_once}: the server asked {units.count(level.asked_to_wait)} times to wait, which was done; the "
                "wait is in the total rate, and in no TTFT."
            )
    left_out = [str(level.at_once) for level in levels if not level.measured]
    if left_out:
        notes.append(f"Not measured: {listed(left_out)} at once.")
    return notes


def total_rate(level: Level) -> str:
    """Write the rate of all requests of a level together."""
    return units.rate(level.total_tok_s, estimated=has_estimated_tokens(level), unit="")


def ttft_p50_ms(level: Level) -> float | None:
    """Return the headline of TTFT at a level."""
    return level.ttft_ms and level.ttft_ms.headline


def _rate(level: Level, rate_tok_s: float | None) -> str:
    unsure = "?" in mark(level.flags, Quantity.DECODE)
    return units.rate(rate_tok_s, estimated=has_estimated_tokens(level), unsure=unsure, unit="")


LEVEL_COLUMNS: Final[tuple[TableColumn[Level], ...]] = (
    TableColumn("At once", lambda level: units.count(level.at_once)),
    TableColumn("n", lambda level: units.count(level.rounds)),
    TableColumn("Failed", lambda level: units.count(level.failed)),
    TableColumn("TTFT p50", lambda level: units.milliseconds(ttft_p50_ms(level))),
    TableColumn(
        "95 % interval", lambda level: units.span(level.ttft_ms and level.ttft_ms.interval, units.milliseconds)
    ),
    TableColumn("tok/s of a request", lambda level: _rate(level, level.decode_tok_s and level.decode_tok_s.headline)),
    TableColumn(
        "95 % interval",
        lambda level: units.span(level.decode_tok_s and level.decode_tok_s.interval, lambda rate: _rate(level, rate)),
    ),
    TableColumn("Total tok/s", total_rate),
    TableColumn("In flight", lambda level: units.mean_count(level.in_flight)),
)
