"""``benchtop register``: adds a model folder of the user's own to the list of models."""

from __future__ import annotations

from pathlib import Path

import click

from tui import paths
from tui.cli.shared.options import refusals, set_up
from tui.cli.shared.values import config_option
from tui.console import ExitCode, process_console
from tui.library.foundry_library import FoundryLibrary


@click.command()
@click.argument("name", metavar="NAME")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--capability", "capabilities", metavar="X", multiple=True, help="What it is good at; may be repeated.")
@config_option
@click.pass_context
def command(
    ctx: click.Context, *, config_folder: Path | None, name: str, folder: Path, capabilities: tuple[str, ...]
) -> int:
    """Add a folder that ONNX Runtime GenAI can load to the list of models. Its files stay where they are.

    \b
    benchtop register my-model ./my-model --capability chat
    """
    console = process_console()
    setup = set_up(ctx, config_folder, console)
    with refusals():
        model = FoundryLibrary(setup.places).register(name, paths.expanded(folder), capabilities)
    console.say(f'{model.key} is registered: try "benchtop run {name}".')
    return ExitCode.DONE
