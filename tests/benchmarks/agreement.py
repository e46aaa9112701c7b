"""Do the numbers of Benchtop agree with those of a bare script over the same SDK?

Run by ``python -m tests.benchmarks.agreement [--model practice-large] [--launches 4] [--pairs 20]``. Both sides hold
the model in a process of their own and take turns, sample by sample, first one and then the other beginning. Prints
the median ratio Benchtop / bare script of decode rate and of TTFT with a 95 % interval over launches. Passes when an
interval contains 1 and is narrower than its limit; one that is too wide is inconclusive, and no pass. Exit code 1
unless both pass.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.bench import events, runner
from tui.bench.model_pool import ModelPool
from tui.config import load_config
from tui.measure.statistics.intervals import Measured, estimate, headline_interval
from tui.measure.timing import metrics
from tui.practice import practice_folder
from tui.records import FinishReason, Method, Mode, Model, Plan, Prompt, Purpose, Sample, SampleStatus, Timeline

MAX_TOKENS = 150
RATE_LIMIT, TTFT_LIMIT = 0.03, 0.10


@dataclass(frozen=True)
class Pair:
    """The ratios of Benchtop's figures to the bare script's, as logarithms."""

    rate: float
    ttft: float


class BareScript:
    """The reference in its own process, which reads a prompt and writes its numbers, a line each."""

    def __init__(self, folder: str, scratch: str, max_tokens: int = MAX_TOKENS) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.bare_script", folder, scratch, str(max_tokens)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._line() == "ready\n", "the bare script did not start"

    def measure(self, prompt: str) -> Timeline:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{prompt}\n")
        self._process.stdin.flush()
        seen = json.loads(self._line())
        return Timeline(
            arrivals_ns=(seen["first_ns"],),
            end_ns=seen["end_ns"],
            output_tokens=seen["tokens"],
            finish_reason=FinishReason.STOP if seen["stop"] else FinishReason.LENGTH,
        )

    def close(self) -> None:
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


async def ask(pool: ModelPool, model: Model, prompt: Prompt, max_tokens: int = MAX_TOKENS) -> Sample:
    """Ask one question through the runner that the app and the commands use; the model stays loaded."""
    plan = Plan(
        models=(model,),
        prompts=(prompt,),
        purpose=Purpose.ASK,
        method=Method(mode=Mode.SIDE_BY_SIDE, rounds=1, warmup=0, max_tokens=max_tokens),
    )
    async with contextlib.aclosing(runner.run(plan, pool=pool, history=None, stop=asyncio.Event())) as happened:
        (run,) = [event.run async for event in happened if isinstance(event, events.RunFinished)]
    (sample,) = run.samples
    assert sample.status is SampleStatus.OK, sample.error
    return sample


def pair(here: Timeline, bare: Timeline) -> Pair:
    assert here.output_tokens == bare.output_tokens, "both sides must have done the same work"
    here_rate, bare_rate = metrics.decode_tok_s(here), metrics.decode_tok_s(bare)
    here_ttft, bare_ttft = metrics.ttft_ns(here), metrics.ttft_ns(bare)
    assert here_rate
    assert bare_rate
    assert here_ttft
    assert bare_ttft
    return Pair(math.log(here_rate / bare_rate), math.log(here_ttft / bare_ttft))


async def launch(model: Model, prompts: Sequence[Prompt], pairs: int) -> list[Pair]:
    """Start both sides afresh, warm every prompt up, and take turns."""
    pool = ModelPool()
    results: list[Pair] = []
    with tempfile.TemporaryDirectory() as scratch:
        script = await asyncio.to_thread(BareScript, str(model.folder), scratch)
        for number, prompt in enumerate(turns(prompts, len(prompts) * 2 + pairs)):
            if number % 2:
                here = (await ask(pool, model, prompt)).timeline
                bare = await asyncio.to_thread(script.measure, prompt.text)
            else:
                bare = await asyncio.to_thread(script.measure, prompt.text)
                here = (await ask(pool, model, prompt)).timeline
            if number >= len(prompts) * 2:
                results.append(pair(here, bare))
        await asyncio.to_thread(script.close)
    await pool.close()
    return results


def turns(prompts: Sequence[Prompt], count: int) -> Iterator[Prompt]:
    for number in range(count):
        yield prompts[number // 2 % len(prompts)]


def interval(launches: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Return the ratio and its 95 % interval, computed as the product does: the launch is the unit of variation."""
    rounds = [
        Measured(prompt_id="", launch=number, round=index, value=math.exp(log))
        for number, logs in enumerate(launches)
        for index, log in enumerate(logs)
    ]
    estimated = estimate(rounds)
    assert estimated is not None
    around = headline_interval(estimated)
    return estimated.value, around.low, around.high


def report(name: str, launches: Sequence[Sequence[float]], limit: float) -> bool:
    ratio, low, high = interval(launches)
    narrow = low > 1 - limit and high < 1 + limit
    verdict = "pass" if narrow and low <= 1 <= high else "FAIL: differs" if narrow else "FAIL: inconclusive"
    pairs = sum(map(len, launches))
    print(f"{name:12} {ratio:7.4f}   [{low:.4f}, {high:.4f}]   n = {pairs} in {len(launches)} launches   {verdict}")
    return verdict == "pass"


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="practice-large")
    parser.add_argument("--launches", type=int, default=4)
    parser.add_argument("--pairs", type=int, default=20)
    options = parser.parse_args()
    model = Model(alias=options.model, folder=practice_folder(options.model))
    config = load_config()
    prompts = config.prompt_sets[config.default_prompt_set]
    launches = [await launch(model, prompts, options.pairs) for _ in range(options.launches)]
    print("Benchtop / bare script, ratio and 95 % interval")
    rate = report("decode rate", [[pair.rate for pair in pairs] for pairs in launches], RATE_LIMIT)
    ttft = report("TTFT", [[pair.ttft for pair in pairs] for pairs in launches], TTFT_LIMIT)
    return 0 if rate and ttft else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
