"""A plan on machines in real processes: one is killed, one lies; more of them are in ``benchmarks.fleet_faults``."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from tests.support import fleet_machine
from tests.support.fleets import below, joined, measuring, open_desk, run_of, samples_of, wait_until
from tui.bench.fleet import wire
from tui.bench.fleet.network import tasks
from tui.records import RunStatus

PLAN = ("--models", "practice-small", "--prompt", "Hello", "--max-tokens", "8", "--warmup", "1", "--cool-down", "0.2")
WHOLE = 10
"""The samples of the plan: one cold, one to warm up, and the rounds."""


def test_a_killed_machine_goes_on_a_liar_is_told_and_ctrl_c_stops_all(tmp_path: Path) -> None:
    liar, held = (("-m", "tests.support.fleet_machine", mode) for mode in ("garbage", fleet_machine.HELD))
    with (
        open_desk(tmp_path) as desk,
        joined(tmp_path, "liar", program=liar) as lying,
        contextlib.ExitStack() as stack,
    ):
        machine = stack.enter_context(joined(tmp_path, "killed"))
        for one, name in ((lying, "liar"), (machine, "killed")):
            one.wait_for(f"Joined as {name}")
        report = tmp_path / "report.md"
        with measuring(desk, *PLAN, "--rounds", "8", "--md", str(report)) as bench:
            wait_until(lambda: samples_of(desk, "killed") >= 2, "samples come at once")
            children = below(machine)
            killed = machine.process.pid
            machine.process.kill()
            machine.process.wait()
            _, alive = psutil.wait_procs(children, 60)
            assert not alive, "the child of a killed machine goes on"
            before = samples_of(desk, "killed")
            machine = stack.enter_context(joined(tmp_path, "killed", program=held))
            machine.wait_for("Joined as killed")
            more = before + fleet_machine.HELD_AFTER_SAMPLES
            wait_until(lambda: samples_of(desk, "killed") >= more, "the run goes on, and waits in its middle")
            assert bench.end() == 130, bench.text
        assert "its answer cannot be used: a line is not in the form that was agreed" in bench.text
        assert "lost: its connection was lost" in bench.text
        wait_until(lambda: not below(machine) and not below(lying), "nothing is left behind")
        written = report.read_text(encoding="utf-8")
        assert "| all" in written
        assert "| liar" in written
        assert "practice-small has a result on killed" in written
        assert "stopped: the desk ended it before all was measured" in written
        assert not list(Path(tempfile.gettempdir()).glob(f"benchtop-child-{killed}-*")), (
            "a killed machine leaves nothing"
        )
        stopped = run_of(desk, "killed")
        assert stopped is not None
        assert stopped.status is RunStatus.STOPPED
        with measuring(desk, "--fleet=killed", "--resume") as bench:
            assert bench.process.wait(300) == 0, bench.text
        done = run_of(desk, "killed")
        assert done is not None
        assert (done.run_id, done.status) == (stopped.run_id, RunStatus.DONE)
        assert len({(one.kind, one.round) for one in done.samples}) == WHOLE


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (fleet_machine.GARBAGE, "its answer cannot be used: a line is not in the form that was agreed"),
        (fleet_machine.GIGABYTE, "its answer cannot be used: a line of 8,388,609 bytes is too long"),
        (fleet_machine.MUTE, "it hung: nothing was heard for"),
        ("import sys; sys.exit('no such thing')", "no such thing"),
        ("pass", "its process ended with 0"),
    ],
)
def test_a_child_that_goes_wrong_is_ended_with_a_reason(
    program: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program == fleet_machine.MUTE:
        monkeypatch.setattr(tasks, "SILENCE_S", 1.0)
    lines = [wire.decode(line) for line in tasks.lines_of([sys.executable, "-c", program], lambda: True)]
    last = lines[-1]
    assert isinstance(last, wire.EndLine)
    assert words in last.problem
    assert len(lines) == 1


def test_a_child_that_is_no_longer_wanted_ends_in_order() -> None:
    program = 'import sys; sys.stdin.read(); print(\'{"line": "end", "status": "stopped"}\')'
    lines = [wire.decode(line) for line in tasks.lines_of([sys.executable, "-c", program], lambda: False)]
    assert lines == [wire.EndLine(status=RunStatus.STOPPED)], "one that is killed says nothing"


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"\xff", b"[" * 100_000),
        *(b'{"line": "other"}', b'{"line": "end", "more": 1}', b'{"line": "sample", "sample": {}}'),
        *(b'{"line": "total", "total": 1e999}', b'{"line": "total", "total": ' + b"9" * 5000 + b"}"),
    ],
)
def test_a_line_of_anybody_is_read_or_refused(content: bytes) -> None:
    with pytest.raises(wire.NotALine):
        wire.decode(content)
