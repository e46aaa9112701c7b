"""``benchtop unregister``: removes a model of the user's own from the list of models."""

from __future__ import annotations

import click

from tui import paths
from tui.cli.shared.options import refusals
from tui.cli.shared.values import completing
from tui.console import ExitCode, process_console
from tui.library.registrations import Registrations


@click.command()
@click.argument("name", metavar="NAME", shell_complete=completing("all_models"))
def command(*, name: str) -> int:
    """Forget a model that was registered. Its files stay where they are."""
    registrations = Registrations(paths.registrations_file())
    entry = registrations.all().get(name)
    with refusals():
        registrations.remove(name)
    is_gone = entry is not None and not paths.exists(entry.path)
    files = f"its folder {entry.path} is gone already" if entry is not None and is_gone else "its files stay"
    process_console().say(f"{name} is no longer registered; {files}.")
    return ExitCode.DONE
