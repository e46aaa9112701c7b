"""``benchtop remove``: removes a downloaded model from the disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from tui.cli.shared.options import Refused, Setup, agreed, refusals, set_up
from tui.cli.shared.values import cache_option, completing, config_option
from tui.console import Console, ExitCode, process_console
from tui.library.model_names import matching
from tui.records import Model
from tui.text import units
from tui.workspace.library import open_library


@click.command()
@click.argument("name", metavar="NAME", shell_complete=completing("all_models"))
@click.option("--yes", is_flag=True, help="Do not ask.")
@cache_option
@config_option
@click.pass_context
def command(ctx: click.Context, *, config_folder: Path | None, cache_folder: Path | None, name: str, yes: bool) -> int:
    """Remove a downloaded model, whole, half or broken, and tell what that frees."""
    console = process_console()
    setup = set_up(ctx, config_folder, console, cache_folder)
    with refusals():
        model = _on_disk(setup, name, console)
        question = f"Remove {model.key} ({units.size(model.size_bytes)}) in {model.folder}?"
        if not yes and not agreed(question, f"removing {model.key}", console):
            console.say("Nothing is removed.")
            return ExitCode.DONE
        freed_bytes = asyncio.run(_remove(setup, model))
    console.say(f"{model.key} is removed; {units.size(freed_bytes)} are free again.")
    return ExitCode.DONE


def _on_disk(setup: Setup, name: str, console: Console) -> Model:
    here = [model for model in matching(name, setup.models, console.say) if model.folder is not None]
    if not here:
        raise Refused(f"{name} is not on this machine; there is nothing to remove.")
    if len(here) > 1:
        raise Refused(f"{name} is here in several builds: {', '.join(model.key for model in here)}; name one of them.")
    return here[0]


async def _remove(setup: Setup, model: Model) -> int:
    async with open_library(setup.places) as library:
        return await library.remove(model)
