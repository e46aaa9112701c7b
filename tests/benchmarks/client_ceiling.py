"""Are the rates at 1 to 64 requests at once those of the server, up to the ceiling that is told?

Run as ``python -m tests.benchmarks.client_ceiling [AT_ONCE,...] [--busy N]``: about a minute; ``--busy`` keeps N
processes busy meanwhile. The server is on loopback in a process of its own; an answer has 50 tokens, the first after
100 ms and one each 20 ms, so a request has 50 tok/s and a level its number of requests / 1.08 s. A level passes if its
steady rate and the median rate of its requests are within 2 %, or if its rates are marked, because its client is at its
ceiling or has kept the total rate down.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from tests.support.endpoints import on
from tests.support.scripted_server import ScriptedServer, on_schedule
from tui.bench import runner
from tui.bench.events import RunFinished
from tui.bench.model_pool import ModelPool
from tui.measure.timing.levels import levels
from tui.records import Method, Plan, Prompt, RunRecord
from tui.records.steps import Level
from tui.text import units

TTFT_S, TOK_S, TOKENS, ROUNDS = 0.1, 50.0, 50, 5
REQUEST_S: Final = TTFT_S + (TOKENS - 1) / TOK_S
NEAR: Final = 0.02


async def measure(url: str, at_once: tuple[int, ...]) -> RunRecord:
    """Measure the levels as the command does, but for the history."""
    plan = Plan(
        models=(on(url),),
        prompts=(Prompt(id="hi", text="Why local?"),),
        method=Method(rounds=ROUNDS, warmup=0, max_tokens=TOKENS, concurrency=at_once),
    )
    async for event in runner.run(plan, pool=ModelPool(), history=None, stop=asyncio.Event()):
        if isinstance(event, RunFinished):
            return event.run
    raise AssertionError("the run had no end")


def passes(level: Level) -> bool:
    """Print a level, and return whether it is right or told to be at the ceiling."""
    truth = level.at_once * TOKENS / REQUEST_S
    rate = level.decode_tok_s.headline if level.decode_tok_s else 0.0
    total = (level.steady_tok_s or 0.0) / truth - 1
    request = rate / TOK_S - 1
    right = abs(total) <= NEAR and abs(request) <= NEAR
    told = level.at_ceiling or level.total_too_low
    print(
        f"{level.at_once:>4} | {units.rate(level.steady_tok_s):>12} of {units.rate(truth):>12} | "
        f"{units.small_share(total):>8} | a request {units.small_share(request):>8} | in flight "
        f"{units.mean_count(level.in_flight):>5} | client busy {units.percent(level.client_busy):>5}, ceiling about "
        f"{units.rate(level.client_ceiling_tok_s)}, between requests {units.share(level.between_requests)} | "
        f"{'right' if right else 'told' if told else 'WRONG'}"
    )
    return right or told


def serve() -> None:
    """Run the server until stdin ends."""
    server = ScriptedServer()
    server.scene = on_schedule(TTFT_S, TOK_S, TOKENS)
    print(server.url, flush=True)
    sys.stdin.read()
    server.close()


@contextmanager
def busy(count: int) -> Generator[None]:
    """Keep so many processes busy beside the measurement."""
    command = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def main() -> int:
    if sys.argv[1:] == ["serve"]:
        serve()
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("at_once", nargs="?", default="1,4,16,64")
    parser.add_argument("--busy", type=int, default=0)
    options = parser.parse_args()
    at_once = tuple(int(part) for part in options.at_once.split(","))
    command = [sys.executable, "-m", "tests.benchmarks.client_ceiling", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        with busy(options.busy):
            run = asyncio.run(measure(server.stdout.readline().strip(), at_once))
        server.terminate()
    verdicts = [passes(level) for level in levels(run, run.plan.models[0].key)]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
