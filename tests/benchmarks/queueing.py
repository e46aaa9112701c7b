"""Do requests that arrive by a schedule wait as long as the theory of queues says?

Run as ``python -m tests.benchmarks.queueing [REQUESTS]``: about two minutes for 2,400 requests. The server is on
loopback in a process of its own; it answers one request at a time, each in 40 ms. At 80 % of its capacity the mean wait
of Poisson arrivals is ``rho / (2 (1 - rho))`` = 2 service times (M/D/1), which the run has to find within 5 %; at 120 %
it has to tell that the server cannot keep up. Few thousand arrivals have a mean wait of their own, which differs from
that of endless ones by more than 5 %: the seed is the first one whose arrivals do not, by Lindley's recursion on paper.
A busy machine answers late, and each millisecond is in the wait: run it on one at rest.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from itertools import pairwise
from typing import Final

from tests.support.endpoints import on
from tests.support.scripted_server import ScriptedServer, one_at_a_time
from tui.bench import runner
from tui.bench.events import RunFinished
from tui.bench.model_pool import ModelPool
from tui.bench.planning.arrivals import due_times_s
from tui.measure.timing.arrivals import ttft_with_wait_ns
from tui.measure.timing.levels import levels
from tui.records import Method, Plan, Prompt, RunRecord, SampleKind
from tui.text import units

SERVICE_S: Final = 0.04
NEAR: Final = 0.05


def theory_s(load: float) -> float:
    """Return the mean wait of an M/D/1 queue at this share of its capacity."""
    return load / (2 * (1 - load)) * SERVICE_S


def on_paper_s(per_s: float, count: int, seed: int) -> float:
    """Return the mean wait of these very arrivals at a server without any other delay."""
    due_s, wait, waits = due_times_s(per_s, count, seed, launch=1), 0.0, [0.0]
    for before, after in pairwise(due_s):
        wait = max(0.0, wait + SERVICE_S - (after - before))
        waits.append(wait)
    return sum(waits) / count


def typical_seed(per_s: float, count: int, load: float) -> int:
    """Return the first seed whose arrivals wait on paper as long as the theory says, to half a per cent."""
    return next(seed for seed in range(1, 100_000) if abs(on_paper_s(per_s, count, seed) / theory_s(load) - 1) < 0.005)


async def measure(url: str, per_s: float, count: int, seed: int) -> RunRecord:
    """Measure one rate."""
    method = Method(rounds=count, warmup=0, arrivals_per_s=(per_s,), arrival_seed=seed)
    plan = Plan(models=(on(url),), prompts=(Prompt(id="hi", text="Why local?"),), method=method)
    async for event in runner.run(plan, pool=ModelPool(), history=None, stop=asyncio.Event()):
        if isinstance(event, RunFinished):
            return event.run
    raise AssertionError("the run had no end")


def serve() -> None:
    """Run the server until stdin ends."""
    server = ScriptedServer()
    server.scene = one_at_a_time(SERVICE_S)
    print(server.url, flush=True)
    sys.stdin.read()
    server.close()


def main() -> int:
    if sys.argv[1:] == ["serve"]:
        serve()
        return 0
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2400
    command = [sys.executable, "-m", "tests.benchmarks.queueing", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        seed = typical_seed(0.8 / SERVICE_S, count, 0.8)
        steady = asyncio.run(measure(url, 0.8 / SERVICE_S, count, seed))
        crowded = asyncio.run(measure(url, 1.2 / SERVICE_S, count // 8, seed))
        server.terminate()
    times_ns = [ttft_with_wait_ns(row.timeline) for row in steady.samples if row.kind is SampleKind.ROUND]
    wait_s = sum(ns for ns in times_ns if ns is not None) / len(times_ns) / 1e9 - SERVICE_S
    error = wait_s / theory_s(0.8) - 1
    (at_80,), (at_120,) = levels(steady, "here/tiny"), levels(crowded, "here/tiny")
    print(
        f"80 %: {count} requests (seed {seed}) waited {units.milliseconds(wait_s * 1000)} on average, the theory says "
        f"{units.milliseconds(theory_s(0.8) * 1000)}: {units.small_share(error)}; keeps up: {at_80.keeps_up}"
    )
    print(f"120 %: {at_120.unanswered} unanswered when the last arrived; keeps up: {at_120.keeps_up}")
    return 0 if abs(error) <= NEAR and at_80.keeps_up and at_120.keeps_up is False else 1


if __name__ == "__main__":
    sys.exit(main())
