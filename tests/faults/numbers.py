"""Runs with odd numbers and gaps: every report is written, or says in one sentence why not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from tests.faults.kinds import Fault
from tests.support.builders import model, run_record
from tui.records import FinishReason, RunRecord, Sample, SampleStatus, Timeline
from tui.reports import export
from tui.reports.formats import FORMATS

ODD: Final = (None, 0, 1, 2, 10**6, 10**12, 2**62)


def random_run(seed: int) -> RunRecord:
    """Return a run whose samples have random numbers, gaps and texts."""
    chance = random.Random(seed)
    run = run_record(
        *(model(f"m{number}") for number in range(chance.choice((1, 2, 5)))), rounds=chance.choice((1, 2, 3))
    )
    samples = tuple(_odd(chance, sample) for sample in run.samples if chance.random() < 0.9)
    return replace(run, samples=samples, loads=() if seed % 3 == 0 else run.loads)


def _odd(chance: random.Random, sample: Sample) -> Sample:
    arrivals = sorted(chance.choice((0, 1, 10**6, 10**9, 10**15)) for _ in range(chance.randrange(5)))
    times = Timeline(
        arrivals_ns=tuple(dict.fromkeys(arrivals)),
        first_answer_ns=arrivals[0] if arrivals and chance.random() < 0.7 else None,
        end_ns=arrivals[-1] if arrivals and chance.random() < 0.8 else None,
        prompt_tokens=chance.choice(ODD),
        output_tokens=chance.choice(ODD),
        finish_reason=chance.choice((None, *FinishReason)),
        hidden_tokens=chance.choice(ODD),
        cached_prompt_tokens=chance.choice(ODD),
    )
    return replace(
        sample,
        timeline=times,
        status=chance.choice(tuple(SampleStatus)),
        error=chance.choice((None, "", "x" * 5000)),
        text=chance.choice(("", "\0\x1b[31m", "\ud800", "word " * 500)),
        peak_rss_bytes=chance.choice(ODD),
        peak_vram_bytes=chance.choice(ODD),
        energy_j=chance.choice((None, 0.0, 1e-300, 1e300)),
        pace_ns=chance.choice(ODD),
    )


def _reported(make: Callable[[], RunRecord], title: str, folder: Path) -> None:
    (report_format,) = (row for row in FORMATS if row.title == title)
    run = make()
    text = export.text_of(run, report_format, None)
    export.write(folder / f"report{report_format.suffix}", text)
    assert "Traceback" not in text


def _without_memory() -> RunRecord:
    run = run_record()
    return replace(run, loads=(), samples=tuple(replace(sample, peak_rss_bytes=None) for sample in run.samples))


RUNS: Final[Mapping[str, Callable[[], RunRecord]]] = {
    "64 models, two rounds": lambda: run_record(*(model(f"m{number}") for number in range(64)), rounds=2),
    "no memory": _without_memory,
    "no samples": lambda: replace(run_record(), samples=()),
    **{f"random numbers, seed {seed}": partial(random_run, seed) for seed in range(8)},
}


def faults() -> Iterator[Fault]:
    """Return every run in every format."""
    for name, make in RUNS.items():
        for row in FORMATS:
            yield Fault("reports", f"{row.title} of a run with {name}", partial(_reported, make, row.title))
