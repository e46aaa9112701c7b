"""``python -m tui`` and the ``benchtop`` command."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from typing import TYPE_CHECKING, Final

from tui import log, paths, startup
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui import cli
else:
    cli = lazy_module("tui.cli")

_COLLECT_AFTER: Final = (50_000, 20, 100)
"""After how many new objects garbage is looked for: imports make many, and none of them becomes garbage."""


def main() -> int:
    """Open the workbench or, if there are arguments or no terminal, run the command line; returns the exit code."""
    gc.set_threshold(*_COLLECT_AFTER)
    keep_first_descriptors()
    sys.excepthook = log.tell_of_crash
    sys.unraisablehook = log.note_unraisable
    warnings.showwarning = log.note_warning
    if len(sys.argv) == 1 and startup.has_terminal() and paths.can_keep_files():
        return startup.open_workbench()
    return cli.main()


def keep_first_descriptors() -> None:
    """Open the null device in place of stdin, stdout or stderr where one is closed.

    Otherwise the next file or pipe would get its number, and others would write into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    sys.exit(main())
