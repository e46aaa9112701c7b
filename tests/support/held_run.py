"""Runs ``benchtop``, and holds it once so many samples are stored: ``python -m tests.support.held_run COUNT ...``.

The arguments after the count are those of ``benchtop``. Whoever started it kills it, however late that is.
"""

from __future__ import annotations

import sys
import threading

from tui.bench.ledger import Ledger
from tui.cli import main
from tui.records import Sample


def hold_after(count: int) -> None:
    """Have this process wait for its end before it stores a further sample."""
    usual, stored = Ledger.add_sample, 0

    def add_sample(self: Ledger, sample: Sample) -> None:
        nonlocal stored
        if stored == count:
            threading.Event().wait()
        stored += 1
        usual(self, sample)

    Ledger.add_sample = add_sample


if __name__ == "__main__":
    hold_after(int(sys.argv[1]))
    sys.argv[1:] = sys.argv[2:]
    sys.exit(main(sys.argv[1:]))
