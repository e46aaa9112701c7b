"""Do the numbers of Benchtop agree with those of bare loops over the same runtime?

Run by ``python -m tests.benchmarks.agreement [--model practice-large | FOLDER] [--against sdk,generator] [--launches 4]
[--pairs 20]``. The whole path of Benchtop (runner, child, wire, stamps) is held against a bare script over the same SDK
(``sdk``), against a bare loop of onnxruntime_genai without the SDK (``generator``), or both. Every side holds the model
in a process of its own and they take turns, answer by answer, each beginning as often as the others; every launch is a
fresh start of all. Prints the median ratio Benchtop / other of decode rate and of TTFT with a 95 % interval over
launches, after every launch. Against the SDK it passes when both intervals contain 1 and are narrower than their
limits; one that is too wide is inconclusive, and no pass. Against the generator it passes when the whole interval of
the rate is within 2 %; the TTFT is only told, since the SDK does more than the loop before the first token. Exit code 1
unless all pass. Two minutes a launch with both for a model of 100 tok/s.
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
from pathlib import Path
from typing import Final

from tui.bench import events, runner
from tui.bench.model_pool import ModelPool
from tui.config import load_config
from tui.measure.statistics.intervals import Measured, estimate, headline_interval
from tui.measure.timing import metrics
from tui.practice import practice_folder
from tui.records import FinishReason, Method, Mode, Model, Plan, Prompt, Purpose, Sample, SampleStatus, Timeline

MAX_TOKENS = 150
RATE_LIMIT, TTFT_LIMIT = 0.03, 0.10
GENERATOR_LIMIT = 0.02
SCRIPTS: Final = {"sdk": "tests.benchmarks.bare_script", "generator": "tests.benchmarks.bare_generator"}


@dataclass(frozen=True)
class Pair:
    """The ratios of one side's figures to another's, as logarithms."""

    rate: float
    ttft: float


class BareScript:
    """The reference in its own process, which reads a prompt and writes its numbers, a line each."""

    def __init__(self, folder: str, scratch: str, max_tokens: int = MAX_TOKENS, module: str = SCRIPTS["sdk"]) -> None:
        command = [sys.executable, "-m", module, folder, scratch, str(max_tokens)]
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


async def launch(
    model: Model, prompts: Sequence[Prompt], pairs: int, names: Sequence[str], max_tokens: int
) -> list[dict[str, Timeline]]:
    """Start all sides afresh, warm every prompt up, and take turns; ours is the side without a name."""
    pool = ModelPool()
    results: list[dict[str, Timeline]] = []
    with tempfile.TemporaryDirectory() as scratch:
        scripts: dict[str, BareScript] = {}
        for name in names:
            own = Path(scratch, name)
            own.mkdir()
            scripts[name] = await asyncio.to_thread(BareScript, str(model.folder), str(own), max_tokens, SCRIPTS[name])
        sides = ["", *names]
        for number, prompt in enumerate(turns(prompts, len(prompts) * 2 + pairs)):
            first, times = number % len(sides), dict[str, Timeline]()
            for side in sides[first:] + sides[:first]:
                if side:
                    times[side] = await asyncio.to_thread(scripts[side].measure, prompt.text)
                else:
                    times[side] = (await ask(pool, model, prompt, max_tokens)).timeline
            if number >= len(prompts) * 2:
                results.append(times)
        for script in scripts.values():
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


def report(name: str, launches: Sequence[Sequence[float]], limit: float | None, *, about_one: bool = True) -> bool:
    """Print a ratio; return whether it passes, as it does without a limit."""
    ratio, low, high = interval(launches)
    verdict = ""
    if limit is not None:
        within, outside = low > 1 - limit and high < 1 + limit, low > 1 + limit or high < 1 - limit
        differs = outside or (about_one and within and not low <= 1 <= high)
        verdict = "FAIL: differs" if differs else "pass" if within else "FAIL: inconclusive"
    pairs = sum(map(len, launches))
    print(f"{name:32} {ratio:7.4f}   [{low:.4f}, {high:.4f}]   n = {pairs} in {len(launches)} launches   {verdict}")
    return verdict in ("", "pass")


def report_all(launches: Sequence[Sequence[dict[str, Timeline]]], names: Sequence[str]) -> bool:
    """Print the ratios of every two sides; return whether those with a limit pass."""
    passed = True
    compared = [("", name) for name in names]
    if len(names) > 1:
        compared.append(("sdk", "generator"))
    for here, bare in compared:
        pairs = [[pair(times[here], times[bare]) for times in rows] for rows in launches]
        limits: tuple[float | None, float | None] = (RATE_LIMIT, TTFT_LIMIT)
        if bare == "generator":
            limits = (None if here else GENERATOR_LIMIT, None)
        label = f"{here or 'Benchtop'} / {bare}"
        rates = [[ratios.rate for ratios in rows] for rows in pairs]
        passed &= report(f"{label}, decode rate", rates, limits[0], about_one=bare == "sdk")
        passed &= report(f"{label}, TTFT", [[ratios.ttft for ratios in rows] for rows in pairs], limits[1])
    return passed


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="practice-large")
    parser.add_argument("--against", choices=[*SCRIPTS, ",".join(SCRIPTS)], default="sdk")
    parser.add_argument("--max-tokens", type=int, default=MAX_TOKENS)
    parser.add_argument("--launches", type=int, default=4)
    parser.add_argument("--pairs", type=int, default=20)
    options = parser.parse_args()
    folder = Path(options.model)
    model = Model(alias=folder.name, folder=folder if folder.is_dir() else practice_folder(options.model))
    names: list[str] = options.against.split(",")
    config = load_config()
    prompts = config.prompt_sets[config.default_prompt_set]
    print(f"{model.alias}: ratios of medians and 95 % intervals", flush=True)
    launches: list[list[dict[str, Timeline]]] = []
    passed = False
    for number in range(options.launches):
        launches.append(await launch(model, prompts, options.pairs, names, options.max_tokens))
        print(f"after launch {number + 1}:", flush=True)
        passed = report_all(launches, names)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
