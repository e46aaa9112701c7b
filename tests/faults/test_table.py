"""Every family of the fault table; ``python -m tests.faults`` prints the table itself."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.faults.kinds import Fault, outcome_of
from tests.faults.table import LEAST, all_faults, inject_all, table

FAULTS = all_faults()
SLOW = ("children", "servers", "reports", "model folders", "what is kept")
"""The families whose faults start processes or read and write much: the suite injects every sixth of them."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes, devices and links of a POSIX system")


@pytest.mark.parametrize("family", dict.fromkeys(fault.family for fault in FAULTS))
def test_every_fault_is_handled(family: str) -> None:
    faults = [fault for fault in FAULTS if fault.family == family]
    outcomes = inject_all(faults[::6] if family in SLOW else faults)
    assert not [f"{outcome.fault.name}: {outcome.problem}" for outcome in outcomes if outcome.problem]


def test_the_table_counts_what_was_not_handled() -> None:
    def fail(_: object) -> None:
        raise RuntimeError("something is lost")

    outcomes = inject_all([Fault("a", "good", lambda _: None), Fault("a", "bad", fail)])
    assert [outcome.problem for outcome in outcomes] == ["", "RuntimeError: something is lost"]
    assert "| a | 2 | 1 |" in table(outcomes)
    assert len(FAULTS) >= LEAST


def _search_without_end(_: Path) -> None:
    re.fullmatch("(a+)+", "a" * 60 + "b")


def test_a_fault_that_does_not_end_is_interrupted_and_named(tmp_path: Path) -> None:
    hang = Fault("a", "hang", _search_without_end)
    assert outcome_of(hang, tmp_path / "hang", 0.2).problem == "TimeoutError: it does not end within 0.2 s"
