"""What do many requests to a server at once leave behind in memory, sockets, threads and tasks?

Run as ``python -m tests.benchmarks.crowding [REQUESTS] [AT_ONCE]``. The server is on loopback in a process of its own;
each answer has 20 tokens at about 100 a second, and the client and its parent are looked at while the requests go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from tests.support.endpoints import on
from tests.support.processes import children_that_run
from tests.support.scripted_server import ScriptedServer, unhurried
from tui.bench import runner
from tui.bench.events import RunFinished, SampleFinished
from tui.bench.model_pool import ModelPool
from tui.measure.timing.levels import levels
from tui.records import Method, Plan, Prompt, RunRecord
from tui.store.history import History
from tui.text import units

LOOKS: Final = 5
TTFT_S, TOK_S, TOKENS = 0.05, 100, 20


@dataclass(frozen=True, slots=True)
class Seen:
    """The memory, file handles and threads of a process at one moment."""

    rss_bytes: int
    handles: int
    threads: int

    @staticmethod
    def of(process: psutil.Process) -> Seen:
        with process.oneshot():
            return Seen(process.memory_info().rss, process.num_fds(), process.num_threads())

    def __str__(self) -> str:
        return f"{units.size(self.rss_bytes):>9} {self.handles:>4} fds {self.threads:>3} threads"


def clients() -> list[psutil.Process]:
    """Return the children of this process that are clients of a server."""
    return children_that_run("endpoint.child")


def show(when: str) -> None:
    """Print the memory, handles and threads of this process and of its client."""
    child = "".join(f" | client {Seen.of(client)}" for client in clients())
    print(f"{when:>14} | parent {Seen.of(psutil.Process())} {len(asyncio.all_tasks()):>2} tasks{child}", flush=True)


async def crowd(url: str, requests: int, at_once: int, folder: Path) -> RunRecord:
    """Do the requests, and print now and then what the processes hold."""
    prompt = Prompt(id="hi", text="Why local?")
    model, rounds = on(url), requests // at_once
    plan = Plan(models=(model,), prompts=(prompt,), method=Method(rounds=rounds, warmup=0, concurrency=(at_once,)))
    show("before")
    every = max(1, requests // LOOKS)
    finished: RunRecord | None = None
    with contextlib.closing(History(folder / "history.sqlite3")) as history:
        async with contextlib.aclosing(
            runner.run(plan, pool=ModelPool(), history=history, stop=asyncio.Event())
        ) as events:
            async for event in events:
                if isinstance(event, SampleFinished) and event.done_samples % every == 1:
                    show(f"{event.done_samples} done")
                if isinstance(event, RunFinished):
                    finished = event.run
        show("after the run")
    assert finished is not None
    return finished


def serve() -> None:
    """Run the server until stdin ends."""
    server = ScriptedServer()
    server.scene = unhurried(TTFT_S, TOK_S, TOKENS)
    print(server.url, flush=True)
    sys.stdin.read()
    server.close()


def main() -> None:
    if sys.argv[1:] == ["serve"]:
        serve()
        return
    requests, at_once = (int(value) for value in (*sys.argv[1:], *("1000", "8")[len(sys.argv) - 1 :]))
    command = [sys.executable, "-m", "tests.benchmarks.crowding", "serve"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdout is not None
        run = asyncio.run(crowd(server.stdout.readline().strip(), requests, at_once, Path(folder)))
        server.send_signal(signal.SIGTERM)
    (level,) = levels(run, run.plan.models[0].key)
    print(
        f"{level.rounds} answered, {level.failed} failed; {units.rate(level.total_tok_s)} in all, "
        f"{units.mean_count(level.in_flight)} of {at_once} in flight on average"
    )


if __name__ == "__main__":
    main()
