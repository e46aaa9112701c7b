"""``benchtop plan``: writes a benchmark down as data, which other machines do with ``bench --plan``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from tui.cli.bench.own_options import WhatOptions
from tui.cli.bench.what_options import what_options
from tui.cli.shared.options import memory_options
from tui.cli.shared.setting_options import SERVER_SETTINGS, setting_options
from tui.cli.shared.values import cache_option, config_option, endpoint_options
from tui.console import process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui.cli.bench import writing_plan
else:
    writing_plan = lazy_module("tui.cli.bench.writing_plan")


class PlanOptions(WhatOptions):
    """The values of all options of the command besides those of ``shared.setting_options``."""

    out: Path
    bundle: Path | None


@click.command()
@what_options
@memory_options
@endpoint_options
@setting_options(SERVER_SETTINGS)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("-"),
    help="Write the plan to this file. [default: stdout]",
)
@click.option(
    "--bundle",
    metavar="FOLDER|FILE.zip",
    type=click.Path(path_type=Path),
    help="Write plan and models for a machine without a network.",
)
@cache_option
@config_option
@click.pass_context
def command(ctx: click.Context, **options: Unpack[PlanOptions]) -> int:
    """Write the settings of a benchmark to a file, so that other machines can repeat it.

    benchtop merge joins their results.

    The options are those of benchtop bench. The plan has the models with the hashes of their files, the prompts, all
    settings and limits, and an id that stands for exactly this content. It has no paths and no keys.

    \b
    benchtop plan --models practice-small,practice-large --rounds 5 > plan.json
    benchtop bench --plan plan.json --json laptop.json
    """
    return writing_plan.write_plan(ctx, options, process_console())
