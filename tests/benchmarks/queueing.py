"""Do requests that arrive by a schedule wait as long as the theory of queues says?

Run as ``python -m tests.benchmarks.queueing [REQUESTS]``: about two minutes for 2,400 requests. The server is on
loopback in a process of its own; it answers one request at a time, each in 40 ms. At 80 % of its capacity the mean wait
of Poisson arrivals is ``rho / (2 (1 - rho))`` = 2 service times (M/D/1); at 120 % the run has to tell that the server
cannot keep up. Three things make a run differ from that theory, and only the last one is ours:

- Few thousand arrivals have a mean wait of their own, which differs from that of endless ones by more than 5 %. The
  seed is the first one whose arrivals do not, by Lindley's recursion ``W' = max(0, W + S - gap)`` on paper.
- The server is slower than it should be, and at 80 % each per cent of its service time is 5 to 6 % of the wait. So it
  notes by its own clock how long each answer really took, and the recursion on the very arrivals with these service
  times is the truth of this run.
- Our client sends late, or stamps the answer late: 0.5 ms and 1 ms on a machine at rest, where a request is made
  ahead and held until it is due. Both processes read the same clock, so a further line has the
  recursion on the arrivals as the server saw them: what it adds is late sending and transport, and what is left up to
  the measured wait is late stamping.

Exit code 1 unless the wait is within 5 % of that truth, and at 120 % the run tells that the server does not keep up.
The theory itself is compared where the server's mean service time is within half a per cent of 40 ms. On a busy machine
the client and the server both wait for a processor: run it on one at rest.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import Final

from tests.support.endpoints import on
from tests.support.scripted_server import HttpRequest, Reply, Scene, ScriptedServer, until
from tui.bench import runner
from tui.bench.events import RunFinished
from tui.bench.model_pool import ModelPool
from tui.bench.planning.arrivals import due_times_s
from tui.measure.timing.arrivals import ttft_with_wait_ns
from tui.measure.timing.levels import levels
from tui.measure.timing.metrics import NS_PER_S
from tui.records import Method, Plan, Prompt, RunRecord, SampleKind
from tui.text import units

SERVICE_S: Final = 0.04
LOAD: Final = 0.8
NEAR: Final = 0.05
SERVICE_NEAR: Final = 0.005
"""How near the server's service time has to be to the intended one, so that the theory of that one applies."""


def theory_s(load: float, service_s: float = SERVICE_S) -> float:
    """Return the mean wait of an M/D/1 queue at this share of its capacity."""
    return load / (2 * (1 - load)) * service_s


def lindley_s(due_s: Sequence[float], services_s: Sequence[float]) -> float:
    """Return the mean wait of these arrivals at a server with these service times and no other delay."""
    wait, waits = 0.0, [0.0]
    for (before, after), service_s in zip(pairwise(due_s), services_s, strict=False):
        wait = max(0.0, wait + service_s - (after - before))
        waits.append(wait)
    return statistics.fmean(waits)


def typical_seed(per_s: float, count: int) -> int:
    """Return the first seed whose arrivals wait on paper as long as the theory says, to half a per cent."""
    services_s = [SERVICE_S] * count

    def error(seed: int) -> float:
        return lindley_s(due_times_s(per_s, count, seed, launch=1), services_s) / theory_s(LOAD) - 1

    return next(seed for seed in range(1, 100_000) if abs(error(seed)) < 0.005)


async def measure(url: str, per_s: float, count: int, seed: int) -> RunRecord:
    """Measure one rate."""
    method = Method(rounds=count, warmup=0, arrivals_per_s=(per_s,), arrival_seed=seed)
    plan = Plan(models=(on(url),), prompts=(Prompt(id="hi", text="Why local?"),), method=method)
    async for event in runner.run(plan, pool=ModelPool(), history=None, stop=asyncio.Event()):
        if isinstance(event, RunFinished):
            return event.run
    raise AssertionError("the run had no end")


@dataclass(frozen=True, slots=True)
class Served:
    """What the server noted of one request by its own clock, in seconds."""

    at_s: float
    service_s: float


def one_after_the_other(served: list[Served]) -> Scene:
    """Return a scene that answers one request at a time, and notes when each came and how long it really took."""
    turn, answered_ns = asyncio.Lock(), 0

    async def scene(request: HttpRequest, reply: Reply) -> None:
        nonlocal answered_ns
        async with turn:
            began_ns = max(answered_ns, request.at_ns)
            await until(began_ns + round(SERVICE_S * NS_PER_S))
            await reply.head()
            await reply.text("word ")
            served.append(Served(request.at_ns / NS_PER_S, (reply.first_ns - began_ns) / NS_PER_S))
            answered_ns = reply.first_ns
        await reply.finish(1)

    return scene


def serve() -> None:
    """Run the server, and for each line of stdin print what it noted since the one before."""
    served: list[Served] = []
    server = ScriptedServer()
    server.scene = one_after_the_other(served)
    print(server.url, flush=True)
    for _ in sys.stdin:
        print(json.dumps([astuple(one) for one in served]), flush=True)
        served.clear()
    server.close()


def rounds_ms(run: RunRecord) -> list[float]:
    """Return how long each request waited for its first text from when it was due, in milliseconds."""
    rounds = [row.timeline for row in run.samples if row.kind is SampleKind.ROUND]
    return [ns / 1e6 for timeline in rounds if (ns := ttft_with_wait_ns(timeline)) is not None]


def seen_by_server_s(run: RunRecord, served: Sequence[Served]) -> float:
    """Return the mean wait, from when requests were due, at a server that gets them when this one did."""
    rounds = [row.timeline for row in run.samples if row.kind is SampleKind.ROUND]
    due_s = [((each.sent_ns or 0) - (each.waited_ns or 0)) / NS_PER_S for each in rounds]
    arrived_s = [one.at_s for one in served]
    late_s = statistics.fmean(arrived_s) - statistics.fmean(due_s)
    return late_s + lindley_s(arrived_s, [one.service_s for one in served])


def compare(run: RunRecord, seed: int, served: Sequence[Served]) -> bool:
    """Print what the requests waited for and should have waited for; return whether ours is right."""
    times_ms, per_s = rounds_ms(run), LOAD / SERVICE_S
    # The first request of a launch is cold, and comes before the schedule.
    served = served[-len(times_ms) :]
    own_s = [one.service_s for one in served]
    due_s, service_s = due_times_s(per_s, len(times_ms), seed, launch=1), statistics.fmean(own_s)
    truth_s = lindley_s(due_s, own_s)
    measured_s = statistics.fmean(times_ms) / 1000 - service_s
    error, load = measured_s / truth_s - 1, per_s * service_s
    of_theory = abs(service_s / SERVICE_S - 1) < SERVICE_NEAR
    print(f"the server's own service time: {service_s * 1000:.2f} ms for {SERVICE_S * 1000:.0f} ms, load {load:.1%}")
    print("| mean wait at 80 % | ms | against M/D/1 |\n| --- | ---: | ---: |")
    for name, wait_s in (
        (f"M/D/1, {SERVICE_S * 1000:.0f} ms", theory_s(LOAD)),
        (f"these {len(times_ms)} arrivals (seed {seed}) on paper", lindley_s(due_s, [SERVICE_S] * len(due_s))),
        ("M/D/1 at the server's mean service time", theory_s(load, service_s)),
        ("these arrivals with the server's own service times", truth_s),
        ("the same, from when the server had each request", seen_by_server_s(run, served)),
        ("measured", measured_s),
    ):
        print(f"| {name} | {wait_s * 1000:.1f} | {wait_s / theory_s(LOAD) - 1:+.1%} |")
    print(f"measured against the truth of this run: {units.small_share(error)}")
    if not of_theory:
        print("The server was slower than intended, so the theory of 40 ms does not apply to it.")
    return abs(error) <= NEAR and (not of_theory or abs(measured_s / theory_s(LOAD) - 1) <= NEAR)


def main() -> int:
    if sys.argv[1:] == ["serve"]:
        serve()
        return 0
    count, began_s = int(sys.argv[1]) if len(sys.argv) > 1 else 2400, time.monotonic()
    command = [sys.executable, "-m", "tests.benchmarks.queueing", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        url = server.stdout.readline().strip()
        seed = typical_seed(LOAD / SERVICE_S, count)
        steady = asyncio.run(measure(url, LOAD / SERVICE_S, count, seed))
        server.stdin.write("\n")
        server.stdin.flush()
        served = [Served(*one) for one in json.loads(server.stdout.readline())]
        crowded = asyncio.run(measure(url, 1.2 / SERVICE_S, count // 8, seed))
        server.terminate()
    right = compare(steady, seed, served)
    (at_80,), (at_120,) = levels(steady, "here/tiny"), levels(crowded, "here/tiny")
    print(f"80 %: keeps up: {at_80.keeps_up}")
    print(f"120 %: {at_120.unanswered} unanswered when the last arrived; keeps up: {at_120.keeps_up}")
    print(f"{time.monotonic() - began_s:.0f} s")
    return 0 if right and at_80.keeps_up and at_120.keeps_up is False else 1


if __name__ == "__main__":
    sys.exit(main())
