"""``python -m tests.faults [FAMILY]``: inject every fault, print the table, and name what was not handled."""

from __future__ import annotations

import sys

from tests.faults.table import all_faults, inject_all, table


def main() -> int:
    """Return 0 if every fault was handled, else 1."""
    wanted = sys.argv[1:]
    outcomes = inject_all(fault for fault in all_faults() if not wanted or fault.family in wanted)
    print(table(outcomes))
    problems = [outcome for outcome in outcomes if outcome.problem]
    for outcome in problems:
        print(f"{outcome.fault.family}: {outcome.fault.name}: {outcome.problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
