"""A fleet of six machines on loopback of which five go wrong: what is told of each, and what resuming completes.

    python -m tests.benchmarks.fleet_faults

One is killed in mid-run and comes back, one stands still, one answers with garbage, one with a gigabyte, one says
nothing, one has another version, and later one floods the desk. All measure the same stream, whose truth is known: once
the plan is completed, the report of all machines has to agree with it within the limits of the self-test. It takes
about a minute on two cores that do nothing else, and fails with an assertion.
"""

from __future__ import annotations

import contextlib
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.support import fleet_machine
from tests.support.fleets import (
    Spoken,
    below,
    home,
    joined,
    measuring,
    open_desk,
    run_of,
    samples_of,
    spoken,
    wait_until,
)
from tui.bench.selftest.cases import BY_NAME, Transport
from tui.bench.selftest.evaluation import DECODE_LIMIT, TTFT_LIMIT_MS
from tui.config.consent import decide
from tui.config.fleet.plan_file import consent_request, read_plan
from tui.measure.timing import metrics
from tui.records import RunRecord, RunStatus, SampleKind

BADLY = ("-m", "tests.support.fleet_machine")
PLAN = ("--models", "practice-small", "--prompt", "Hello", "--max-tokens", "8", "--warmup", "1")
CASE = "every-20-ms"
LOST_AFTER_S = "1"
WAIT_S = 180.0
"""How long a run may take, also on a busy machine."""
BAD = {
    "killed": (),
    "stopped": (),
    "liar": ("garbage",),
    "large": ("gigabyte",),
    "mute": ("mute",),
    "old": ("version",),
}
WHOLE = 10
"""The samples of the plan: one cold, one to warm up, and the rounds."""
Start = Callable[..., Spoken]


def main() -> None:
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        all_phases(Path(folder))
    print(f"all was told and completed in {time.monotonic() - began_s:.0f} s")


def all_phases(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:

        def start(name: str, *options: str, mode: tuple[str, ...] = ()) -> Spoken:
            program = (*BADLY, *mode) if mode else ("-m", "tui")
            return stack.enter_context(joined(tmp_path, name, *options, program=program))

        desk = stack.enter_context(open_desk(tmp_path, "--lost-after", LOST_AFTER_S))
        server = stack.enter_context(spoken(home(tmp_path, "server"), "-m", "tui", "selftest", "--serve", CASE))
        plan_stream(tmp_path, desk, server)
        machines = {name: start(name, mode=mode) for name, mode in BAD.items()}
        for name, machine in machines.items():
            machine.wait_for(f"Joined as {name}")
        measure_badly(desk, machines, start)
        for name in ("liar", "large", "mute", "old"):
            machines[name].end()
            machines[name] = start(name, *(("--group", "one") if name in ("liar", "large") else ()))
        machines["flood"] = start("flood", mode=("flood",))
        for name in ("liar", "large", "mute", "old", "flood"):
            machines[name].wait_for(f"Joined as {name}")
        resume(desk)
        found = measured(desk)
        stop_and_go_on(desk, machines["liar"], machines["large"])
        flood(desk, machines["flood"])
    agree(found)


def plan_stream(parent: Path, desk: Spoken, server: Spoken) -> None:
    """Plan to measure the stream of a server, and have the user of each machine agree to that server."""
    options = ("--rounds", "8", "--warmup", "1", "--cool-down", "0.2", "--prompt", "Hello", "--out", "stream.json")
    made = desk.folder.run("plan", "--endpoint", server.wait_for("http://"), "--models", CASE, *options)
    assert made.returncode == 0, made.stderr
    request = consent_request(read_plan(desk.folder.path / "stream.json"))
    assert request is not None
    for name in BAD:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BENCHTOP_HOME", str(home(parent, name).path / "home"))
            decide(request, yes=True)


def measured(desk: Spoken) -> dict[str, tuple[float, float]]:
    """Return TTFT in milliseconds and decode rate of each machine, as its samples of the stream give them."""
    found: dict[str, tuple[float, float]] = {}
    for name in BAD:
        run = run_of(desk, name)
        assert run is not None
        rounds = [one.timeline for one in run.samples if one.kind is SampleKind.ROUND]
        assert len(rounds) >= WHOLE - 2, name
        found[name] = (
            statistics.median((metrics.ttft_ns(one) or 0) / 1e6 for one in rounds),
            statistics.median(metrics.decode_tok_s(one) or 0 for one in rounds),
        )
    return found


def agree(found: dict[str, tuple[float, float]]) -> None:
    """Every machine has the truth of the stream, within the limits of the self-test."""
    chunks = BY_NAME[CASE].chunks
    truth_ms, truth_tok_s = chunks[0].at_ms, 1000 / (chunks[1].at_ms - chunks[0].at_ms)
    for name, (ttft_ms, tok_s) in found.items():
        print(f"{name}: TTFT {ttft_ms:.2f} ms of {truth_ms:g}, decode {tok_s:.2f} tok/s of {truth_tok_s:g}")
    for name, (ttft_ms, tok_s) in found.items():
        assert abs(ttft_ms - truth_ms) < TTFT_LIMIT_MS[Transport.SERVER], name
        assert abs(tok_s / truth_tok_s - 1) < DECODE_LIMIT[Transport.SERVER], name


def measure_badly(desk: Spoken, machines: dict[str, Spoken], start: Start) -> None:
    """Kill one machine and hold another one up in mid-run; both go on, and the others are told of."""
    with measuring(desk, "--plan", "stream.json") as bench:
        wait_until(lambda: samples_of(desk, "killed") >= 2 and samples_of(desk, "stopped") >= 2, "samples come at once")
        children = below(machines["killed"])
        machines["killed"].process.kill()
        machines["stopped"].process.send_signal(signal.SIGSTOP)
        bench.wait_for("killed  ")
        _, alive = psutil.wait_procs(children, 20)
        assert not alive, "the child of a killed machine goes on"
        start("killed")
        wait_until(lambda: re.search(r"^stopped  .* lost", bench.text, re.MULTILINE), "the machine is lost")
        machines["stopped"].process.send_signal(signal.SIGCONT)
        assert bench.process.wait(WAIT_S) == 1, bench.text
    assert f"it has Benchtop {fleet_machine.OTHER_VERSION}, this desk" in bench.text
    assert "its answer cannot be used: a line is not in the form that was agreed" in bench.text
    assert "its answer cannot be used: a line of 8,388,609 bytes is too long" in bench.text
    assert "it hung: nothing was heard for" in bench.text
    assert "lost: its connection was lost" in bench.text
    for name in ("killed", "stopped"):
        run = run_of(desk, name)
        assert run is not None
        assert (run.status, len({(one.kind, one.round) for one in run.samples})) == (RunStatus.DONE, WHOLE)
    for name in ("liar", "large", "mute"):
        wait_until(lambda name=name: not below(machines[name]), "nothing is left behind")


def resume(desk: Spoken) -> None:
    names = ("killed", "stopped", "liar", "large", "mute", "old")
    with measuring(desk, "--resume", f"--fleet={','.join(names)}") as bench:
        assert bench.process.wait(WAIT_S) == 0, bench.text
    assert "killed has done this plan already." in bench.text
    assert [samples_of(desk, name) >= WHOLE for name in names] == [True] * len(names)


def stop_and_go_on(desk: Spoken, one: Spoken, other: Spoken) -> None:
    """Stop two machines that take turns, and let them go on."""
    names = ("liar", "large")
    earlier = {name: run.run_id for name in names if (run := run_of(desk, name))}
    chosen = f"--fleet={','.join(names)}"

    def begun() -> dict[str, RunRecord]:
        runs = {name: run for name in names if (run := run_of(desk, name))}
        return {name: run for name, run in runs.items() if run.run_id != earlier[name]}

    with measuring(desk, chosen, *PLAN, "--rounds", "30", "--cool-down", "0.2") as bench:
        wait_until(lambda: any(len(run.samples) >= 2 for run in begun().values()), "samples come at once")
        assert bench.end() == 130, bench.text
    assert "goes on from there on each machine" in bench.text
    assert "waits for its turn in the group one" in bench.text
    wait_until(lambda: not below(one) and not below(other), "nothing is left behind")
    stopped = begun()
    assert [run.status for run in stopped.values()] == [RunStatus.STOPPED]
    with measuring(desk, "--resume", chosen) as bench:
        assert bench.process.wait(WAIT_S) == 0, bench.text
    assert {name: run.run_id for name, run in begun().items()}.items() >= {
        name: run.run_id for name, run in stopped.items()
    }.items()
    assert [run.status for run in begun().values()] == [RunStatus.DONE] * 2


def flood(desk: Spoken, machine: Spoken) -> None:
    """Have a machine send more than a message may hold: the desk closes its connection."""
    with measuring(desk, "--fleet=flood", *PLAN, "--rounds", "1") as bench:
        bench.wait_for("lost: its connection was lost")
        desk.wait_for("flood has left.")
        assert bench.end() == 130
    assert machine.process.poll() is None


if __name__ == "__main__":
    sys.exit(main())
