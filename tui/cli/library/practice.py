"""``benchtop practice``: a practice model as large as asked for, written on this machine."""

from __future__ import annotations

import click

from tui import paths
from tui.cli.shared.options import Refused
from tui.cli.shared.values import size_in_bytes
from tui.console import ExitCode, process_console
from tui.practice import HEAVY_MODEL
from tui.text import units


@click.command()
@click.option(
    "--size", "size_bytes", metavar="SIZE", type=size_in_bytes, required=True, help="How large: 500mb, 1gb, ..."
)
def command(*, size_bytes: int) -> int:
    """Write practice-heavy, a practice model as large as you say, to see what a large model does to this machine.

    It answers like the small ones, and needs no download. Writing it again replaces it.
    """
    from tui.practice.heavy import HeavyError, write_heavy

    console = process_console()
    folder = paths.app_data_dir() / "models"
    told = False

    def tell(done_bytes: int, total_bytes: int) -> None:
        nonlocal told
        if not told:
            told = True
            console.say(f"Writing {HEAVY_MODEL}, {units.size(total_bytes)}, into {folder}.")
        share = units.percent(done_bytes / total_bytes if total_bytes else None)
        console.status(f"{share} of {units.size(total_bytes)}")

    try:
        written = write_heavy(folder, size_bytes, tell)
    except HeavyError as error:
        raise Refused(str(error)) from error
    console.data(f"{written}\n")
    console.say(f'Ready: try "benchtop run {HEAVY_MODEL}"; to have the space back, remove that folder.')
    return ExitCode.DONE
