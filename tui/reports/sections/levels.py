"""The numbers of several requests at once, level by level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.timing.levels import has_estimated_tokens
from tui.records import Plan
from tui.records.comparison import Quantity, mark
from tui.records.steps import Level
from tui.reports.sections.course import disturbed_share
from tui.text import units
from tui.text.result_columns import counted_rounds, interpolation_mark
from tui.text.tables import TableColumn, listed

LEVELS_TITLE: Final = "Requests at once"
_ABOUT: Final = (
    "Each level keeps that many requests in flight, each on a connection of its own. The rate of a request is its "
    "decode rate; the total rate is the output tokens of all requests of a level / the time from the first one sent to "
    "the last one's end, and the steady rate that without the time in which connections begin and run out. In flight "
    "is how many there were on average. Client busy is the share of the time in which our own client was at work."
)


_ABOUT_ARRIVALS: Final = (
    "Requests arrive at random, on average so many a second, whether or not earlier ones were answered (an open loop "
    "with Poisson arrivals). TTFT and E2E are from the arrival, so that waiting counts, and over the steady state: "
    "without the first tenth of the requests. Rates, and how many were in flight on average, are of all requests."
)


def levels_explained(plan: Plan) -> str:
    """Tell what the numbers of a level mean, and of which level the headlines are."""
    about = _ABOUT_ARRIVALS if plan.method.arrivals_per_s else _ABOUT
    good = f" Good requests keep {plan.method.slo.replace(',', ', ')}." if plan.method.slo else ""
    return f"{about}{good} {headline_level(plan)}"


def load_name(level: Level) -> str:
    """Write the load of a level: the number of requests at once, or the rate at which they arrive."""
    if level.arrivals_per_s is not None:
        return f"{level.arrivals_per_s:g}/s"
    return units.count(level.at_once)


def load_words(plan: Plan) -> str:
    """Write the lowest load of a plan in words, of which the headlines are."""
    if plan.method.arrivals_per_s:
        return f"{min(plan.method.arrivals_per_s):g} arrivals a second"
    return units.at_once(min(plan.method.concurrency))


def headline_level(plan: Plan) -> str:
    """Tell in a sentence of which level the headlines are."""
    return (
        f"Headlines and distributions are of {load_words(plan)}, the lowest level: levels are never averaged together."
    )


def level_notes(levels: Sequence[Level]) -> list[str]:
    """Tell what went wrong at a level and which levels were left out; a server's words in it are data."""
    notes: list[str] = []
    for level in levels:
        at_once = f"{level.at_once} at once" if level.arrivals_per_s is None else load_name(level)
        if level.keeps_up is False:
            notes.append(
                f"{at_once}: the server cannot keep up with that: {units.count(level.unanswered)} requests were "
                f"unanswered when the last one arrived, and it answered {units.request_rate(level.requests_per_s)}. "
                "Its times grow with the length of the test."
            )
        if level.failed:
            notes.append(f"{at_once}: {units.count(level.failed)} failed: {level.error or 'no reason given'}.")
        if level.disturbed:
            notes.append(f"{at_once}: `!` {disturbed_share(level.disturbed, level.rounds)} by other activity.")
        if level.asked_to_wait:
            notes.append(
                f"{at_once}: the server asked {units.count(level.asked_to_wait)} times to wait, which was done; the "
                "wait is in the total rate, and in no TTFT."
            )
    if ceiling := next((level for level in levels if level.at_ceiling), None):
        load = load_name(ceiling) if ceiling.arrivals_per_s else f"{load_name(ceiling)} at once"
        notes.append(
            f"From {load} on, Benchtop's own client may be what limits these rates, and not the server: it was busy "
            f"{units.percent(ceiling.client_busy)} of the time, and reads about "
            f"{units.rate(ceiling.client_ceiling_tok_s)} at most on this machine."
        )
    if slowed := [level for level in levels if level.total_too_low]:
        shares = [f"{units.share(level.between_requests)} with {load_name(level)}" for level in slowed]
        notes.append(
            "The total rates marked ? are too low by at least the share of the connections' time in which Benchtop's "
            f"own client went from one request to the next: {listed(shares)} at once."
        )
    left_out = [load_name(level) for level in levels if not level.measured]
    if left_out:
        notes.append(f"Not measured: {listed(left_out)}{'' if levels[0].arrivals_per_s else ' at once'}.")
    return notes


def total_rate(level: Level) -> str:
    """Write the rate of all requests of a level together, with ``?`` if our own client has lowered it."""
    return _together(level, level.total_tok_s)


def _together(level: Level, rate_tok_s: float | None) -> str:
    unsure = level.at_ceiling or level.total_too_low or "?" in mark(level.flags, Quantity.TOTAL)
    return units.rate(rate_tok_s, estimated=has_estimated_tokens(level), unsure=unsure, unit="")


def ttft_text(level: Level, ttft_ms: float | None) -> str:
    """Write a TTFT of a level with the marks of the level."""
    text = units.milliseconds(ttft_ms)
    return text if ttft_ms is None else text + mark(level.flags, Quantity.TTFT)


def ttft_p50_ms(level: Level) -> float | None:
    """Return the headline of TTFT at a level."""
    return level.ttft_ms and level.ttft_ms.headline


def _rate(level: Level, rate_tok_s: float | None) -> str:
    unsure = "?" in mark(level.flags, Quantity.DECODE)
    return units.rate(rate_tok_s, estimated=has_estimated_tokens(level), unsure=unsure, unit="")


def _p95_mark(level: Level) -> str:
    return interpolation_mark(level.rounds, 95) if level.ttft_p95_ms is not None else ""


LEVEL_COLUMNS: Final[tuple[TableColumn[Level], ...]] = (
    TableColumn("At once", load_name),
    TableColumn("n", lambda level: counted_rounds(level.rounds, level.disturbed)),
    TableColumn("Failed", lambda level: units.count(level.failed)),
    TableColumn("TTFT p50", lambda level: ttft_text(level, ttft_p50_ms(level))),
    TableColumn(
        "95 % interval",
        lambda level: units.span(level.ttft_ms and level.ttft_ms.interval, lambda ttft_ms: ttft_text(level, ttft_ms)),
    ),
    TableColumn("tok/s of a request", lambda level: _rate(level, level.decode_tok_s and level.decode_tok_s.headline)),
    TableColumn(
        "95 % interval",
        lambda level: units.span(level.decode_tok_s and level.decode_tok_s.interval, lambda rate: _rate(level, rate)),
    ),
    TableColumn("Total tok/s", total_rate),
    TableColumn("In flight", lambda level: units.mean_count(level.in_flight)),
)
LEVEL_DETAIL_COLUMNS: Final[tuple[TableColumn[Level], ...]] = (
    TableColumn("At once", load_name),
    TableColumn("TTFT p95", lambda level: ttft_text(level, level.ttft_p95_ms) + _p95_mark(level)),
    TableColumn("E2E p50", lambda level: units.milliseconds(level.e2e_p50_ms)),
    TableColumn("E2E p95", lambda level: units.milliseconds(level.e2e_p95_ms) + _p95_mark(level)),
    TableColumn("Requests/s", lambda level: units.mean_count(level.requests_per_s)),
    TableColumn("Steady tok/s", lambda level: _together(level, level.steady_tok_s)),
    TableColumn("Client busy", lambda level: units.percent(level.client_busy)),
)
_GOOD_COLUMNS: Final[tuple[TableColumn[Level], ...]] = (
    TableColumn("Good", lambda level: units.share(level.good_share)),
    TableColumn("Goodput", lambda level: units.request_rate(level.goodput_per_s)),
)
_ARRIVAL_COLUMNS: Final[tuple[TableColumn[Level], ...]] = (
    TableColumn("Left out", lambda level: units.count(level.left_out)),
    TableColumn("Unanswered", lambda level: units.count(level.unanswered)),
    TableColumn("Keeps up", lambda level: {None: units.UNKNOWN, True: "yes", False: "no"}[level.keeps_up]),
)


def level_columns(plan: Plan) -> tuple[TableColumn[Level], ...]:
    """Return the columns of the first table of a model's levels."""
    return (_load_column(plan), *LEVEL_COLUMNS[1:])


def level_detail_columns(plan: Plan) -> tuple[TableColumn[Level], ...]:
    """Return the columns of the second table: with goodput if the plan has limits, and how arrivals were served."""
    good = _GOOD_COLUMNS if plan.method.slo else ()
    details = [
        column
        for column in LEVEL_DETAIL_COLUMNS[1:]
        if not plan.method.arrivals_per_s or column.title != "Steady tok/s"
    ]
    return (_load_column(plan), *details, *good, *(_ARRIVAL_COLUMNS if plan.method.arrivals_per_s else ()))


def _load_column(plan: Plan) -> TableColumn[Level]:
    return TableColumn("Arrivals" if plan.method.arrivals_per_s else "At once", load_name)
