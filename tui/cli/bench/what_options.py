"""The options that say what a benchmark measures, and how: those of ``benchtop bench`` and ``benchtop plan``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import click

from tui.cli.bench.own_options import fields_of, sweep_of
from tui.cli.shared.setting_options import OTHER_SETTINGS, setting_options
from tui.cli.shared.values import completing, names

_OPTIONS: Final = (
    click.option(
        "--models",
        metavar="A,B",
        type=names,
        shell_complete=completing("models"),
        help="Models to measure; see benchtop models. [BENCH_MODELS]",
    ),
    click.option(
        "--prompts",
        metavar="SET|FILE",
        shell_complete=completing("prompt_sets"),
        help="A set of prompts.json, or a file with prompts.",
    ),
    click.option("--prompt", metavar="TEXT", help="One prompt instead of a set. [BENCH_PROMPT]"),
    click.option(
        "--pack",
        metavar="NAME|PATH",
        shell_complete=completing("packs"),
        help="A pack of graded tasks (benchtop packs lists them), or a data set: JSON, JSONL, YAML or CSV.",
    ),
    click.option(
        "--map",
        "fields",
        metavar="OURS=THEIRS,...",
        type=fields_of,
        help="The columns of a data set: prompt=question,expected=answer.",
    ),
    click.option(
        "--scored",
        metavar="WAY",
        help="How expected is graded: contains, equal, f1, edit, number, choice, values, ... (benchtop guide packs).",
    ),
    click.option(
        "--sweep",
        metavar="WHAT:N,N",
        type=sweep_of,
        help="Lengths in place of a set: prompt:128,512 or output:32,128; or settings: context:2048,8192, "
        "chunk:128,2048.",
    ),
    click.option(
        "--protocol",
        metavar="NAME",
        shell_complete=completing("protocols"),
        help="quick, workshop, thorough or one of prompts.json; a flag beside it goes first.",
    ),
    setting_options(OTHER_SETTINGS),
)


def what_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options on models, prompts and settings of a measurement."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
