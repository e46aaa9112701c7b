"""All faults, and their table."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.faults import files, histories, keys, numbers, servers
from tests.faults.kinds import Fault, Outcome, outcome_of

LEAST: Final = 150
"""How many faults the table has at least."""


def all_faults() -> list[Fault]:
    """Return every fault, in the order of the table."""
    return [fault for module in (files, histories, keys, numbers, servers) for fault in module.faults()]


def inject_all(faults: Iterable[Fault]) -> list[Outcome]:
    """Inject each fault in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="benchtop-faults-") as folder:
        try:
            return [outcome_of(fault, Path(folder, str(number))) for number, fault in enumerate(faults)]
        finally:
            servers.close()


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the table by family, as Markdown: how many faults, how many were handled, and how long they took."""
    injected = Counter(outcome.fault.family for outcome in outcomes)
    handled = Counter(outcome.fault.family for outcome in outcomes if not outcome.problem)
    took_s = {family: sum(one.took_s for one in outcomes if one.fault.family == family) for family in injected}
    lines = ["| family | faults | handled | s |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {family} | {injected[family]} | {handled[family]} | {took_s[family]:.1f} |" for family in injected]
    lines.append(f"| all | {injected.total()} | {handled.total()} | {sum(took_s.values()):.1f} |")
    return "\n".join(lines)
