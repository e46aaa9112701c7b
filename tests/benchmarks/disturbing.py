"""Is a quiet request called disturbed, and a disturbed one quiet?

Run by ``python -m tests.benchmarks.disturbing [--model practice-small] [--samples 100] [--busy 0.1,0.25,0.5,1]``. One
model answers again and again through the runner that the app and the commands use; from request to request a process
beside it is idle or busy for a share of one core, in turns, so that all shares meet the same machine. For each share:
how many requests were flagged, what all other processes and the host of a virtual machine used meanwhile, and what
became of TTFT and decode rate against the idle turns. Exit code 1 unless at most 5 % of the idle turns are flagged and
at least 95 % of those with a whole core busy. What else runs on the machine is a disturbance too, as it should be: the
idle turns tell of false alarms only where it is otherwise quiet, and are inconclusive elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from tests.benchmarks.agreement import ask
from tui.bench.model_pool import ModelPool
from tui.measure.disturbance import OTHER_CORES, MachineCounters, others_s
from tui.measure.timing import metrics
from tui.measure.timing.columns import Number
from tui.practice import practice_folder
from tui.probes.disturbance import CounterReader
from tui.records import Disturbance, Model, Prompt, Sample

IDLE, WHOLE = 0.0, 1.0
FALSE_ALARMS, FOUND = 0.05, 0.95
_PROMPT = Prompt(id="privacy", text="List 3 privacy benefits of local inference.")
_BURNER = """
import select, sys, time
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

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BURNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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
    """A request, and the processor time that others used meanwhile."""

    busy: float
    sample: Sample
    others_cores: float
    """The cores that all other processes used, on average over the request."""
    stolen_cores: float
    """The part of these cores that the host of a virtual machine took."""

    @property
    def flagged(self) -> bool:
        return Disturbance.OTHER_LOAD in self.sample.disturbances


async def turns(model: Model, shares: Sequence[float], count: int, max_tokens: int) -> list[Turn]:
    """Do ``count`` requests at each share, in turns."""
    pool, reader, neighbour = ModelPool(), CounterReader(), Neighbour()
    done: list[Turn] = []
    try:
        await ask(pool, model, _PROMPT, max_tokens)
        for index in range(count * len(shares)):
            busy = shares[index % len(shares)]
            neighbour.be_busy(busy)
            before, stolen_s = reader.read(pool.pids), _stolen_s()
            sample = await ask(pool, model, _PROMPT, max_tokens)
            done.append(_turn(busy, sample, before, reader.read(pool.pids), _stolen_s() - stolen_s))
    finally:
        neighbour.close()
        await pool.close()
    return done


def _turn(busy: float, sample: Sample, before: MachineCounters, after: MachineCounters, stolen_s: float) -> Turn:
    span_s = after.at_s - before.at_s
    return Turn(busy, sample, others_s(before, after) / span_s, stolen_s / span_s)


def _stolen_s() -> float:
    return float(getattr(psutil.cpu_times(), "steal", 0.0))


def report(done: Sequence[Turn], shares: Sequence[float]) -> str:
    """Print a line for each share; return whether idle turns pass as quiet and turns with a busy core are flagged."""
    idle = [turn for turn in done if turn.busy == IDLE]
    seconds = statistics.median((turn.sample.timeline.end_ns or 0) / metrics.NS_PER_S for turn in done)
    print(f"requests of {seconds * 1000:.0f} ms (median)")
    print("busy   flagged        others' cores p50, p95   of it stolen   TTFT     decode rate")
    for share in shares:
        of_share = [turn for turn in done if turn.busy == share]
        others = statistics.quantiles([turn.others_cores for turn in of_share], n=20)
        stolen = statistics.fmean(turn.stolen_cores for turn in of_share)
        flagged = sum(turn.flagged for turn in of_share)
        rates = [f"{_against(of_share, idle, number):+7.1%}" for number in (metrics.ttft_ns, metrics.decode_tok_s)]
        print(
            f"{share:<5}  {flagged:>3} of {len(of_share):<4} {flagged / len(of_share):>4.0%}"
            f"   {others[9]:>6.2f} {others[18]:>6.2f}            {stolen:>6.2f}         {'  '.join(rates)}"
        )
    alarms = sum(turn.flagged for turn in idle) / len(idle)
    whole = [turn.flagged for turn in done if turn.busy == WHOLE]
    if statistics.median(turn.others_cores for turn in idle) > OTHER_CORES / 2:
        return "FAIL: inconclusive, this machine is not quiet"
    return "pass" if alarms <= FALSE_ALARMS and sum(whole) >= FOUND * len(whole) else "FAIL"


def _against(some: Sequence[Turn], idle: Sequence[Turn], number: Number) -> float:
    """Return by what share the median differs from that of the idle turns."""
    medians = [
        statistics.median(value for turn in group if (value := number(turn.sample.timeline)) is not None)
        for group in (some, idle)
    ]
    return medians[0] / medians[1] - 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="practice-small")
    parser.add_argument("--samples", type=int, default=100, help="at each share")
    parser.add_argument("--busy", default="0.1,0.25,0.5,1", help="shares of a core, besides none")
    parser.add_argument("--max-tokens", type=int, default=60)
    options = parser.parse_args()
    shares = [IDLE, *map(float, options.busy.split(","))]
    model = Model(alias=options.model, folder=practice_folder(options.model), practice=True)
    done = asyncio.run(turns(model, shares, options.samples, options.max_tokens))
    verdict = report(done, shares)
    print(verdict)
    return 0 if verdict == "pass" else 1


if __name__ == "__main__":
    sys.exit(main())
