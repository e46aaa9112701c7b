"""``benchtop practice``: writes a practice model of any size on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui import paths
from tui.cli.shared.options import Refused
from tui.cli.shared.values import size_in_bytes
from tui.console import ExitCode, process_console
from tui.lazy import lazy_module
from tui.practice import HEAVY_MODEL
from tui.text import units

if TYPE_CHECKING:
    from tui.practice import heavy
else:
    heavy = lazy_module("tui.practice.heavy")


@click.command()
@click.option(
    "--size",
    "size_bytes",
    metavar="SIZE",
    type=size_in_bytes,
    required=True,
    help="How large, from 60mb to 8gb: 500mb, 1gb, ...",
)
def command(*, size_bytes: int) -> int:
    """Write practice-heavy, a practice model as large as you say, to see what a large model does to this machine.

    It answers like the small ones, and needs no download. Writing it again replaces it.
    """
    console = process_console()
    folder = paths.app_data_dir() / "models"
    started = False

    def tell(done_bytes: int, total_bytes: int) -> None:
        nonlocal started
        if not started:
            started = True
            console.say(f"Writing {HEAVY_MODEL}, {units.size(total_bytes)}, into {folder}.")
        share = units.percent(done_bytes / total_bytes if total_bytes else None)
        console.status(f"{share} of {units.size(total_bytes)}")

    try:
        model_folder = heavy.write_heavy(folder, size_bytes, tell)
    except heavy.HeavyError as error:
        raise Refused(str(error)) from error
    console.data(f"{model_folder}\n")
    console.say(f'Ready: try "benchtop run {HEAVY_MODEL}"; to have the space back, remove that folder.')
    return ExitCode.DONE
