"""Sweeps: prompts of a length, numbers by length, and no mean over what is not the same."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import click
import pytest

from tests.support.builders import failed_sample, model, run_record, sample, timeline
from tests.support.follower import SMALL, Follower
from tests.support.sweeps import OUTPUTS, PROMPTS, rounds, swept
from tui.bench.planning import sweep
from tui.cli.bench.own_options import sweep_of
from tui.measure.timing.summary import summarize
from tui.measure.timing.sweep import sweep_steps, thirds_tok_s
from tui.records import (
    MAYBE_CACHED,
    FinishReason,
    MemoryShape,
    Method,
    Plan,
    RunRecord,
    SampleKind,
    Sweep,
    SweepOf,
    Timeline,
)
from tui.reports.json import json_text
from tui.reports.json.reading import read_run
from tui.reports.markdown import markdown_report, results_table


def over_prompts() -> RunRecord:
    """Return a sweep with TTFTs of 20 and 160 ms, the latter flagged as cached, and a third length that failed."""
    return swept(
        PROMPTS,
        [
            sample(prompt_id="prompt-16", kind=SampleKind.COLD, times=timeline(ttft_ms=900)),
            *rounds("prompt-16", timeline(ttft_ms=20, prompt_tokens=18)),
            *rounds("prompt-64", timeline(ttft_ms=160, prompt_tokens=80), flags=(MAYBE_CACHED,)),
            failed_sample(prompt_id="prompt-256", error="too | long"),
        ],
    )


def over_outputs() -> RunRecord:
    """Return a sweep with answers of 20 tokens, and of 40 tokens although 60 were asked for."""
    return swept(
        OUTPUTS,
        [
            *rounds("output-20", timeline(tokens=20, tok_s=100, finish_reason=FinishReason.LENGTH)),
            *rounds("output-60", timeline(tokens=40, tok_s=50, finish_reason=FinishReason.STOP)),
        ],
    )


def test_prompts_are_the_same_every_time_and_differ_from_their_first_word() -> None:
    many = sweep.prompts(Sweep(SweepOf.PROMPT, tuple(range(16, 26))))
    assert many == sweep.prompts(Sweep(SweepOf.PROMPT, tuple(range(16, 26))))
    assert len({prompt.text.split()[0] for prompt in many}) == len(many)
    assert [prompt.id for prompt in sweep.prompts(PROMPTS)] == ["prompt-16", "prompt-64", "prompt-256"]
    assert [prompt.max_tokens for prompt in sweep.prompts(OUTPUTS)] == [20, 60]


async def test_a_real_model_counts_about_the_tokens_that_a_prompt_was_made_for() -> None:
    plan = Plan(models=(SMALL,), prompts=sweep.prompts(PROMPTS), method=Method(rounds=1, warmup=0, sweep="prompt"))
    steps = sweep_steps(await Follower(plan).follow(), SMALL.key)
    assert [step.asked_tokens for step in steps] == [16, 64, 256]
    assert all(step.prompt_tokens and abs(step.prompt_tokens / step.asked_tokens - 1) < 0.1 for step in steps)
    assert all(step.ttft_ms and step.prefill_tok_s for step in steps)


def test_each_length_has_its_own_numbers_and_the_cold_request_is_in_none() -> None:
    short, longer, too_long = sweep_steps(over_prompts(), "tiny")
    assert short.ttft_ms is not None
    assert (short.prompt_tokens, short.rounds) == (18, 3)
    assert math.isclose(short.ttft_ms.headline, 20)
    assert short.prefill_tok_s is not None
    assert math.isclose(short.prefill_tok_s, 900)
    assert longer.flags == (MAYBE_CACHED,)
    assert (too_long.rounds, too_long.ttft_ms, too_long.error) == (0, None, "too | long")


def test_an_answer_that_ends_early_is_told() -> None:
    reached, early = sweep_steps(over_outputs(), "tiny")
    assert (reached.output_tokens, reached.early) == (20, 0)
    assert (early.output_tokens, early.early) == (40, 3)


def test_the_rate_by_thirds_follows_the_arrivals() -> None:
    steps_ms = [10] * 10 + [20] * 10 + [40] * 10
    arrivals = [100 + sum(steps_ms[:index]) for index in range(31)]
    line = Timeline(arrivals_ns=tuple(at * 1_000_000 for at in arrivals), end_ns=10**9, output_tokens=31)
    rates = thirds_tok_s(line)
    assert rates is not None
    assert all(math.isclose(rate, expected) for rate, expected in zip(rates, (100, 50, 25), strict=True))
    assert thirds_tok_s(replace(line, output_tokens=8)) is None
    assert thirds_tok_s(replace(line, arrivals_ns=(1,) * 31)) is None, "all came at once"


def test_thirds_of_pieces_with_several_tokens_are_estimates() -> None:
    in_pieces = replace(timeline(tokens=20), output_tokens=80)
    run = swept(OUTPUTS, [*rounds("output-20", timeline(tokens=20)), *rounds("output-60", in_pieces)])
    assert [step.thirds_estimated for step in sweep_steps(run, "tiny")] == [False, True]
    assert "`~` pieces held several tokens" in markdown_report(run)


def test_a_sweep_has_no_headline_in_any_report(tmp_path: Path) -> None:
    run = over_prompts()
    (row,) = summarize(run)
    assert (row.ttft_p50_ms, row.decode_p50_tok_s, row.prefill_p50_tok_s, row.latency_avg) == (None,) * 4
    assert row.cold_ttft_s == 0.9
    for text in (results_table(run), markdown_report(run)):
        assert "A sweep has no headline numbers" in text
        assert "TTFT p95" not in text
        assert "Highlights" not in text
        assert "|            18 |       16 |   3 |  20.0 ms | 20.0 ms to 20.0 ms |           900 |" in text
        assert "- prompt-64: `?` part of the prompt was probably not computed again." in text
        assert "- prompt-256: too \\| long." in text
    assert "## Distribution" not in markdown_report(run)
    file = tmp_path / "run.json"
    file.write_text(json_text(run), encoding="utf-8")
    (of_model,) = json.loads(file.read_text(encoding="utf-8"))["models"]
    assert of_model["ttft_p50_ms"] is None
    assert [step["prompt_tokens"] for step in of_model["sweep"]] == [18, 80, None]
    assert sweep_steps(read_run(file), "tiny") == sweep_steps(run, "tiny")


def test_decode_rate_stands_against_length_in_a_chart() -> None:
    text = results_table(over_outputs())
    assert "20  ██████████████████████████████  100\n40  ███████████████                 50.0" in text
    assert "- output-60: the model ended its answer before the limit in 3 of 3 rounds" in text


def test_what_will_not_fit_is_told_before() -> None:
    plan = Plan(
        models=(model("tiny"),),
        prompts=sweep.prompts(Sweep(SweepOf.PROMPT, (128, 2040, 4096))),
        method=Method(sweep="prompt"),
    )
    (sentence,) = sweep.too_long(plan)
    assert sentence.startswith("tiny: prompt-2040, prompt-4096 will fail")
    roomy = replace(model("tiny"), context_tokens=8192)
    assert not list(sweep.too_long(replace(plan, models=(roomy, replace(roomy, context_tokens=None)))))
    assert not list(sweep.too_long(replace(plan, method=replace(plan.method, sweep=""))))


def test_a_sweep_is_read_from_its_flag() -> None:
    assert sweep_of("prompt:512, 128,512") == Sweep(SweepOf.PROMPT, (128, 512))


def test_a_sweep_over_a_setting_makes_a_model_of_each_step() -> None:
    whole = replace(model("m"), context_tokens=8192)
    contexts = sweep.models_of(sweep_of("context:512,2048,9999"), (whole,))
    assert [step.key for step in contexts] == ["m+512", "m+2048", "m"], "more than its own context limits nothing"
    pieces = sweep.models_of(sweep_of("chunk:128,2048"), (whole,))
    assert [(step.key, step.piece_tokens) for step in pieces] == [("m+chunk128", 128), ("m+chunk2048", 2048)]
    (prompt,) = sweep.prompts_for_pieces(pieces)
    assert len(prompt.text.split()) > 1500, "pieces matter only if the prompt is longer"
    assert all(step.as_it_is == whole for step in (*contexts, *pieces))


def test_a_report_says_what_pieces_and_contexts_change() -> None:
    shape = MemoryShape(family="mistral", layers=32, kv_heads=8, head_size=128, element_bytes=4)
    whole = replace(model("m"), context_tokens=32768, shape=shape)
    runs = (
        run_record(replace(whole, chunk_tokens=128), whole),
        run_record(replace(whole, context_limit_tokens=4096), whole),
    )
    pieces, contexts = (markdown_report(run) for run in runs)
    assert "held 100 MiB at its peak with pieces of 128 tokens, and 100 MiB with pieces of 2,048" in pieces
    assert "its first token came sooner (TTFT p50 200 ms against 400 ms)" in pieces
    assert "kept a KV cache of 1.00 GiB for 4,096 tokens, and a KV cache of 8.00 GiB for 32,768" in contexts
    assert "`--sweep context:4096,32768` shows how much" in pieces


def test_memory_that_grows_over_requests_is_told() -> None:
    run = run_record(model("m"))
    samples = list(run.samples)
    samples[-1] = replace(samples[-1], peak_rss_bytes=900 << 20)
    assert "**m**: by 800 MiB, to 900 MiB" in markdown_report(replace(run, samples=tuple(samples)))
    assert "Memory that grew" not in markdown_report(run)


@pytest.mark.parametrize(
    "value", ["prompt", "prompt:", "words:5", "output:0", "output:12,x", "prompt:²", "output:9999999"]
)
def test_a_wrong_sweep_says_how_it_is_written(value: str) -> None:
    with pytest.raises(click.BadParameter, match=r"write it as prompt:128,512 or .* chunk:128,2048\.$"):
        sweep_of(value)
