"""Makes runs for the tests of reports, and writes the golden files with which these are compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.support.builders import MIB, failed_load, failed_sample, model, run_record, samples_of
from tui.records import (
    MAYBE_CACHED,
    TOKENS_ESTIMATED,
    ExitCause,
    ExitKind,
    Load,
    MemoryReading,
    Model,
    Prompt,
    RunRecord,
    RunStatus,
)
from tui.reports.json import arrivals_text, csv_text, json_text
from tui.reports.markdown import markdown_report, results_table

GOLDEN = Path(__file__).parents[1] / "golden"

EXPORTS = {
    "run.md": markdown_report,
    "run.csv": csv_text,
    "run.json": json_text,
    "run.jsonl": arrivals_text,
    "table.md": results_table,
}


def whole_run() -> RunRecord:
    """Return a run in which two models finished, one ran out of memory, one died half-way and one was never reached."""
    chosen = (
        model("practice-small", practice=True),
        model("qwen2.5-0.5b", variant="cpu"),
        model("mistral-7b"),
        model("gemma-2-2b"),
        model("phi-4-mini"),
    )
    run = run_record(*chosen, rounds=2)
    finished = [sample for sample in run.samples if sample.key in {"practice-small", "qwen2.5-0.5b@cpu"}]
    finished[3] = replace(finished[3], text="Retrieval | augmented\ngeneration.", reasoning="First, let me think.")
    died = [
        replace(sample, peak_rss_bytes=2048 * MIB, flags=(TOKENS_ESTIMATED, MAYBE_CACHED))
        for sample in samples_of("gemma-2-2b", run.plan, ttft_ms=900, tok_s=12.5)[:4]
    ]
    loads = [load for load in run.loads if load.key not in {"mistral-7b", "phi-4-mini"}]
    crashed = ExitCause(kind=ExitKind.CRASHED, reason="signal 9")
    small, qwen, gemma = loads
    starved = failed_load("mistral-7b", stderr_tail=("allocating 8.6 GB", "```", "\x1b[31mout of memory"))
    assert starved.verdict is not None
    advice = ("limit its context to 4,096 tokens", "use qwen2.5-0.5b@cpu, which is smaller (822 MiB)")
    verdict = replace(starved.verdict, peak_rss_bytes=5000 * MIB, advice=advice)
    return replace(
        run,
        status=RunStatus.STOPPED,
        loads=(
            replace(small, forecast_bytes=74 * MIB, measured_bytes=73 * MIB, left_bytes=-MIB),
            replace(qwen, forecast_bytes=1400 * MIB, measured_bytes=1600 * MIB, left_bytes=310 * MIB),
            replace(gemma, verdict=crashed),
            replace(starved, forecast_bytes=13200 * MIB, verdict=verdict),
        ),
        samples=(*finished, *died, failed_sample("gemma-2-2b", prompt_id="privacy", error="crashed: signal 9")),
    )


def starved_run() -> tuple[RunRecord, tuple[MemoryReading, ...]]:
    """Return a run in which a large model is killed while it grows, and its memory readings of each half second."""
    run = run_record(model("small"), model("starved"), rounds=2)
    killed = replace(failed_load("starved"), forecast_bytes=2000 * MIB)
    samples = tuple(sample for sample in run.samples if sample.key == "small")
    rss_of = [
        *({"small": min(200, 50 * (step + 1)) * MIB} for step in range(15)),
        {},
        *({"starved": 90 * (step // 2 + 1) * MIB} for step in range(20)),
        *({} for _ in range(5)),
    ]
    readings = tuple(
        MemoryReading(
            at_s=100 + 0.5 * index,
            total_bytes=1024 * MIB,
            available_bytes=1000 * MIB - sum(rss.values()),
            swap_used_bytes=0,
            rss_bytes=rss,
        )
        for index, rss in enumerate(rss_of)
    )
    return replace(run, loads=(run.loads[0], killed), samples=samples), readings


def named(name: str) -> RunRecord:
    """Return a run whose every name and message is this text."""
    chosen = Model(alias=name, practice=True)
    run = run_record(chosen, replace(chosen, alias=f"{name}2"))
    environment = replace(run.environment, cpu=name, gpu=name, os=name, runtime=name)
    verdict = ExitCause(kind=ExitKind.REFUSED, reason=name, stderr_tail=(name, name))
    return replace(
        run,
        environment=environment,
        plan=replace(run.plan, method=replace(run.plan.method, prompt_set=name), prompts=(Prompt(id=name, text=name),)),
        loads=(*run.loads[:1], Load(key=f"{name}2", verdict=verdict)),
        samples=(*run.samples, failed_sample(f"{name}2", error=name + "!")),
    )


if __name__ == "__main__":
    for golden, make in EXPORTS.items():
        (GOLDEN / golden).write_bytes(make(whole_run()).encode())
