"""``benchtop choose``: recommends a model by six weights and hard limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from tui.cli.shared.values import (
    cache_option,
    completing,
    config_option,
    endpoint_options,
    history_option,
    json_option,
    names,
    not_negative,
    reference_option,
    size_in_bytes,
)
from tui.console import process_console
from tui.lazy import lazy_module
from tui.records.decision import PRESETS, Dimension

if TYPE_CHECKING:
    from tui.cli.choose import output
else:
    output = lazy_module("tui.cli.choose.output")

_REPORT = click.Path(path_type=Path)
_DIMENSIONS = tuple(dimension.value for dimension in Dimension)


class ChooseOptions(TypedDict):
    """The values of all options of the command."""

    config_folder: Path | None
    cache_folder: Path | None
    models: tuple[str, ...] | None
    run: str | None
    every_machine: bool
    preset: str
    weights: dict[str, float] | None
    max_memory: int | None
    max_disk: int | None
    max_ttft: float | None
    licences: tuple[str, ...] | None
    references: tuple[Path, ...]
    markdown_file: Path | None
    json_file: Path | None
    endpoints: tuple[str, ...]
    trust_config: bool


def weights_of(value: str) -> dict[str, float]:
    """Convert weights such as ``quality=50,latency=20``."""
    weights: dict[str, float] = {}
    for part in filter(None, (item.strip() for item in value.split(","))):
        name, equals, weight = part.partition("=")
        if name.strip() not in _DIMENSIONS or not equals:
            raise click.BadParameter(f"{part} is not a weight such as quality=50, of one of {', '.join(_DIMENSIONS)}.")
        weights[name.strip()] = not_negative(weight.strip())
    if not weights:
        raise click.BadParameter("name at least one weight, such as quality=50.")
    return weights


@click.command()
@click.option(
    "--models",
    metavar="A,B",
    type=names,
    shell_complete=completing("models"),
    help="Choose among these; otherwise among all in the history.",
)
@click.option(
    "--run",
    metavar="RUN",
    shell_complete=completing("runs"),
    help="Only what this run measured; otherwise each model's latest benchmark.",
)
@click.option(
    "--every-machine",
    is_flag=True,
    help="Take the numbers of the worst machine of each model; benchtop history import brings the runs of others.",
)
@click.option("--preset", type=click.Choice(list(PRESETS)), default="chat", help="Weights for a use. [default: chat]")
@click.option("--weights", metavar="NAME=N,...", type=weights_of, help="Weights of your own in place of the preset's.")
@click.option("--max-memory", metavar="SIZE", type=size_in_bytes, help="Leave out models with a higher peak.")
@click.option("--max-disk", metavar="SIZE", type=size_in_bytes, help="Leave out models that are larger on the disk.")
@click.option("--max-ttft", metavar="MS", type=not_negative, help="Leave out models with a longer TTFT.")
@click.option(
    "--licences",
    metavar="A,B",
    type=names,
    help="Leave out models with other licences than these.",
)
@endpoint_options
@reference_option
@click.option("--md", "markdown_file", metavar="FILE", type=_REPORT, help="Write the decision as Markdown.")
@json_option
@history_option
@cache_option
@config_option
@click.pass_context
def command(ctx: click.Context, **options: Unpack[ChooseOptions]) -> int:
    """Rank the models of the history by latency, throughput, memory, quality, footprint and licence.

    Quality is from ratings, votes, trusted judges or checked answers, in this order; where answers were checked, votes
    lead from 10 on each model on, and ratings from 5 prompts on or all that were checked.

    With --endpoint a server is asked which models it lists now, and with what size; the others of it are left out.
    Exit code 1 when no model can be recommended.

    \b
    benchtop choose --preset summarizer --max-memory 2gb
    benchtop choose --weights quality=60,memory=30 --md choice.md
    """
    return output.choose_model(ctx, options, process_console())
