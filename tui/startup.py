"""The way to the first frame. Nothing that only commands need is imported on it: a person waits here."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from tui import log, workspace


def has_terminal() -> bool:
    """Whether there is a terminal to open the workbench in."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def open_workbench(
    config_folder: Path | None = None,
    cache_folder: Path | None = None,
    floor_bytes: int | None = None,
    ceiling_bytes: int | None = None,
    history_file: Path | None = None,
) -> int:
    """Run the workbench until it is left; gives the exit code. ``None`` is the default of each."""
    log.log_to_file()
    # On the way to the first frame nothing becomes garbage; the app collects again once the models are found.
    gc.disable()
    from tui.app import run_app

    return run_app(
        lambda: workspace.open_workspace(config_folder, cache_folder, floor_bytes, ceiling_bytes, history_file)
    )
