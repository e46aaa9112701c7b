"""Checks of a plan, which the command line and the benchmark dialog share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tui.bench.planning.steps import total_samples
from tui.records import Mode, Order, Plan
from tui.records.measurement_settings import DEFAULT_MAX_ROUNDS, SETTINGS
from tui.text import units

_MOST_REQUESTS: Final = 1_000_000
"""The greatest number of requests of one run, all of which are listed before it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of the parts of a plan in messages; the defaults are those of the command line."""

    rounds: str = SETTINGS["rounds"].option
    until: str = SETTINGS["until_interval"].option
    most_rounds: str = SETTINGS["max_rounds"].option
    sweep: str = "--sweep"
    at_once: str = SETTINGS["concurrency"].option
    arrivals: str = SETTINGS["arrivals_per_s"].option
    side_by_side: str = "--mode side-by-side"
    in_turns: str = "--order interleaved"


def wrong_with(plan: Plan, names: Names) -> str | None:
    """Find the first mistake in a plan: a sentence with the remedy, or ``None`` if there is no mistake."""
    checks = (_rounds, _stopping, _requests, _turns)
    return next((sentence for check in checks for sentence in check(plan, names)), None)


def _rounds(plan: Plan, names: Names) -> Iterator[str]:
    rounds, launches = plan.method.rounds, plan.method.launches
    if rounds < launches:
        yield f"{launches} launches need at least as many rounds, and there are {rounds}; use {names.rounds}."
    if (requests := total_samples(plan)) > _MOST_REQUESTS:
        yield (
            f"that would be {units.count(requests)} requests, and a run has at most {units.count(_MOST_REQUESTS)}; "
            "ask for fewer rounds."
        )


def _stopping(plan: Plan, names: Names) -> Iterator[str]:
    method, until, most = plan.method, names.until, names.most_rounds
    if method.until_interval is None:
        if method.max_rounds is not None:
            yield f"{most} limits what {until} adds; leave it out, or say {until} 3%."
    elif not method.until_interval:
        yield f"{until} 0% would never end; use a share such as 3%."
    elif method.rounds >= (method.max_rounds or DEFAULT_MAX_ROUNDS):
        yield f"{until} adds to the {method.rounds} rounds, so {most} must be above them."


def _requests(plan: Plan, names: Names) -> Iterator[str]:
    local = [model.key for model in plan.models if not model.traits.takes_concurrency]
    for setting in SETTINGS.values():
        if local and setting.for_servers and getattr(plan.method, setting.name) != setting.default:
            name = names.at_once if setting.name == "concurrency" else setting.option
            yield f"{name} is for models of an endpoint, and {', '.join(local)} runs here; leave one out."
    excluded = {
        names.until: plan.method.until_interval is not None,
        names.sweep: bool(plan.method.sweep),
        names.side_by_side: plan.method.mode is Mode.SIDE_BY_SIDE,
        names.in_turns: plan.method.order is Order.INTERLEAVED,
    }
    given_levels = {names.at_once: plan.method.concurrent, names.arrivals: bool(plan.method.arrivals_per_s)}
    for level in [level for level, given in given_levels.items() if given]:
        for option in [option for option, given in excluded.items() if given]:
            yield f"{level} and {option} exclude each other; leave one out."
    if all(given_levels.values()):
        yield f"{names.at_once} and {names.arrivals} exclude each other; measure them in two runs."
    if plan.method.arrivals_per_s and plan.method.max_per_second is not None:
        yield f"{names.arrivals} sends each request when it arrives, so --max-rps cannot hold it back; leave one out."
    if plan.method.slo and not plan.method.has_levels:
        yield f"--slo counts the good requests of a level; use it with {names.at_once} or {names.arrivals}."


def _turns(plan: Plan, names: Names) -> Iterator[str]:
    if plan.method.mode is Mode.SIDE_BY_SIDE and plan.method.order is Order.INTERLEAVED:
        yield (
            f"{names.side_by_side}: all models answer at once, so there are no turns; leave it or {names.in_turns} out."
        )
