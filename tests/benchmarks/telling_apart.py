"""How often the comparison of runs cries wolf, and how often it finds what was planted; on drawn launches.

``python -m tests.benchmarks.telling_apart``: no model is run. Each run has 5 launches of 20 rounds of 3 prompts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from tests.launches import LAUNCH_SD, ROUND_SD, Machine
from tui.measure.compare import compare, regressions
from tui.records import RunRecord
from tui.records.comparison import Comparison, Outcome

LAUNCHES, ROUNDS = 5, 20
TRIES = 200
SLOWDOWN = 1.08
LIMIT = 0.05


def different(found: Comparison) -> bool:
    """Whether any number is called different."""
    return any(change.outcome in (Outcome.FASTER, Outcome.SLOWER) for change in found.changes)


def slower(found: Comparison) -> bool:
    """Whether both numbers of the model are called slower."""
    return all(change.outcome is Outcome.SLOWER for change in found.changes)


def count(random: np.random.Generator, factor: float, wanted: Callable[[Comparison], bool]) -> int:
    """In how many comparisons of a run with one that is slower by this factor this is so."""
    machine = Machine()

    def drawn(times: float) -> RunRecord:
        return machine.run(random, LAUNCHES, ROUNDS, slower=times)

    return sum(wanted(compare(drawn(1.0), drawn(factor))) for _ in range(TRIES))


def main() -> int:
    random = np.random.default_rng(20261122)
    print(f"{TRIES} comparisons each, launch sd {LAUNCH_SD:.1%}, round sd {ROUND_SD:.1%}")
    alarms = count(random, 1.0, different)
    print(f"the same twice, called different: {alarms} ({alarms / TRIES:.1%})")
    found = count(random, SLOWDOWN, slower)
    print(f"slower by {SLOWDOWN - 1:.0%}, TTFT and decode rate both found: {found} ({found / TRIES:.1%})")
    failing = count(random, SLOWDOWN, lambda each: bool(regressions(each, LIMIT)))
    print(f"slower by {SLOWDOWN - 1:.0%}, surely by more than {LIMIT:.0%}: {failing} ({failing / TRIES:.1%})")
    return 0 if alarms <= 0.05 * TRIES and found == TRIES else 1


if __name__ == "__main__":
    sys.exit(main())
