"""What ``benchtop bench`` was told about requests to servers: how many at once, how often, how long each may take."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import click

from tui.bench.planning.steps import MOST_AT_ONCE
from tui.cli.shared.values import said
from tui.text.sizes import numbers_in


def levels_of(value: str) -> tuple[int, ...]:
    """The kind of option that takes numbers of requests at once: ``1,2,4,8``."""
    levels = numbers_in(value, MOST_AT_ONCE)
    if levels is None:
        raise click.BadParameter(f"{said(value)} are no numbers from 1 to {MOST_AT_ONCE}; write them as 1,2,4,8.")
    return levels


def above_zero(value: object) -> float:
    """The kind of option that takes a number above 0."""
    with suppress(ValueError):
        number = float(str(value))
        if math.isfinite(number) and number > 0:
            return number
    raise click.BadParameter(f"{said(value)} is not a number above 0.")


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
