"""The table that comes before a benchmark on a fleet, and a line for each machine while it goes on."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from tests.support.builders import environment
from tui.bench.fleet.coordination import Checked, MachineProgress, MachineState
from tui.cli.bench.fleet_tables import ProgressLines, checks_table, outcome_table, remarks
from tui.console import Console
from tui.records.fleet.network import MachineCheck, MachineHere, ModelCheck

GIB = 2**30
WHOLE = MachineCheck(
    environment=replace(environment(), os="Debian GNU/Linux 12 (bookworm), x86_64", on_battery=True),
    free_ram_bytes=20 * GIB,
    free_disk_bytes=60 * GIB,
    models=(
        ModelCheck(key="phi", same_bytes=False),
        ModelCheck(key="large", same_bytes=True, will_not_fit="40 GiB needed, 20 GiB free"),
        ModelCheck(key="gone", problem="it is not on this machine"),
    ),
    expected_s=100,
)
CHECKS = (
    Checked(name="laptop", check=WHOLE),
    Checked(name="bare", check=replace(WHOLE, models=(ModelCheck(key="phi", problem="it is not on this machine"),))),
    Checked(name="old\x1b[31m", problem="it has Benchtop 0.0.9, this desk 0.1.0"),
)
HERE = {"laptop": MachineHere(name="laptop", benchtop="0.1.0")}


@pytest.mark.parametrize("width", [None, 120, 100, 90])
def test_the_check_is_one_table_and_says_below_it_what_is_wrong(width: int | None) -> None:
    table = checks_table(CHECKS, HERE, width)
    lines = table.splitlines()
    assert lines[0].split() == [
        "MACHINE",
        "VERSION",
        "SYSTEM",
        "FREE",
        "RAM",
        "DISK",
        "POWER",
        "MODELS",
        "TIME",
        "START",
    ]
    assert [lines[1].split()[index] for index in (0, 1)] == ["laptop", "0.1.0"]
    assert "battery" in lines[1]
    assert "2 of 3" in lines[1]
    assert "\x1b" not in table
    assert width is None or max(map(len, lines)) <= width
    assert list(remarks(CHECKS)) == [
        "laptop: phi has other bytes than the plan means; it is measured, and the result says so.",
        "laptop: large will not fit: 40 GiB needed, 20 GiB free.",
        "laptop: gone fails: it is not on this machine.",
        "bare does not start: none of the models can be run there.",
        "bare: phi fails: it is not on this machine.",
        "old\x1b[31m does not start: it has Benchtop 0.0.9, this desk 0.1.0.",
    ]


def test_a_machine_whose_disk_is_full_measures_and_is_named() -> None:
    one = ModelCheck(key="phi", same_bytes=True)
    full = Checked(name="full", check=replace(WHOLE, free_disk_bytes=4096, models=(one,)))
    assert list(remarks([full])) == [
        "full: its disk has 4.00 KiB left; it measures, but only the desk's history may keep the run."
    ]


def test_a_log_has_a_line_for_each_change_of_a_machine() -> None:
    words = io.StringIO()
    lines = ProgressLines(Console(None, words))
    one = MachineProgress(name="laptop", state=MachineState.AT_WORK, total=20, done=0, doing="phi: loading")
    other = MachineProgress(name="desk", group="shelf")
    machines = {"laptop": one, "desk": other}
    lines.show(machines)
    one.done, one.state, one.reason = 5, MachineState.LOST, "its connection was lost"
    one.notices.append("phi: out of memory\x1b[2J")
    lines.show(machines)
    lines.show(machines)
    assert words.getvalue().splitlines() == [
        "laptop  [--------------------] 0/20  phi: loading",
        "desk  waits for its turn in the group shelf",
        "laptop: phi: out of memory␛[2J",
        "laptop  5/20  lost: its connection was lost",
    ]


def test_the_outcome_has_every_machine_also_those_that_never_began() -> None:
    done = MachineProgress(name="laptop", state=MachineState.DONE, total=20, done=20)
    rows = outcome_table({"laptop": done}, CHECKS, 200).splitlines()
    assert [row.split("  ")[0] for row in rows[2:]] == ["laptop", "bare", "old␛[31m"]
    assert "none of the models can be run there" in rows[3]
    assert "it has Benchtop 0.0.9, this desk 0.1.0" in rows[4]
