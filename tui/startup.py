"""Opening the workbench. Nothing that only the commands need is imported here, because a person waits."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from tui import log, workspace
from tui.system.terminals import is_terminal


def has_terminal() -> bool:
    """Whether both stdin and stdout are a terminal, so that the workbench can be opened."""
    return is_terminal(sys.stdin) and is_terminal(sys.stdout)


def open_workbench(
    config_folder: Path | None = None,
    cache_folder: Path | None = None,
    floor_bytes: int | None = None,
    ceiling_bytes: int | None = None,
    history_file: Path | None = None,
) -> int:
    """Run the workbench until it is left, and return the exit code.

    Each argument that is ``None`` has its default: see ``workspace.open_workspace``.
    """
    log.log_to_file()
    # Up to the first frame nothing becomes garbage. The app turns the collection on again once the models are found.
    gc.disable()
    # Textual is imported only now, since every command imports this module and none of them draws.
    from tui.app import run_app

    return run_app(
        lambda: workspace.open_workspace(config_folder, cache_folder, floor_bytes, ceiling_bytes, history_file)
    )
