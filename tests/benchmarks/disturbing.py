"""Is a load that slows requests flagged as a disturbance, and one that does not slow them left alone?

Run by ``python -m tests.benchmarks.disturbing [--model practice-medium] [--rounds 40] [--busy 0.1,0.25,0.5,1]``. One
benchmark of one model through the runner; between its rounds a process beside it changes what it does: nothing, or it
is busy for a share of one core, at ordinary priority as a program that slows the model, and at the lowest one, as a
program in the background that only takes what is left. For each turn: how many requests were flagged, what all other
processes used meanwhile, and by how much time per token differs from that of the idle turns, with a 95 % interval.

Exit code 1 unless turns that are slower by 5 % for sure are flagged in 80 %, and turns that are slower by less than 2 %
for sure in at most 5 %. What else runs on the machine is a disturbance too: a turn whose interval tells neither decides
nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.bench import events, runner
from tui.bench.model_pool import ModelPool
from tui.measure.statistics.tails import t_quantile
from tui.measure.timing import metrics
from tui.practice import practice_folder
from tui.records import Disturbance, Method, Model, Plan, Prompt, Purpose, Sample, SampleKind, SampleStatus

SLOWS, HARMLESS = 0.05, 0.02
FOUND, FALSE_ALARMS = 0.80, 0.05
QUIET_CORES: Final = 0.1
"""Of a machine whose other programs use more than this the idle turns tell nothing."""
LOWEST_PRIORITY: Final = 19
_PROMPT = Prompt(id="privacy", text="List 3 privacy benefits of local inference.")
_BURNER = """
import os, select, sys, time
if sys.argv[1:]:
    os.nice(int(sys.argv[1]))
share, slice_s = 0.0, 0.01
while True:
    if select.select([sys.stdin], [], [], slice_s * (1 - share) if share else None)[0]:
        line = sys.stdin.readline()
        if not line:
            break
        share = float(line)
        print("ok", flush=True)
    end_s = time.perf_counter() + slice_s * share
    while time.perf_counter() < end_s:
        pass
"""
"""A program that is busy for a share of each hundredth of a second; each line of stdin sets the share."""


class Neighbour:
    """A process beside the model that is busy for a share of a core."""

    def __init__(self, priority: int = 0) -> None:
        nice = [str(priority)] if priority and hasattr(os, "nice") else []
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BURNER, *nice], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def be_busy(self, share: float) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{share}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "ok\n"

    def close(self) -> None:
        self._process.communicate()


@dataclass(frozen=True, slots=True)
class Turn:
    """What the neighbours do while a request is measured."""

    busy: float
    polite: bool = False

    def __str__(self) -> str:
        return "idle" if not self.busy else f"{self.busy:g} core{', lowest priority' if self.polite else ''}"


async def measured(model: Model, turns: Sequence[Turn], rounds: int, max_tokens: int) -> dict[Turn, list[Sample]]:
    """Measure rounds of a model in one run, beside these turns of its neighbours one after the other."""
    method = Method(rounds=rounds * len(turns), warmup=1, max_tokens=max_tokens, cool_down_s=0.1, yardstick=False)
    plan = Plan(models=(model,), prompts=(_PROMPT,), purpose=Purpose.BENCHMARK, method=method)
    usual, polite, asked, record = Neighbour(), Neighbour(LOWEST_PRIORITY), 0, None
    try:
        happened = runner.run(plan, pool=ModelPool(), history=None, stop=asyncio.Event())
        async with contextlib.aclosing(happened):
            async for event in happened:
                if isinstance(event, events.SampleFinished) and event.sample.kind is not SampleKind.COLD:
                    # The rest between two rounds leaves the time for it.
                    turn = turns[asked % len(turns)]
                    usual.be_busy(0.0 if turn.polite else turn.busy)
                    polite.be_busy(turn.busy if turn.polite else 0.0)
                    asked += 1
                elif isinstance(event, events.RunFinished):
                    record = event.run
    finally:
        usual.close()
        polite.close()
    assert record is not None
    done = [sample for sample in record.samples if sample.kind is SampleKind.ROUND]
    beside: dict[Turn, list[Sample]] = {turn: [] for turn in turns}
    for number, sample in enumerate(done):
        if sample.status is SampleStatus.OK:
            beside[turns[number % len(turns)]].append(sample)
    return beside


def log_times(samples: Sequence[Sample]) -> list[float]:
    """Return the logarithms of the time per token of requests."""
    return [math.log((metrics.e2e_ns(each.timeline) or 1) / (each.timeline.output_tokens or 1)) for each in samples]


def slower(some: Sequence[Sample], idle: Sequence[Sample]) -> tuple[float, float, float]:
    """Return by what share of time requests differ from idle ones, round by round, and a 95 % interval of that."""
    pairs = [first - second for first, second in zip(log_times(some), log_times(idle), strict=False)]
    middle = statistics.fmean(pairs)
    reach = t_quantile(0.975, len(pairs) - 1) * statistics.stdev(pairs) / math.sqrt(len(pairs))
    return math.expm1(middle), math.expm1(middle - reach), math.expm1(middle + reach)


def report(beside: dict[Turn, list[Sample]]) -> bool:
    """Print a line for each turn; return whether all that can be told is as it should be."""
    passed, idle = True, beside[Turn(0.0)]
    print("| beside it | flagged | others' cores | slower [95 %] | verdict |\n| --- | ---: | ---: | ---: | --- |")
    for turn, samples in beside.items():
        flagged = sum(Disturbance.OTHER_LOAD in each.disturbances for each in samples) / len(samples)
        cores = statistics.median(each.other_cores or 0.0 for each in samples)
        middle, low, high = slower(samples, idle) if turn.busy else (0.0, 0.0, 0.0)
        verdict = "decides nothing"
        if not turn.busy and cores > QUIET_CORES:
            verdict = "decides nothing: the machine is not quiet"
        elif low >= SLOWS:
            verdict = "flagged, as it should be" if flagged >= FOUND else "FAIL: it slows, and is not flagged"
        elif high < HARMLESS:
            verdict = "left alone, as it should be" if flagged <= FALSE_ALARMS else "FAIL: flagged, and does not slow"
        passed = passed and not verdict.startswith("FAIL")
        print(f"| {turn} | {flagged:.0%} | {cores:.2f} | {middle:+.1%} [{low:+.1%}, {high:+.1%}] | {verdict} |")
    return passed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="practice-medium")
    parser.add_argument("--rounds", type=int, default=40, help="at each turn")
    parser.add_argument("--busy", default="0.1,0.25,0.5,1", help="shares of a core, besides none")
    parser.add_argument("--max-tokens", type=int, default=60)
    options = parser.parse_args()
    shares = [float(share) for share in options.busy.split(",")]
    turns = [Turn(0.0), *(Turn(share, polite) for polite in (False, True) for share in shares)]
    model = Model(alias=options.model, folder=practice_folder(options.model), practice=True)
    return 0 if report(asyncio.run(measured(model, turns, options.rounds, options.max_tokens))) else 1


if __name__ == "__main__":
    sys.exit(main())
