"""How long do a store, a summary and the reports of a benchmark of 100,000 samples take?

Run by ``python -m tests.benchmarks.large_run [--profile]``. Builds a run of 4 models and 10 prompts, with 60 arrivals a
request, stores it in a history file, reads it back, summarises it and writes it as Markdown, JSON and HTML. Prints the
seconds of each step and the processor time of this process, which other load hardly changes; exit code 1 if the
summary takes more than 2 s of it or the Markdown more than 5 s. Each report starts from a run of which nothing has been
computed yet. With ``--profile`` it also prints the functions that the summary and the Markdown spend most of their time
in, whose own times are then longer than without.
"""

from __future__ import annotations

import cProfile
import pstats
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Final, TypeVar

from tests.support.builders import environment, load, model, run_record, sample
from tui.bench.events import RunStarted, SampleFinished
from tui.measure.timing.summary import summarize
from tui.records import FinishReason, Method, Plan, Prompt, RunRecord, Timeline
from tui.reports.html import html_page
from tui.reports.json import json_text
from tui.reports.markdown import markdown_report
from tui.store.history import History
from tui.workspace.progress import RunProgress

MODELS, PROMPTS, LAUNCHES, ROUNDS, ARRIVALS = 4, 10, 5, 500, 60
SUMMARY_S: Final = 2.0
MARKDOWN_S: Final = 5.0
FUNCTIONS_SHOWN: Final = 25

_Result = TypeVar("_Result")


def large_run(rounds: int = ROUNDS) -> RunRecord:
    """Return a run with so many rounds of every prompt in each launch; its times scatter by a fifth."""
    chance = random.Random(1)
    models = tuple(model(f"model-{index}") for index in range(1, MODELS + 1))
    prompts = tuple(Prompt(id=f"prompt-{index}", text=f"Question {index}?") for index in range(1, PROMPTS + 1))
    method = Method(prompt_set="large", rounds=rounds, launches=LAUNCHES, warmup=0)
    samples = tuple(
        replace(sample(chosen.key, prompt_id=prompt.id, round_number=number, times=_times(chance)), launch=launch)
        for launch in range(1, LAUNCHES + 1)
        for chosen in models
        for number in range(1, rounds + 1)
        for prompt in prompts
    )
    return replace(
        run_record(*models),
        plan=Plan(models=models, prompts=prompts, method=method),
        environment=environment(),
        loads=tuple(load(chosen.key, launch=number) for number in range(1, LAUNCHES + 1) for chosen in models),
        samples=samples,
    )


def _times(chance: random.Random) -> Timeline:
    gaps_ns = (round(20e6 * chance.uniform(0.8, 1.2)) for _ in range(ARRIVALS - 1))
    arrivals = tuple(accumulate(gaps_ns, initial=round(200e6 * chance.uniform(0.8, 1.2))))
    return Timeline(
        arrivals_ns=arrivals,
        first_answer_ns=arrivals[0],
        end_ns=arrivals[-1] + 20_000_000,
        prompt_tokens=16,
        output_tokens=ARRIVALS,
        finish_reason=FinishReason.STOP,
    )


def timed(name: str, work: Callable[[], _Result]) -> tuple[float, _Result]:
    """Do the work, print the seconds that it took, and return its processor time with its result."""
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    result = work()
    took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    print(f"{name:10} {took_s:6.2f} s, {cpu_s:6.2f} s of a processor", flush=True)
    return cpu_s, result


def follow(run: RunRecord) -> RunRecord | None:
    """Follow the events of the run as the app does while it goes on, and return the record at its end."""
    progress = RunProgress()
    total = len(run.samples)
    progress.follow(RunStarted(run=replace(run, samples=()), total_samples=total), 0.0)
    for done, finished in enumerate(run.samples, start=1):
        progress.follow(SampleFinished(key=finished.key, sample=finished, done_samples=done), float(done))
    return progress.record


def stored(run: RunRecord, file: Path) -> None:
    with closing(History(file)) as history:
        history.begin(run)


def read_back(file: Path, run_id: str) -> RunRecord:
    with closing(History(file)) as history:
        return history.run(run_id)


def profile(run: RunRecord) -> None:
    """Print where the summary and the Markdown spend their time."""
    for work in (summarize, markdown_report):
        profiler = cProfile.Profile()
        profiler.runcall(work, run)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(FUNCTIONS_SHOWN)


def main() -> int:
    run = large_run()
    print(f"{len(run.samples):,} samples of {ARRIVALS} arrivals")
    with tempfile.TemporaryDirectory(prefix="large-run-") as folder:
        file = Path(folder) / "history.sqlite3"
        timed("store", lambda: stored(run, file))
        _, same = timed("read back", lambda: read_back(file, run.run_id))
    timed("follow", lambda: follow(run))
    summary_s, _ = timed("summarise", lambda: summarize(same))
    markdown_s, _ = timed("Markdown", lambda: markdown_report(replace(same)))
    timed("JSON", lambda: json_text(replace(same)))
    timed("HTML", lambda: html_page(replace(same)))
    if "--profile" in sys.argv:
        profile(same)
    return int(summary_s > SUMMARY_S or markdown_s > MARKDOWN_S)


if __name__ == "__main__":
    raise SystemExit(main())
