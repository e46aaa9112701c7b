"""The section of a report that shows several requests at once, level by level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tui.measure.timing.levels import estimated, levels
from tui.records import RATE_UNSURE, ModelSummary, Plan, RunRecord
from tui.records.steps import Level
from tui.text import units
from tui.text.escape import markdown_block, markdown_inline
from tui.text.tables import TableColumn, drawn, listed, model_name

TITLE: Final = "Requests at once"
ABOUT: Final = (
    "Each level keeps that many requests in flight, each on a connection of its own. The rate of a request is its "
    "decode rate; the total rate is the output tokens of all requests of a level / the time from the first one sent to "
    "the last one's end. In flight is how many there were on average over that time."
)
_BAR_CELLS: Final = 30


def level_section(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    """A table and a chart for each model; empty of a run with one request at a time."""
    if not run.plan.method.concurrent:
        return ""
    parts = [part for summary in summaries for part in _of_model(run, summary)]
    return "\n\n".join([f"## {TITLE}", f"{ABOUT} {headline_level(run.plan)}", *parts])


def headline_level(plan: Plan) -> str:
    """Which level the headlines are of."""
    at_once = units.at_once(min(plan.method.concurrency))
    return f"Headlines and distributions are of {at_once}, the lowest level: levels are never averaged together."


def _of_model(run: RunRecord, summary: ModelSummary) -> list[str]:
    found = levels(run, summary.key)
    measured = [level for level in found if level.measured]
    parts = [f"### {model_name(summary)}", drawn(COLUMNS, measured) if measured else ""]
    parts += [
        _chart(measured, "total rate in tok/s against requests at once", lambda level: level.total_tok_s, _total),
        _chart(measured, "TTFT p50 against requests at once", _ttft_ms, _ttft),
        "\n".join(f"- {markdown_inline(note)}" for note in notes(found)),
    ]
    return [part for part in parts if part]


def notes(found: Sequence[Level]) -> list[str]:
    """What went wrong at a level, and which levels were left out; a server's words may be in it, which are data."""
    said: list[str] = []
    for level in found:
        if level.failed:
            said.append(
                f"{level.at_once} at once: {units.count(level.failed)} failed: {level.error or 'no reason given'}."
            )
        if level.asked_to_wait:
            said.append(
                f"{level.at_once} at once: the server asked {units.count(level.asked_to_wait)} times to wait, which "
                "was done; the wait is in the total rate, and in no TTFT."
            )
    left_out = [str(level.at_once) for level in found if not level.measured]
    if left_out:
        said.append(f"Not measured: {listed(left_out)} at once.")
    return said


def _total(level: Level) -> str:
    return units.rate(level.total_tok_s, estimated=estimated(level), unit="")


def _ttft_ms(level: Level) -> float | None:
    return level.ttft_ms and level.ttft_ms.headline


def _ttft(level: Level) -> str:
    return units.milliseconds(_ttft_ms(level))


def _rate(level: Level, rate_tok_s: float | None) -> str:
    unsure = RATE_UNSURE in level.flags
    return units.rate(rate_tok_s, estimated=estimated(level), unsure=unsure, unit="")


COLUMNS: Final[tuple[TableColumn[Level], ...]] = (
    TableColumn("At once", lambda level: units.count(level.at_once)),
    TableColumn("n", lambda level: units.count(level.rounds)),
    TableColumn("Failed", lambda level: units.count(level.failed)),
    TableColumn("TTFT p50", _ttft),
    TableColumn(
        "95 % interval", lambda level: units.span(level.ttft_ms and level.ttft_ms.interval, units.milliseconds)
    ),
    TableColumn("tok/s of a request", lambda level: _rate(level, level.decode_tok_s and level.decode_tok_s.headline)),
    TableColumn(
        "95 % interval",
        lambda level: units.span(level.decode_tok_s and level.decode_tok_s.interval, lambda rate: _rate(level, rate)),
    ),
    TableColumn("Total tok/s", _total),
    TableColumn("In flight", lambda level: units.mean_count(level.in_flight)),
)
"""What is told of each level."""


def _chart(
    found: Sequence[Level], title: str, number: Callable[[Level], float | None], show: Callable[[Level], str]
) -> str:
    """A bar a level."""
    known = [(level, value) for level in found if (value := number(level))]
    if len(known) < 2:
        return ""
    most = max(value for _, value in known)
    side = max(len(units.count(level.at_once)) for level, _ in known)
    lines = [
        f"{units.count(level.at_once):>{side}}  {'█' * max(1, round(value / most * _BAR_CELLS)):<{_BAR_CELLS}}  "
        f"{show(level)}"
        for level, value in known
    ]
    return markdown_block("\n".join([title, *lines]))
