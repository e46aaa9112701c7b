"""Does drawing stay out of the way of measuring?

Run by ``python -m tests.benchmarks.drawing [--seconds 20] [--rest 10]``. The real app runs in a
pseudo-terminal of 160x50 on four real children that each send 1,000 tokens a second over the product's own wire and
pipes (``tests.support.scripted_child``). A heartbeat of 5 ms beats in the event loop. The lateness of a beat is a lag,
and a beat that came so late that it swallowed others stands for those too. The heartbeat's own cost is in the app's
share while all four stream. Then the app rests, without it. Prints a table; exit code 1 when a budget is not kept.

Other work on the machine makes every figure worse: run it on a quiet one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from tests.support.pty_terminal import FRAME_END, PtyTerminal

SIZE = "160x50"
STREAMS, TOKENS_PER_S = 4, 1000
BEAT_S: Final = 0.005
_EDGES_S: Final = 1.5
"""The seconds of a run that are left out: its start, and its end with the collection of garbage between runs."""
_SETTLING_S: Final = 2.0


@dataclass(frozen=True)
class Lag:
    """The lateness of the heartbeat, corrected for the beats that a stall swallowed."""

    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True)
class Inside:
    """The figures that the app under test writes. Shares are of one core, and of the app's own process only."""

    streaming_s: float
    streaming_cpu: float
    resting_cpu: float
    lag: Lag
    characters_sent: int
    characters_held: int


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def within_budget(self) -> bool:
        return self.budget is None or self.value < self.budget


def corrected(lags_s: Sequence[float]) -> list[float]:
    """Return each lag and those of the beats that it swallowed: a stall delays every beat that was due in it."""
    felt: list[float] = []
    for lag in lags_s:
        while lag > 0:
            felt.append(lag)
            lag -= BEAT_S
    return felt


def lag_of(lags_s: Sequence[float]) -> Lag:
    felt = sorted(corrected(lags_s))
    last = len(felt) - 1
    return Lag(
        p50_ms=felt[last // 2] * 1e3,
        p99_ms=felt[round(last * 0.99)] * 1e3,
        max_ms=felt[last] * 1e3,
    )


class Stretch:
    """A stretch of time, and the processor time that this process used in it."""

    def __init__(self) -> None:
        self._started_s, self._cpu_s = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started_s

    @property
    def cpu_share(self) -> float:
        return (time.process_time() - self._cpu_s) / self.seconds


async def beat(lags_s: list[float]) -> None:
    """Beat in the event loop until cancelled, noting how late each beat is."""
    while True:
        due_s = time.perf_counter() + BEAT_S
        await asyncio.sleep(BEAT_S)
        lags_s.append(max(0.0, time.perf_counter() - due_s))


async def seldom_until(condition: Callable[[], object]) -> None:
    """Wait for a condition, and check it so seldom that it costs nothing."""
    while not condition():  # noqa: ASYNC110  # nobody would set an event
        await asyncio.sleep(0.2)


def run_inside(seconds: float, rest: float, report: Path) -> None:
    """Run the app under test: it asks four scripted models, rests, writes its figures, and ends."""
    from tests.support import scripted_child
    from tui.app import BenchtopApp
    from tui.bench.model_pool import ModelPool
    from tui.bench.runner import run
    from tui.engines.foundry.engine import FoundryEngine
    from tui.panes.streams.column import StreamColumn
    from tui.probes.sampler import Sampler
    from tui.records import Model, ModelState, Prompt, QuestionSettings
    from tui.workspace.workspace import Workspace

    tokens = round(seconds * TOKENS_PER_S)
    expected = sum(len(f"word{token} ") for token in range(tokens))

    def open_workspace() -> Workspace:
        sampler = Sampler()
        sampler.start()
        models = tuple(
            Model(alias=f"stream-{number}", state=ModelState.READY, folder=Path("unused")) for number in range(STREAMS)
        )
        prompt = Prompt(id="flood", text="Write without end.", max_tokens=tokens)
        command = scripted_child.command("pace", TOKENS_PER_S)
        return Workspace(
            models=models,
            chosen=tuple(model.key for model in models),
            prompt_sets={"flood": (prompt,)},
            prompt_set="flood",
            prompt=prompt.text,
            run=run,
            model_pool=ModelPool(lambda model: FoundryEngine(model, command), sampler=sampler),
            sampler=sampler,
            history_file=None,
        )

    async def drive() -> None:
        await seldom_until(lambda: bench.session)
        await asyncio.sleep(1)
        # The limit of a configured prompt is one for benchmarks: a question has its own.
        bench.workbench.prompt_line.settings = QuestionSettings(max_tokens=tokens)
        bench.workbench.when_ready(lambda runs: runs.ask())
        await seldom_until(lambda: len(answers()) == STREAMS and all(answers()))
        lags_s: list[float] = []
        heart = asyncio.create_task(beat(lags_s))
        streaming = Stretch()
        await asyncio.sleep(seconds - _EDGES_S)
        streaming_s, streaming_cpu = streaming.seconds, streaming.cpu_share
        heart.cancel()
        await seldom_until(lambda: bench.session and bench.session.running is None)
        shown = sum(map(len, answers()))
        await asyncio.sleep(_SETTLING_S)
        resting = Stretch()
        await asyncio.sleep(rest)
        inside = Inside(
            streaming_s=streaming_s,
            streaming_cpu=streaming_cpu,
            resting_cpu=resting.cpu_share,
            lag=lag_of(lags_s),
            characters_sent=STREAMS * expected,
            characters_held=shown,
        )
        report.write_bytes(msgspec.json.encode(inside))
        bench.exit()

    def answers() -> list[str]:
        return [column.answer for column in bench.screen.query(StreamColumn)]

    bench = BenchtopApp(open_workspace)
    bench.call_later(lambda: bench.run_worker(drive()))
    bench.run()


def measure_streams(seconds: float, rest: float, columns: int, rows: int) -> tuple[Inside, int, int]:
    """Run the app under test in a pseudo-terminal; return its figures, and how many frames and bytes it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "inside.json"
        command = [sys.executable, "-m", "tests.benchmarks.drawing", "--inside", str(report)]
        command += ["--seconds", str(seconds), "--rest", str(rest)]
        environment = {"BENCHTOP_HOME": folder, "TEXTUAL_ANIMATIONS": "none", "CI": "1"}
        with PtyTerminal(command, columns=columns, rows=rows, env=environment) as terminal:
            status = terminal.wait(seconds + rest + 60)
            output = terminal.output
        if status != 0 or not report.exists():
            raise SystemExit(f"the app under test ended with {status}:\n{output[-3000:].decode(errors='replace')}")
        inside = msgspec.json.decode(report.read_bytes(), type=Inside)
    return inside, output.count(FRAME_END), len(output)


def rows_of(inside: Inside, frames: int, written: int) -> list[Row]:
    """Return the rows of the table, with the budgets of the design."""
    return [
        Row("lag p50, streaming", inside.lag.p50_ms, "ms"),
        Row("lag p99, streaming", inside.lag.p99_ms, "ms", 16),
        Row("lag max, streaming", inside.lag.max_ms, "ms"),
        Row("app CPU, streaming", inside.streaming_cpu * 100, "% of a core", 25),
        Row("characters sent", inside.characters_sent, ""),
        Row("characters lost", abs(inside.characters_sent - inside.characters_held), "", 1),
        Row("frames, about", frames / inside.streaming_s, "per s"),
        Row("written, about", written / inside.streaming_s / 1000, "kB/s"),
        Row("app CPU, at rest", inside.resting_cpu * 100, "% of a core", 3),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Event-loop lag and processor of the workbench.")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rest", type=float, default=10.0)
    parser.add_argument("--size", default=SIZE)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is not None:
        run_inside(options.seconds, options.rest, options.inside)
        return 0
    columns, rows = map(int, options.size.split("x"))
    inside, frames, written = measure_streams(options.seconds, options.rest, columns, rows)
    table = rows_of(inside, frames, written)
    print(
        f"{STREAMS} streams of {TOKENS_PER_S} tok/s for {options.seconds:g} s at {options.size}, {os.cpu_count()} cores"
    )
    for row in table:
        budget = "" if row.budget is None else f"budget {row.budget:g}  {'kept' if row.within_budget else 'BROKEN'}"
        print(f"  {row.what:24}{row.value:12,.2f} {row.unit:12} {budget}")
    return 0 if all(row.within_budget for row in table) else 1


if __name__ == "__main__":
    sys.exit(main())
