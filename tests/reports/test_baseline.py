"""The file for version control: the same data gives the same bytes, and it compares as the run that it is of."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.builders import failed_sample, model, run_record, sample, timeline
from tests.support.launches import Machine
from tests.support.reports import whole_run
from tui.measure.comparison.compare import compare, regressions
from tui.measure.timing import metrics
from tui.records import TOKENS_ESTIMATED, Prompt, RunRecord, SampleKind, TokensSource
from tui.records.comparison import Outcome
from tui.reports.json import baseline, baseline_text
from tui.reports.json.reading import NotARun, read_run

RUN = Machine(prompts=("rag", "privacy")).run(np.random.default_rng(21), 3, 4, keys=("tiny", "big"))


def read(text: str, folder: Path) -> RunRecord:
    path = folder / "baseline.json"
    path.write_text(text, encoding="utf-8")
    return read_run(path)


def test_the_same_data_gives_the_same_bytes() -> None:
    order: list[int] = np.random.default_rng(22).permutation(len(RUN.samples)).tolist()
    samples = tuple(RUN.samples[index] for index in order)
    again = replace(
        RUN,
        run_id="another",
        started_at="2027-01-01T00:00:00+00:00",
        name="a name",
        plan=replace(RUN.plan, models=RUN.plan.models[::-1], prompts=RUN.plan.prompts[::-1]),
        samples=tuple(replace(sample, started_at="", text="other", peak_rss_bytes=104_857_601) for sample in samples),
    )
    text = baseline_text(RUN)
    assert baseline_text(again) == text
    assert "another" not in text
    assert "run-1" not in text
    assert "2026" not in text


def test_a_diff_shows_the_launch_that_changed_and_the_headline() -> None:
    (slow,) = (
        sample
        for sample in RUN.samples
        if (sample.key, sample.launch, sample.round, sample.prompt_id) == ("big", 2, 1, "rag")
    )
    other = replace(slow, timeline=timeline(ttft_ms=9000, tok_s=45))
    changed = replace(RUN, samples=tuple(other if sample is slow else sample for sample in RUN.samples))
    before, after = (baseline_text(run).splitlines() for run in (RUN, changed))
    removed = [line for line in difflib.ndiff(before, after) if line.startswith("- ")]
    assert len([line for line in removed if "[" in line]) == 3, "TTFT, rate and E2E of that launch"
    assert all('"ttft_ms"' in line or "_ms" in line or "tok_s" in line for line in removed if "[" not in line)


def test_it_is_sorted_and_holds_five_figures() -> None:
    run = replace(run_record(model("tiny")), samples=(sample(times=timeline(ttft_ms=123.456789, tok_s=41.23456)),))
    document = json.loads(baseline_text(run))
    assert document["baseline"] == baseline.SCHEMA
    assert list(document) == sorted(document)
    (only,) = document["models"]
    assert only["rounds"] == {
        "rag": {"ttft_ms": [[123.46]], "decode_tok_s": [[41.235]], "e2e_ms": [[608.49]], "output_tokens": [[21]]}
    }
    assert only["p50"] == {"ttft_ms": 123.46, "decode_tok_s": 41.235, "e2e_ms": 608.49}


def test_it_is_read_back_as_the_run_that_it_is_of(tmp_path: Path) -> None:
    text = baseline_text(RUN)
    again = read(text, tmp_path)
    assert baseline_text(again) == text, "also once more"
    assert again.run_id == "baseline.json"
    slower = Machine(prompts=("rag", "privacy")).run(np.random.default_rng(23), 3, 4, slower=1.3, keys=("tiny", "big"))
    from_run, from_file = compare(RUN, slower), compare(again, slower)
    assert (from_file.unlike, from_file.environment) == ((), ())
    by_quantity = {(change.key, change.quantity): change for change in from_run.changes}
    for change in from_file.changes:
        of_run = by_quantity[change.key, change.quantity]
        assert change.outcome is of_run.outcome
        assert math.isclose(change.before, of_run.before, rel_tol=1e-4)
        assert math.isclose(change.slowdown or 0, of_run.slowdown or 0, abs_tol=2e-4)
    e2e = (from_file.beside[0].e2e_before_ms, from_run.beside[1].e2e_before_ms)
    assert all(e2e)
    assert math.isclose(e2e[0] or 0, e2e[1] or 0, rel_tol=1e-4)
    assert compare(slower, again).unlike == ()


def test_what_was_asked_and_run_is_held(tmp_path: Path) -> None:
    again = read(baseline_text(RUN), tmp_path)
    others = (
        replace(RUN, plan=replace(RUN.plan, method=replace(RUN.plan.method, max_tokens=20))),
        replace(RUN, plan=replace(RUN.plan, prompts=(Prompt(id="rag", text="Other."), *RUN.plan.prompts[1:]))),
        replace(RUN, samples=tuple(replace(sample, execution_provider="CUDA") for sample in RUN.samples)),
        replace(RUN, samples=tuple(replace(sample, context_tokens=64) for sample in RUN.samples)),
    )
    assert [len({difference.what for difference in compare(again, other).unlike}) for other in others] == [1, 1, 2, 2]


def test_odd_models_and_samples_survive(tmp_path: Path) -> None:
    whole = whole_run()
    text = baseline_text(whole)
    again = read(text, tmp_path)
    assert baseline_text(again) == text
    assert {model.key for model in again.plan.models} == {model.key for model in whole.plan.models}
    assert compare(whole, again).unlike == ()
    limited = replace(model("qwen+", variant="cpu+x"), context_limit_tokens=512)
    assert [model.key for model in read(baseline_text(run_record(limited)), tmp_path).plan.models] == [limited.key]
    silent = replace(timeline(), arrivals_ns=(), end_ns=None, output_tokens=None)
    guessed = replace(timeline(), tokens_source=TokensSource.ESTIMATED)
    run = replace(
        run_record(model("tiny")),
        samples=(sample(times=silent), sample(times=guessed, flags=(TOKENS_ESTIMATED,), round_number=2)),
    )
    (second,) = read(baseline_text(run), tmp_path).samples
    assert (second.round, metrics.decode_tok_s(second.timeline)) == (2, 50.0), "the round without a number is left out"
    assert second.timeline.tokens_source is TokensSource.ESTIMATED


def test_a_model_that_failed_in_it_is_still_known(tmp_path: Path) -> None:
    of_tiny = tuple(sample for sample in RUN.samples if sample.key == "tiny")
    after = read(baseline_text(replace(RUN, samples=(*of_tiny, failed_sample("big")))), tmp_path)
    comparison = compare(RUN, after)
    assert {change.outcome for change in regressions(comparison, 0.05)} == {Outcome.GONE}


def test_texts_are_harmless(tmp_path: Path) -> None:
    odd = Prompt(id="\ud800", text="\x1b[31m\u202e [\n 1,\n 2\n] \ud800")
    run = run_record(model("tiny\x07"))
    run = replace(
        run,
        plan=replace(run.plan, prompts=(odd,)),
        samples=tuple(replace(sample, prompt_id=odd.id) for sample in run.samples),
    )
    text = baseline_text(run)
    assert not {"\x1b", "\u202e", "\x07"} & set(text)
    assert read(text, tmp_path).plan.prompts[0].text == odd.text.replace("\ud800", "\\ud800")


def damaged(change: Callable[[dict[str, Any]], object]) -> str:
    document: dict[str, Any] = json.loads(baseline_text(RUN))
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (damaged(lambda run: run.update(baseline=2)), "has schema 2, but this Benchtop reads 1"),
        (damaged(lambda run: run.pop("environment")), "is damaged (object missing required field `environment`)"),
        (
            damaged(lambda run: run["plan"].update(mode="sideways")),
            "is damaged (invalid enum value 'sideways' - at `$.plan.mode`)",
        ),
        (
            damaged(lambda run: run["models"][0]["rounds"]["rag"]["ttft_ms"].pop()),
            "(the numbers of prompt 'rag' are not of the same rounds)",
        ),
        (damaged(lambda run: run["plan"]["prompts"].clear()), "is damaged (the plan has no prompt '"),
    ],
)
def test_a_damaged_one_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(NotARun) as refused:
        read(text, tmp_path)
    assert sentence in str(refused.value)


def test_a_round_that_is_missing_keeps_its_place(tmp_path: Path) -> None:
    lost = [sample for sample in RUN.samples if sample.kind is SampleKind.ROUND][1]
    holed = replace(RUN, samples=tuple(sample for sample in RUN.samples if sample is not lost))
    again = read(baseline_text(holed), tmp_path)
    whole = read(baseline_text(RUN), tmp_path)
    assert set(again.samples) < set(whole.samples), "each of the others is the round that it was"
    assert len(again.samples) == len(whole.samples) - 1
    assert baseline_text(again) == baseline_text(holed)
