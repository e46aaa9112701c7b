"""``python -m tui`` and the ``benchtop`` command."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; the number is the exit code."""
    keep_first_descriptors()
    from tui import log, paths, startup

    sys.excepthook = log.tell_of_crash
    if len(sys.argv) == 1 and startup.has_terminal() and paths.has_place():
        return startup.open_workbench()
    from tui.cli import main as run

    return run()


def keep_first_descriptors() -> None:
    """With stdin, stdout or stderr closed, the next file or pipe would take its number and be written to by others."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    sys.exit(main())
