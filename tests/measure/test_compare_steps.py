"""Sweeps and requests at once are compared step by step, and never averaged over what is not the same."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

from tests.support import scripted
from tests.support.builders import MIB, changed, failed_sample, model, run_record, sample, timeline
from tests.support.command import benchtop
from tests.support.scripted import ScriptedRun
from tests.support.workbench import NARROW, driving
from tui.bench.planning import sweep
from tui.console import ExitCode
from tui.measure.comparison.compare import compare, compare_all, regressions
from tui.measure.timing.precision import relative_half_width
from tui.panes.comparison import rows
from tui.records import Prompt, RunRecord, RunStatus, Sample, Sweep, SweepOf
from tui.records.comparison import Comparison, Outcome, Quantity, StepDimension
from tui.reports import comparison
from tui.reports.json import baseline_text, json_text
from tui.reports.json.reading import read_run
from tui.screens.comparison.screen import CompareScreen

PROMPTS = Sweep(SweepOf.PROMPT, (128, 512))
OUTPUTS = Sweep(SweepOf.OUTPUT, (32, 128))
LAUNCHES, ROUNDS = 4, 4


def swept(of: Sweep, seed: int, slower: Mapping[str, float] | None = None) -> RunRecord:
    """Return a sweep of 0.2 ms TTFT a prompt token and 50 tok/s; launches and rounds differ by some per mille."""
    random = np.random.default_rng(seed)
    prompts = sweep.prompts(of)
    samples: list[Sample] = []
    for launch in range(1, LAUNCHES + 1):
        moved = random.normal(1, 0.004)
        for number in range(1, ROUNDS + 1):
            for prompt in prompts:
                factor = moved * random.normal(1, 0.004) * (slower or {}).get(prompt.id, 1.0)
                tokens = int(prompt.id.partition("-")[2]) if of.of is SweepOf.PROMPT else 16
                times = timeline(ttft_ms=0.2 * tokens * factor, tok_s=50 / factor, prompt_tokens=tokens)
                samples.append(replace(sample(prompt_id=prompt.id, round_number=number, times=times), launch=launch))
    return of_plan(samples, prompts, sweep=of.of.value)


def crowded(levels: Sequence[int], seed: int, slower: Mapping[int, float] | None = None) -> RunRecord:
    """Return a run of requests of 20 tokens that are sent together, each as fast as if it were alone."""
    random = np.random.default_rng(seed)
    samples: list[Sample] = []
    for launch in range(1, LAUNCHES + 1):
        moved = random.normal(1, 0.004)
        for level in levels:
            factor = moved * (slower or {}).get(level, 1.0)
            for number in range(level * 2):
                times = timeline(ttft_ms=100 * factor, tok_s=50 / factor * random.normal(1, 0.004), tokens=20)
                times = replace(times, sent_ns=number // level * 10**9)
                one_step = sample(prompt_id="rag", round_number=number + 1, times=times)
                samples.append(replace(one_step, launch=launch, concurrency=level))
    return of_plan(samples, (Prompt(id="rag", text="Why?"),), concurrency=tuple(levels))


def of_plan(samples: Sequence[Sample], prompts: Sequence[Prompt], **of: object) -> RunRecord:
    run = run_record(model("tiny"))
    plan = changed(run.plan, prompts=tuple(prompts), prompt_set="", launches=LAUNCHES, **of)
    return replace(run, plan=plan, samples=tuple(samples), loads=())


def outcomes(result: Comparison) -> dict[tuple[Quantity, str], Outcome]:
    return {(change.quantity, change.step.name): change.outcome for change in result.changes}


BEFORE, SLOWER = swept(PROMPTS, 1), swept(PROMPTS, 2, {"prompt-512": 1.2})


def test_each_prompt_length_is_compared_by_itself_and_none_is_averaged() -> None:
    result = compare(BEFORE, SLOWER)
    assert list(outcomes(result).items()) == [
        ((Quantity.TTFT, "prompt-128"), Outcome.NO_DIFFERENCE),
        ((Quantity.TTFT, "prompt-512"), Outcome.SLOWER),
        ((Quantity.PREFILL, "prompt-128"), Outcome.NO_DIFFERENCE),
        ((Quantity.PREFILL, "prompt-512"), Outcome.SLOWER),
    ]
    ttft, prefill = result.changes[1], result.changes[3]
    assert math.isclose(ttft.before, 102.4, rel_tol=0.02)
    assert math.isclose(prefill.before, 5000, rel_tol=0.02)
    assert math.isclose(prefill.slowdown or 0, 1 - 1 / (1 + (ttft.slowdown or 0)), rel_tol=1e-6)
    assert (result.along, result.by_prompt, result.unlike) == (StepDimension.PROMPT, (), ())
    (beside,) = result.beside
    assert (beside.e2e_before_ms, beside.e2e_after_ms, beside.peak_rss_after_bytes) == (None, None, 100 * MIB)


def test_all_steps_are_one_family_and_any_of_them_is_a_regression() -> None:
    result = compare(BEFORE, SLOWER)
    levels = [1 - change.interval.level for change in result.changes if change.interval]
    assert math.isclose(min(levels), 0.05 / 4)
    assert regressions(result, 0.05) == (result.changes[1], result.changes[3])
    assert regressions(compare(SLOWER, BEFORE), 0.0) == ()
    both = compare_all(BEFORE, (SLOWER, swept(PROMPTS, 3)))
    assert math.isclose(min(1 - change.interval.level for change in both[0].changes if change.interval), 0.05 / 8)


def test_of_answer_lengths_the_decode_rate_is_compared() -> None:
    result = compare(swept(OUTPUTS, 4), swept(OUTPUTS, 5, {"output-128": 1.2}))
    assert result.along is StepDimension.OUTPUT
    assert list(outcomes(result).items()) == [
        ((Quantity.DECODE, "output-32"), Outcome.NO_DIFFERENCE),
        ((Quantity.DECODE, "output-128"), Outcome.SLOWER),
    ]


def test_of_unlike_sweeps_the_lengths_that_both_have_are_compared() -> None:
    other = swept(Sweep(SweepOf.PROMPT, (512, 1024, 2048)), 6)
    result = compare(BEFORE, other)
    assert {step for _, step in outcomes(result)} == {"prompt-512"}
    assert (result.steps_only_before, result.steps_only_after) == (
        ("prompt-128",),
        ("prompt-1024", "prompt-2048"),
    )
    assert result.unlike == (), "its first word is another one, since another length stands before it"
    reworded = replace(other.plan.prompts[0], text="Why is it of other words")
    result = compare(BEFORE, replace(other, plan=replace(other.plan, prompts=(reworded, *other.plan.prompts[1:]))))
    assert [difference.what for difference in result.unlike] == ["text of prompt prompt-512"]


@pytest.mark.parametrize(
    "other", [swept(OUTPUTS, 4), swept(Sweep(SweepOf.PROMPT, (64,)), 4), run_record(model("tiny"))]
)
def test_sweeps_without_a_length_in_common_are_not_alike(other: RunRecord) -> None:
    for result in (compare(BEFORE, other), compare(other, BEFORE)):
        assert (result.changes, result.along) == ((), None)
        assert "prompts" in {difference.what for difference in result.unlike}


def test_a_length_that_is_no_longer_answered_is_a_regression_unless_it_was_not_reached() -> None:
    first_step = tuple(sample for sample in BEFORE.samples if sample.prompt_id == "prompt-128")
    failed = replace(BEFORE, samples=(*first_step, failed_sample(prompt_id="prompt-512", error="too long")))
    result = compare(BEFORE, failed)
    assert outcomes(result)[Quantity.TTFT, "prompt-512"] is Outcome.GONE
    assert (Quantity.PREFILL, "prompt-512") not in outcomes(result)
    assert [change.step.name for change in regressions(result, 0.05)] == ["prompt-512"]
    stopped = compare(BEFORE, replace(BEFORE, samples=first_step, status=RunStatus.STOPPED))
    assert {step for _, step in outcomes(stopped)} == {"prompt-128"}
    assert stopped.steps_only_before == ("prompt-512",)
    assert compare(failed, BEFORE).steps_only_after == ("prompt-512",)


def test_requests_at_once_are_compared_number_by_number_with_their_total_rate() -> None:
    result = compare(crowded((1, 4), 7), crowded((1, 4), 8, {4: 1.2}))
    assert result.along is StepDimension.AT_ONCE
    numbers = (Quantity.TTFT, Quantity.DECODE, Quantity.TOTAL)
    assert list(outcomes(result).items()) == [
        ((quantity, step), outcome)
        for quantity in numbers
        for step, outcome in (("1 at once", Outcome.NO_DIFFERENCE), ("4 at once", Outcome.SLOWER))
    ]
    one, four = (change.before for change in result.changes if change.quantity is Quantity.TOTAL)
    # Two waves of 20 tokens a request: the second is sent after a second, and lasts for half of one. One at a time, the
    # pause between the two is our own.
    assert math.isclose(one, 40 / 1, rel_tol=0.02)
    assert math.isclose(four, 160 / 1.5, rel_tol=0.02)


def test_levels_that_only_one_side_has_are_told() -> None:
    result = compare(crowded((1, 2, 4), 7), crowded((1, 4, 8), 8))
    assert {step for _, step in outcomes(result)} == {"1 at once", "4 at once"}
    assert (result.steps_only_before, result.steps_only_after) == (("2 at once",), ("8 at once",))
    assert result.unlike == ()
    alone = compare(crowded((1, 4), 7), crowded((1,), 8))
    assert [difference.what for difference in alone.unlike] == ["concurrency"]
    assert {change.step.name for change in alone.changes} == {""}, "asked for all the same: the lowest levels"


def test_a_baseline_of_a_sweep_is_compared_length_by_length(tmp_path: Path) -> None:
    of = Sweep(SweepOf.PROMPT, (128, 512, 1024))
    path = tmp_path / "baseline.json"
    path.write_text(baseline_text(swept(of, 9)), encoding="utf-8")
    result = compare(read_run(path), swept(of, 10, {"prompt-1024": 1.2}))
    assert list(outcomes(result).items()) == [
        ((Quantity.TTFT, "prompt-128"), Outcome.NO_DIFFERENCE),
        ((Quantity.TTFT, "prompt-512"), Outcome.NO_DIFFERENCE),
        ((Quantity.TTFT, "prompt-1024"), Outcome.SLOWER),
    ]


def test_the_command_has_a_row_a_length_and_fails_over_one(tmp_path: Path) -> None:
    def told_of(*options: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "BENCHTOP_HOME": str(tmp_path)}
        return benchtop("compare", "a.json", "b.json", *options, environment=environment, folder=tmp_path)

    wider = swept(Sweep(SweepOf.PROMPT, (128, 512, 1024)), 2, {"prompt-512": 1.2})
    (tmp_path / "a.json").write_text(json_text(BEFORE), encoding="utf-8")
    (tmp_path / "b.json").write_text(json_text(wider), encoding="utf-8")
    printed = told_of("--fail-over", "5%")
    assert printed.returncode == ExitCode.REGRESSION
    heading, *lines = printed.stdout.splitlines()
    assert heading.split() == ["MODEL", "STEP", "NUMBER", "BEFORE", "AFTER", "CHANGE", "VERDICT"]
    assert [line.split()[:3] for line in lines] == [
        ["tiny", "prompt-128", "TTFT"],
        ["tiny", "prompt-512", "TTFT"],
        ["tiny", "prompt-128", "prefill"],
        ["tiny", "prompt-512", "prefill"],
        ["tiny", "peak", "memory"],
    ]
    assert "nothing is averaged over them" in printed.stderr
    assert "Only in AFTER: prompt-1024." in printed.stderr
    assert "Slower by more than 5.0 %: tiny (TTFT, prompt-512), tiny (prefill rate, prompt-512)." in printed.stderr
    both = told_of("--json", "--md", "c.md")
    assert both.returncode == ExitCode.DONE
    (document,) = json.loads(both.stdout)["comparisons"]
    assert document["along"] == "prompt length"
    assert [change["prompt_id"] for change in document["changes"]] == ["prompt-128", "prompt-512"] * 2
    text = (tmp_path / "c.md").read_text(encoding="utf-8")
    assert "| Model | Step       | Number       |" in text
    assert "E2E  " not in text
    assert "- Only after: prompt-1024" in text


@pytest.mark.parametrize("cells", [75, 115])
def test_the_steps_of_a_number_stand_under_it_and_every_line_fits(cells: int) -> None:
    swift = compare(BEFORE, SLOWER)
    swift = replace(swift, changes=tuple(replace(change, before=12_345.0) for change in swift.changes))
    for result in (swift, compare(crowded((1, 4), 7), crowded((1, 4), 8))):
        columns = rows.layout([result], cells, per_prompt=False)
        texts = [line.plain for line in rows.lines([result], columns, 0.2, per_prompt=False)]
        assert max(map(cell_len, texts)) <= cells
        names = [text[: columns.label].rstrip() for text in texts]
        steps = list(dict.fromkeys(change.step.name for change in result.changes))
        assert names[:4] == ["tiny", "  TTFT", *(f"    {step}" for step in steps)]
        assert names[-1] == "  Peak memory"
        assert "  E2E" not in names
        assert "tok/s1" not in "".join(texts)


async def test_the_pane_says_that_nothing_is_averaged_and_offers_no_single_prompts() -> None:
    async with driving(
        lambda: scripted.workspace(ScriptedRun(scripted.whole_benchmark), model("tiny")), size=NARROW
    ) as driver:
        screen = CompareScreen((BEFORE, SLOWER))
        await driver.app.push_screen(screen)
        await driver.until(lambda: screen.comparisons)
        assert "prompt-512" in driver.text_of("#comparison-lines")
        assert "nothing is averaged over them" in driver.text_of("#comparison-notes")
        assert "p" not in screen.active_bindings
        assert "e" in screen.active_bindings


def test_markdown_of_several_levels_names_each() -> None:
    runs = (crowded((1, 4), 7), crowded((1, 4), 8))
    text = comparison.markdown(runs, compare_all(runs[0], runs[1:]))
    assert "| tiny  | 4 at once | total rate  |" in text
    assert "By requests at once" in text


def test_added_rounds_make_each_length_sure_and_not_their_average() -> None:
    steady = [sample(prompt_id="prompt-128", round_number=number, times=timeline(ttft_ms=20)) for number in range(1, 5)]
    shaky = [
        sample(prompt_id="prompt-16", round_number=number, times=timeline(ttft_ms=ttft))
        for number, ttft in enumerate((1.0, 2.0, 3.0, 4.0), start=1)
    ]
    assert (relative_half_width([*steady, *shaky]) or 0) < 0.2
    assert (relative_half_width([*steady, *shaky], by_prompt=True) or 0) > 0.5
