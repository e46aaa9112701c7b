"""What counts in one number counts in every other, and in every report: disturbed, resumed and crowded runs alike."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.support.builders import crowded_run, failed_sample, model, run_record, sample, timeline
from tests.support.sweeps import OUTPUTS, PROMPTS, rounds, swept
from tui.measure.memory.time_series import memory_time_series
from tui.measure.timing import metrics
from tui.measure.timing.levels import levels
from tui.measure.timing.model_chart import model_charts
from tui.measure.timing.summary import summarize
from tui.measure.timing.sweep import sweep_steps, thirds_tok_s
from tui.panes.history.detail import run_facts
from tui.records import Disturbance, MemoryReading, Purpose, RunEntry, RunRecord, RunState, Sample, SampleKind
from tui.reports.html import html_page
from tui.reports.json import baseline_text
from tui.reports.markdown import markdown_report, results_table
from tui.text.cells import cells_of

SWAPPED = (Disturbance.SWAP,)


def slow_and_disturbed(like: Sample) -> Sample:
    return replace(like, timeline=timeline(ttft_ms=9_000), disturbances=SWAPPED)


def test_the_rounds_that_a_reader_leaves_out_are_in_no_length_and_no_level() -> None:
    samples = [*rounds("prompt-16", timeline(ttft_ms=20)), slow_and_disturbed(sample(prompt_id="prompt-16"))]
    run = replace(swept(PROMPTS, samples), without_disturbed=True)
    step = sweep_steps(run, "tiny")[0]
    assert step.ttft_ms is not None
    assert (step.rounds, step.ttft_ms.maximum) == (3, 20)

    run = crowded_run()
    (cold, first, *others) = run.samples
    run = replace(run, samples=(cold, first, slow_and_disturbed(replace(first, round=2)), *others))
    run = replace(run, without_disturbed=True)
    level, (row,) = levels(run, "tiny")[0], summarize(run)
    assert level.ttft_ms is not None
    assert (level.rounds, level.ttft_ms.headline) == (row.rounds, row.ttft_p50_ms) == (1, 100)


def test_a_baseline_leaves_out_what_every_other_report_leaves_out() -> None:
    run = run_record(model("tiny"))
    last = run.samples[-1]
    run = replace(run, samples=(*run.samples[:-1], slow_and_disturbed(last)), without_disturbed=True)
    (row,) = summarize(run)
    (entry,) = json.loads(baseline_text(run))["models"]
    assert entry["p50"]["ttft_ms"] == row.ttft_p50_ms
    assert sum(len(launch) for of_prompt in entry["rounds"].values() for launch in of_prompt["ttft_ms"]) == row.rounds


def resumed(run: RunRecord, failed: Sample) -> RunRecord:
    """Return the run with a failure in its first segment that its second segment has made good."""
    return replace(run, samples=(failed, *(replace(sample, segment=2, launch=2) for sample in run.samples)))


def test_what_was_made_good_after_an_interruption_is_no_failure_in_any_report() -> None:
    run = resumed(run_record(model("tiny")), failed_sample(prompt_id="rag", error="died before"))
    (entry,) = json.loads(baseline_text(run))["models"]
    assert entry["failures"] == 0

    steps = rounds("prompt-16", timeline(ttft_ms=20))
    run = resumed(swept(PROMPTS, steps), failed_sample(prompt_id="prompt-16", error="died before"))
    assert sweep_steps(run, "tiny")[0].error is None
    assert "died before" not in results_table(run)

    run = run_record(model("tiny"))
    unmended = replace(failed_sample(prompt_id="privacy", error="died again"), segment=2, round=9)
    run = resumed(run, failed_sample(prompt_id="rag", error="died before"))
    run = replace(run, samples=(*run.samples, unmended))
    failures = markdown_report(run).partition("## Failures")[2].partition("\n## ")[0]
    assert "died again" in failures
    assert "(1 of 10 requests failed)" in failures
    assert "died before" not in failures


def test_a_histogram_is_of_the_rounds_that_its_figures_are_of() -> None:
    run = crowded_run()
    ttft, _ = model_charts(run, "tiny")
    assert ttft.distribution is not None
    assert ttft.values == [100]
    assert ttft.distribution.count == 1
    assert [point.kind for point in ttft.points] == [SampleKind.COLD, SampleKind.ROUND]


def test_tokens_that_were_never_sent_are_in_no_third_of_an_answer() -> None:
    plain = timeline(tok_s=50, tokens=31)
    hidden = replace(plain, output_tokens=531, hidden_tokens=500)
    assert metrics.decode_tok_s(hidden) == metrics.decode_tok_s(plain)
    assert thirds_tok_s(hidden) == thirds_tok_s(plain)
    run = swept(OUTPUTS, rounds("output-20", hidden))
    assert not sweep_steps(run, "tiny")[0].thirds_estimated


def test_a_page_says_of_a_sweep_what_the_markdown_says() -> None:
    samples = [*rounds("output-60", timeline(tokens=40)), failed_sample(prompt_id="output-20", error="<too> long")]
    page = html_page(swept(OUTPUTS, samples))
    assert "the model ended its answer before the limit in 3 of 3 rounds" in page
    assert "output-20: &lt;too&gt; long." in page


def reading(at_s: float, rss_bytes: int) -> MemoryReading:
    by_model = {"tiny": rss_bytes} if rss_bytes else {}
    return MemoryReading(
        at_s=at_s,
        total_bytes=100,
        available_bytes=50,
        swap_used_bytes=0,
        rss_bytes=by_model,
    )


@pytest.mark.parametrize("again_s", [3.0, 90_000.0])
def test_the_course_of_memory_has_no_pause_and_no_older_time_after_a_new_one(again_s: float) -> None:
    readings = [reading(1_000.0, 1), reading(1_001.0, 2), reading(again_s, 3), reading(again_s + 1, 4)]
    course = memory_time_series(run_record(model("tiny")), readings)
    assert course is not None
    assert course.rss_bytes["tiny"] == (1, 2, 3, 4)
    assert course.times_s == (0, 1, 2, 3)


def test_a_clock_that_was_set_back_gives_no_negative_time() -> None:
    entry = RunEntry(
        run_id="run-1",
        started_at="2026-11-22T15:20:00+00:00",
        finished_at="2026-11-22T15:10:00+00:00",
        status=RunState.DONE,
        purpose=Purpose.BENCHMARK,
        name="",
        tags=(),
        pinned=False,
        note="",
        models=("tiny",),
        prompt_set="",
        rounds=1,
        launches=1,
        samples=1,
        failed=0,
    )
    assert next(fact for fact in run_facts(entry) if fact.label == "Took").words is None


@pytest.mark.parametrize(
    ("text", "width"), [("e\u0301", 1), ("\u2764\ufe0f", 1), ("\u200b", 0), ("日本", 4), ("👨\u200d👩", 4)]
)
def test_signs_without_a_cell_take_none(text: str, width: int) -> None:
    assert cells_of(text) == width
