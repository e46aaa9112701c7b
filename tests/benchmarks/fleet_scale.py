"""How many machines does one desk carry? Scripted machines, in few processes, tell of 20 samples each at one scheduler.

Run as ``python -m tests.benchmarks.fleet_scale [MACHINES] [SAMPLES]``; 200 machines take about two minutes on two
cores. It passes when the history of the desk has every sample of every machine, and when the fleet answered within 5 s
all the time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

import psutil

from tests.support.fleets import Spoken, home, measuring, open_desk, spoken
from tui.bench.fleet import wire
from tui.bench.fleet.network import fleet_file, machine, tasks
from tui.bench.fleet.planning import local_plan
from tui.config.fleet.plan_file import read_plan
from tui.probes import host
from tui.records import FinishReason, RunRecord, RunStatus, Sample, Timeline
from tui.records.fleet.network import MachineCheck, ModelCheck
from tui.store.history import History

A_PROCESS: Final = 50
PAUSE_S: Final = 0.5
PATIENCE_S: Final = 5.0


def scripted(content: bytes) -> None:
    """Do a task of the desk without a model: tell of samples as a machine does."""
    request = tasks.decoded(content)
    assert request is not None

    def send(line: wire.Line) -> None:
        tasks.send_to_desk(request.topic, wire.encode(line))

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "plan.json")
        file.write_text(request.plan, encoding="utf-8")
        asked = read_plan(file)
    if request.command == "check":
        models = tuple(ModelCheck(key=model.key) for model in asked.models)
        send(wire.CheckLine(check=MachineCheck(environment=host.environment(), free_ram_bytes=0, models=models)))
        send(wire.EndLine(status=RunStatus.DONE))
        return
    run = RunRecord(
        run_id=f"scripted-{os.getpid()}-{threading.get_ident()}-{time.monotonic_ns()}",
        started_at="2026-11-28T00:00:00+00:00",
        plan=local_plan(asked, ()),
        environment=host.environment(),
    )
    rounds = asked.method.rounds
    send(wire.RunLine(run=run, total=rounds, done=0))
    for number in range(1, rounds + 1):
        time.sleep(PAUSE_S)
        send(wire.SampleLine(sample=sample_of(asked.models[0].key, number), done=number))
    send(wire.EndLine(status=RunStatus.DONE))


def sample_of(key: str, number: int) -> Sample:
    arrivals = tuple(range(50_000_000, 50_000_000 + 100 * 10_000_000, 10_000_000))
    timeline = Timeline(arrivals_ns=arrivals, end_ns=arrivals[-1], output_tokens=100, finish_reason=FinishReason.LENGTH)
    return Sample(key=key, alias=key, prompt_id="prompt", round=number, timeline=timeline, text="word " * 100)


async def stand_in(join_file: Path, first: int, count: int) -> None:
    """Be so many machines at once."""
    join = fleet_file.read_join_file(join_file)
    stop = asyncio.Event()

    async def be(number: int) -> None:
        name = f"machine-{number:04}"
        own = await machine.enrolled(join, name)
        await machine.stay(own, name, "", lambda _: None, stop)

    await asyncio.gather(*(be(number) for number in range(first, first + count)))


def watch(desk: Spoken, bench: Spoken) -> tuple[float, float, int, int]:
    """Follow a run: the longest wait for a status, the CPU seconds of both processes, and their peak RSS."""
    processes = [psutil.Process(one.process.pid) for one in (desk, bench)]
    longest_s, cpu_s, peaks = 0.0, 0.0, [0, 0]
    before_s = sum(processes[0].cpu_times()[:2])
    while bench.process.poll() is None:
        began_s = time.monotonic()
        assert desk.folder.run("fleet", "status", "--json").returncode == 0
        longest_s = max(longest_s, time.monotonic() - began_s)
        with contextlib.suppress(psutil.Error):
            peaks = [max(peak, one.memory_info().rss) for peak, one in zip(peaks, processes, strict=True)]
            cpu_s = sum(processes[0].cpu_times()[:2]) - before_s + sum(processes[1].cpu_times()[:2])
    return longest_s, cpu_s, peaks[0], peaks[1]


def main(machines: int, samples: int) -> int:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        parent = Path(folder)
        desk = stack.enter_context(open_desk(parent))
        join_file = str(desk.folder.path / "join.json")
        began_s = time.monotonic()
        for first in range(0, machines, A_PROCESS):
            count = str(min(A_PROCESS, machines - first))
            words = ("-m", "tests.benchmarks.fleet_scale", "stand-in", join_file, str(first), count)
            stack.enter_context(spoken(home(parent, f"home-{first}"), *words))
        while sum("has joined" in line for line in desk.lines) < machines:
            time.sleep(0.2)
        joined_s = time.monotonic() - began_s
        plan = ("--models", "practice-small", "--prompt", "Hello", "--rounds", str(samples), "--max-tokens", "100")
        began_s = time.monotonic()
        bench = stack.enter_context(measuring(desk, *plan))
        longest_s, cpu_s, scheduler_bytes, command_bytes = watch(desk, bench)
        took_s = time.monotonic() - began_s
        with contextlib.closing(History(desk.folder.history)) as history:
            runs = [history.run(run.run_id) for run in history.latest(2 * machines)]
    complete = sum(run.status is RunStatus.DONE and len(run.samples) == samples for run in runs)
    least_s = samples * PAUSE_S
    print(f"{machines} machines joined in {joined_s:.0f} s; the run took {took_s:.0f} s (at least {least_s:.0f})")
    print(f"complete: {complete}; CPU of the desk {cpu_s:.0f} s; longest answer to a status {longest_s:.2f} s")
    print(f"peak RSS: scheduler {scheduler_bytes >> 20} MiB, command {command_bytes >> 20} MiB")
    return 0 if complete == machines and longest_s < PATIENCE_S else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["stand-in"]:
        tasks.perform = scripted
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(stand_in(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
    else:
        sizes = [int(word) for word in sys.argv[1:]]
        sys.exit(main(*(*sizes, *(200, 20)[len(sizes) :])))
