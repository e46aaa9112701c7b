"""What ``benchtop bench`` was told about requests to servers: how many at once, how often, how long each may take."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import click

from tui.cli.options import Refused
from tui.records import Mode, Order, Plan
from tui.records.models import ENDPOINT

_MOST: Final = 256
"""Requests at once: each is a connection, of which a process has about a thousand."""


def levels_of(value: str) -> tuple[int, ...]:
    """The kind of option that takes numbers of requests at once: ``1,2,4,8``."""
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= _MOST for part in parts):
        raise click.BadParameter(f"{value} are no numbers from 1 to {_MOST}; write them as 1,2,4,8.")
    return tuple(sorted({int(part) for part in parts}))


def above_zero(value: object) -> float:
    """The kind of option that takes a number above 0."""
    with suppress(ValueError):
        number = float(str(value))
        if math.isfinite(number) and number > 0:
            return number
    raise click.BadParameter(f"{value} is not a number above 0.")


_OPTIONS: Final = (
    click.option(
        "--concurrency",
        metavar="N,N",
        type=levels_of,
        help="Requests at once, one level after the other, as 1,2,4,8; for models of an endpoint.",
    ),
    click.option("--max-rps", metavar="R", type=above_zero, help="Send an endpoint at most this many a second."),
    click.option(
        "--request-timeout", metavar="S", type=above_zero, help="End an endpoint's answer after so many seconds."
    ),
)


def crowd_options(command: Callable[..., int]) -> Callable[..., int]:
    """How servers are asked."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_requests(plan: Plan, *, gated: bool) -> None:
    """Refuse what cannot be done with the models of the plan, or not together."""
    asked = {
        "--concurrency": plan.crowded,
        "--max-rps": plan.max_per_second is not None,
        "--request-timeout": plan.time_limit_s is not None,
    }
    local = [model.key for model in plan.models if model.engine != ENDPOINT]
    for option, given in asked.items():
        if given and local:
            raise Refused(f"{option} is for models of an endpoint, and {', '.join(local)} runs here; leave one out.")
    if not plan.crowded:
        return
    excluded = {
        "--until-ci": plan.until_interval is not None,
        "--sweep": bool(plan.sweep),
        "--mode side-by-side": plan.mode is Mode.SIDE_BY_SIDE,
        "--order interleaved": plan.order is Order.INTERLEAVED,
        "--baseline": gated,
    }
    for option, given in excluded.items():
        if given:
            raise Refused(f"--concurrency and {option} exclude each other; leave one out.")
