"""Options on how a model is to answer. Apart, since records are not imported for the list of commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import click

from tui.cli.shared.values import not_negative, whole_from
from tui.records import Method

_METHOD: Final = Method()

_SAMPLING_OPTIONS = (
    click.option(
        "--max-tokens",
        metavar="N",
        type=whole_from(1),
        default=_METHOD.max_tokens,
        help=f"Longest answer, in tokens. [default: {_METHOD.max_tokens}]",
    ),
    click.option(
        "--temperature",
        metavar="T",
        type=not_negative,
        default=_METHOD.temperature,
        help="How much chance decides; 0 is deterministic. [default: 0]",
    ),
    click.option(
        "--seed", metavar="N", type=whole_from(0), help="Seed of that chance, where the temperature is above 0."
    ),
)


def sampling_options(command: Callable[..., int]) -> Callable[..., int]:
    """How a model is to answer."""
    for option in reversed(_SAMPLING_OPTIONS):
        command = option(command)
    return command
