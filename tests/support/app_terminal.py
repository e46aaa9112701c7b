"""Starts the real app in a pseudo-terminal for tests."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support import pty_terminal

COMMAND = (sys.executable, "-m", "tui")
ROOT = Path(__file__).parents[2]


def started(
    tmp_path: Path, *, columns: int = 140, rows: int = 42, options: tuple[str, ...] = ()
) -> pty_terminal.PtyTerminal:
    """Start the app with its files in a folder; ``options`` are those of the command."""
    env = {
        "BENCHTOP_HOME": str(tmp_path),
        "CI": "1",
        "PYTHONPATH": str(ROOT),
        # Test runners set these two, and Textual prefers them to the size of the terminal.
        "COLUMNS": str(columns),
        "LINES": str(rows),
    }
    return pty_terminal.PtyTerminal((*COMMAND, *options), columns=columns, rows=rows, env=env, cwd=tmp_path)
