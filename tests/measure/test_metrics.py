"""The numbers, against cases worked out by hand from their definitions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy
import pytest

from tests.support.builders import (
    MIB,
    failed_load,
    failed_sample,
    load,
    model,
    run_record,
    sample,
    samples_of,
    timeline,
)
from tui.measure.timing import metrics
from tui.measure.timing.summary import mean, percentile, summarize, summarize_model
from tui.measure.timing.token_gaps import token_gaps
from tui.records import (
    RATE_UNSURE,
    TOKENS_BY_TOKENIZER,
    TOKENS_ESTIMATED,
    ExitCause,
    ExitKind,
    FinishReason,
    ModelStatus,
    ModelSummary,
    Sample,
    SampleKind,
    SampleStatus,
    Timeline,
    TokensSource,
)
from tui.records.statistics import Interval
from tui.text import units
from tui.text.result_columns import ITL_P50, detail_words

MS = 1_000_000


def near(value: float | None, expected: float) -> bool:
    return value is not None and math.isclose(value, expected, rel_tol=1e-9)


def arrivals(*at_ms: float) -> tuple[int, ...]:
    return tuple(round(ms * MS) for ms in at_ms)


def test_times_run_from_the_request_to_the_text() -> None:
    times = Timeline(arrivals_ns=arrivals(100, 130, 190, 400), end_ns=900 * MS)
    assert metrics.ttft_ns(times) == 100 * MS
    assert metrics.e2e_ns(times) == 400 * MS, "what comes after the last text is not in it"
    assert metrics.gaps_ns(times) == (30 * MS, 60 * MS, 210 * MS)


def test_a_request_without_text_has_no_times() -> None:
    times = Timeline(end_ns=900 * MS, prompt_tokens=12, output_tokens=5)
    assert metrics.ttft_ns(times) is None
    assert metrics.e2e_ns(times) is None
    assert metrics.gaps_ns(times) == ()
    assert metrics.decode_tok_s(times) is None
    assert metrics.tpot_ns(times) is None
    assert metrics.prefill_tok_s(times) is None
    assert metrics.overall_tok_s(times) is None
    assert metrics.workshop_tok_s(times) is None


def test_tokens_that_all_came_at_once_have_no_rate() -> None:
    times = Timeline(
        arrivals_ns=arrivals(100),
        end_ns=round(100.1 * MS),
        output_tokens=80,
        finish_reason=FinishReason.STOP,
        one_token_first=False,
    )
    assert metrics.decode_tok_s(times) is None


@pytest.mark.parametrize(
    ("reason", "end_ms", "rate"),
    [
        # Four steps after the first token, and a fifth for the end token: 5 / 0.5 s.
        (FinishReason.STOP, 600, 10.0),
        # Cut off at five tokens: four steps in 0.4 s.
        (FinishReason.LENGTH, 500, 10.0),
        (FinishReason.OTHER, 500, 10.0),
        (None, 500, 10.0),
    ],
)
def test_the_decode_rate_counts_the_steps_after_the_first_token(
    reason: FinishReason | None, end_ms: int, rate: float
) -> None:
    times = Timeline(
        arrivals_ns=arrivals(100, 200, 300, 400, 500), end_ns=end_ms * MS, output_tokens=5, finish_reason=reason
    )
    assert near(metrics.decode_tok_s(times), rate)
    assert near(metrics.tpot_ns(times), 1e9 / rate)


def test_the_decode_rate_takes_the_end_of_generation_and_not_of_text() -> None:
    # A hundred tokens in three pieces, and a tail without text: 99 steps in 1.15 s, not in 0.25 s.
    times = Timeline(
        arrivals_ns=arrivals(50, 150, 300), end_ns=1200 * MS, output_tokens=100, finish_reason=FinishReason.LENGTH
    )
    assert near(metrics.decode_tok_s(times), 99 / 1.15)


def test_an_endpoints_first_piece_is_taken_to_hold_its_share() -> None:
    # Forty tokens in ten pieces: four in the first, so 36 in the nine seconds after it.
    times = Timeline(
        arrivals_ns=arrivals(*(1000 * number for number in range(1, 11))),
        end_ns=10_000 * MS,
        output_tokens=40,
        finish_reason=FinishReason.LENGTH,
        one_token_first=False,
    )
    assert near(metrics.decode_tok_s(times), 4.0)
    assert metrics.flags(times) == (RATE_UNSURE,)
    nearly_one_each = replace(times, output_tokens=14)
    assert near(metrics.decode_tok_s(nearly_one_each), 13 / 9)
    assert metrics.flags(nearly_one_each) == ()
    assert near(metrics.decode_tok_s(replace(times, output_tokens=15)), 13.5 / 9)
    our_own_child = replace(times, one_token_first=True)
    assert near(metrics.decode_tok_s(our_own_child), 39 / 9)
    assert metrics.flags(our_own_child) == ()


@pytest.mark.parametrize(
    "unknowable",
    [
        replace(timeline(), output_tokens=1),
        replace(timeline(), output_tokens=0),
        replace(timeline(), output_tokens=None),
        replace(timeline(), end_ns=None),
        replace(timeline(), end_ns=200 * MS),
    ],
)
def test_a_rate_that_cannot_be_known_is_none(unknowable: Timeline) -> None:
    assert metrics.decode_tok_s(unknowable) is None
    assert metrics.tpot_ns(unknowable) is None


def test_the_other_rates() -> None:
    # First token after 0.2 s, the last of 21 after 0.6 s, from a prompt of 16 tokens.
    times = timeline(ttft_ms=200, tok_s=50, tokens=21, prompt_tokens=16)
    assert near(metrics.decode_tok_s(times), 50.0)
    assert near(metrics.prefill_tok_s(times), 80.0)
    assert near(metrics.overall_tok_s(times), 35.0)
    assert near(metrics.workshop_tok_s(times), 37 / 0.6)
    assert metrics.prefill_tok_s(replace(times, prompt_tokens=None)) is None
    assert metrics.workshop_tok_s(replace(times, prompt_tokens=None)) is None
    assert metrics.overall_tok_s(replace(times, output_tokens=None)) is None


@pytest.mark.parametrize("source", [TokensSource.ESTIMATED, TokensSource.TOKENIZER])
def test_tokens_that_the_runtime_did_not_count_are_flagged(source: TokensSource) -> None:
    counted = (TOKENS_BY_TOKENIZER,) if source is TokensSource.TOKENIZER else ()
    assert metrics.flags(timeline(tokens_source=source)) == (TOKENS_ESTIMATED, *counted)
    assert metrics.flags(replace(timeline(tokens_source=source), output_tokens=None)) == ()
    assert metrics.flags(timeline()) == ()


def test_only_a_far_faster_first_token_looks_cached() -> None:
    assert metrics.looks_cached(300 * MS, 60 * MS)
    assert not metrics.looks_cached(300 * MS, 110 * MS)
    assert not metrics.looks_cached(3 * MS, MS // 2), "a few milliseconds are noise"
    assert not metrics.looks_cached(60 * MS, 300 * MS)


def test_percentiles_are_linear() -> None:
    assert near(percentile([4, 1, 3, 2], 50), 2.5)
    assert near(percentile([4, 1, 3, 2], 95), 3.85)
    assert near(percentile([7], 95), 7)
    assert percentile([], 50) is None
    assert mean([]) is None
    assert near(mean([1, 2, 6]), 3)


def test_every_number_has_a_definition() -> None:
    names = [name for name, _ in metrics.DEFINITIONS]
    assert len(names) == len(set(names))
    assert {"TTFT", "cold TTFT", "E2E", "decode rate", "prefill rate", "tokens", "p50", "p95", "peak RSS"} <= set(names)


def of_ttft(prompt_id: str, *ttfts_ms: float) -> list[Sample]:
    return [sample(prompt_id=prompt_id, times=timeline(ttft_ms=ms)) for ms in ttfts_ms]


def summary_of(*samples: Sample) -> ModelSummary:
    return summarize_model(model(), [load()], samples)


def test_p50_gives_every_prompt_the_same_weight_and_p95_every_round() -> None:
    summary = summary_of(*of_ttft("rag", 100, 200, 300), *of_ttft("privacy", 400))
    assert near(summary.ttft_p50_ms, 300), "the mean of 200 and 400; the median of all four is 250"
    assert near(summary.ttft_p95_ms, 385), "300 and 85 of the 100 to the next"
    assert summary.rounds == 4


def test_cold_samples_and_warm_ups_are_in_no_average() -> None:
    rounds = of_ttft("rag", 100, 100)
    summary = summary_of(
        replace(rounds[0], kind=SampleKind.COLD, timeline=timeline(ttft_ms=900)),
        replace(rounds[0], kind=SampleKind.WARMUP, timeline=timeline(ttft_ms=500)),
        *rounds,
    )
    assert near(summary.cold_ttft_s, 0.9)
    assert near(summary.ttft_p50_ms, 100)
    assert near(summary.first_token_latency_avg, 0.1)
    assert summary.rounds == 2


def test_the_workshops_fields_are_seconds_over_all_rounds() -> None:
    # Texts end after 0.6 s and 1.0 s; 37 tokens in all each.
    slow = timeline(ttft_ms=600)
    summary = summary_of(sample(prompt_id="rag"), sample(prompt_id="privacy", times=slow))
    assert near(summary.latency_avg, 0.8)
    assert near(summary.latency_p95, 0.98)
    assert near(summary.first_token_latency_avg, 0.4)
    assert near(summary.tokens_per_sec_avg, (37 / 0.6 + 37 / 1.0) / 2)
    assert near(summary.e2e_p50_ms, 800)
    assert near(summary.e2e_p95_ms, 980)
    assert near(summary.load_s, 0.35)
    assert near(summary.decode_p50_tok_s, 50)
    assert near(summary.prefill_p50_tok_s, (16 / 0.2 + 16 / 0.6) / 2)
    assert near(summary.output_tokens, 21)


def test_the_peak_is_of_every_sample_and_unknown_stays_unknown() -> None:
    cold = sample(kind=SampleKind.COLD, peak_rss_bytes=300 * MIB)
    assert summary_of(cold, sample(), sample(peak_rss_bytes=None)).peak_rss_bytes == 300 * MIB
    assert summary_of(sample(peak_rss_bytes=None)).peak_rss_bytes is None
    assert summary_of(sample()).peak_vram_bytes is None


def test_a_failure_is_counted_and_is_in_no_average() -> None:
    summary = summary_of(*of_ttft("rag", 100, 200), failed_sample(error="crashed: signal 9"))
    assert (summary.status, summary.error, summary.failures) == (ModelStatus.FAILED, "crashed: signal 9", 1)
    assert near(summary.ttft_p50_ms, 150)


def test_a_model_that_would_not_load_says_why() -> None:
    summary = summarize_model(model(), [failed_load()], [])
    assert (summary.status, summary.error) == (ModelStatus.FAILED, "out of memory: killed while loading")
    assert summary.load_s is None
    assert summary.ttft_p50_ms is None
    assert str(ExitCause(kind=ExitKind.TIMED_OUT, reason="")) == "timed out"


def test_a_model_without_a_finished_sample_was_skipped() -> None:
    assert summarize_model(model(), [], []).status is ModelStatus.SKIPPED
    cancelled = replace(sample(), status=SampleStatus.CANCELLED)
    summary = summary_of(cancelled)
    assert summary.status is ModelStatus.SKIPPED
    assert summary.rounds == 0
    assert near(summary.ttft_p50_ms, 200), "what the stopped answer has shown stays"


def test_flags_of_the_rounds_are_named_once() -> None:
    summary = summary_of(sample(flags=("rate?",)), sample(flags=("rate?", "cached?")), sample())
    assert summary.flags == ("rate?", "cached?")


def test_builds_of_one_family_are_told_apart() -> None:
    on_cpu, on_gpu = model("qwen", variant="cpu"), model("qwen", variant="gpu")
    run = run_record(on_cpu, on_gpu)
    cpu, gpu = summarize(run)
    assert (cpu.key, gpu.key) == ("qwen@cpu", "qwen@gpu")
    assert near(cpu.ttft_p50_ms, 200)
    assert near(gpu.ttft_p50_ms, 400)
    assert cpu.rounds == gpu.rounds == 6


def test_a_row_shows_the_build_that_was_measured() -> None:
    run = run_record(model())
    measured = replace(run.samples[0], model_id="tiny:7", execution_provider="CUDAExecutionProvider")
    (summary,) = summarize(replace(run, samples=(measured,)))
    assert summary.model.model_id == "tiny:7"
    assert summary.model.execution_provider == "CUDAExecutionProvider"


def test_the_builders_pace_is_what_they_say() -> None:
    plan = run_record().plan
    assert [sample.kind for sample in samples_of("tiny", plan)] == (
        [SampleKind.COLD] + [SampleKind.WARMUP] * 2 + [SampleKind.ROUND] * 6
    )


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (units.difference(None), "-"),
        (units.difference(0.004), "0 %"),
        (units.difference(-0.123), "-12 %"),
        (units.difference(0.04), "+4 %"),
        (units.given_back(None, 100), "-"),
        (units.given_back(-5, None), "all freed"),
        (units.given_back(40 << 20, 1 << 30), "all freed"),
        (units.given_back(40 << 20, 100 << 20), "40.0 MiB not freed"),
        (units.given_back(594 << 20, 100 << 20), "freed memory unknown: other programs took more"),
        (units.context(8192), "8k"),
        (units.context(512), "0.5k"),
        (units.milliseconds(None), "-"),
        (units.milliseconds(0), "0.00 ms"),
        (units.milliseconds(8.246), "8.25 ms"),
        (units.milliseconds(9.996), "10.0 ms"),
        (units.milliseconds(99.96), "100 ms"),
        (units.milliseconds(231.4), "231 ms"),
        (units.milliseconds(4200.2), "4,200 ms"),
        (units.milliseconds(12_345), "12.3 s"),
        (units.nanoseconds(231 * MS), "231 ms"),
        (units.nanoseconds(None), "-"),
        (units.seconds(0.351), "0.35 s"),
        (units.seconds(12.41), "12.4 s"),
        (units.seconds(None), "-"),
        (units.clock(None), "-"),
        (units.clock(41.6), "42 s"),
        (units.clock(59.7), "1 min 00 s"),
        (units.clock(185), "3 min 05 s"),
        (units.clock(4320), "1 h 12 min"),
        (units.rate(None, estimated=True, unsure=True), "-"),
        (units.rate(41.23), "41.2 tok/s"),
        (units.rate(41.23, estimated=True), "~41.2 tok/s"),
        (units.rate(41.23, unsure=True), "41.2 tok/s?"),
        (units.size(None), "-"),
        (units.size(0), "0 B"),
        (units.size(512), "512 B"),
        (units.size(822 * MIB), "822 MiB"),
        (units.size(1023 * MIB), "1.00 GiB"),
        (units.size(5.1 * 1024 * MIB), "5.10 GiB"),
        (units.count(None, estimated=True), "-"),
        (units.count(1024), "1,024"),
        (units.count(1024, estimated=True), "~1,024"),
        (units.share(None), "-"),
        (units.share(0.0244), "2.4 %"),
        (units.share(5.859), "586 %"),
        (units.signed_share(None), "-"),
        (units.signed_share(0.0244), "+2.4 %"),
        (units.signed_share(-0.0244), "-2.4 %"),
        (units.signed_share(0.0004), "0.0 %"),
        (units.signed_share(-0.0004), "0.0 %"),
        (units.share_span(None), "-"),
        (units.share_span(Interval(low=-0.004, high=1.2)), "[×1, ×2.2]"),
        (units.share_span(Interval(low=-0.999, high=71_487)), "[too wide to tell]"),
        (units.share_span(Interval(low=0.5, high=71_487)), "[×1.5 or more]"),
        (units.share_span(Interval(low=-0.999, high=-0.6)), "[×0.4 or less]"),
        (units.share_span(Interval(low=98.7, high=99)), "[×99.7, ×100]"),
        (units.span(None, units.milliseconds), "-"),
        (units.span(Interval(low=8.1, high=12_300), units.milliseconds), "8.10 ms to 12.3 s"),
        (units.percent(0.426), "43 %"),
        (units.percent(None), "-"),
    ],
)
def test_numbers_for_people(shown: str, expected: str) -> None:
    assert shown == expected


def stream(
    first: int, tokens: int, *, apart_ms: float | None = None, reason: FinishReason = FinishReason.LENGTH
) -> Timeline:
    """Return a stream of which so many first tokens came at once, the others every 20 ms.

    They come in one piece from a server, or as pieces of one token each, ``apart_ms`` behind each other.
    """
    together = [200.0] if apart_ms is None else [200 + apart_ms * index for index in range(first)]
    times = [*together, *(200 + 20.0 * index for index in range(1, tokens - first + 1))]
    return Timeline(
        arrivals_ns=tuple(round(at_ms * MS) for at_ms in times),
        end_ns=round(times[-1] * MS),
        output_tokens=tokens,
        one_token_first=apart_ms is not None,
        first_share=first / tokens,
        finish_reason=reason,
    )


@pytest.mark.parametrize("tokens", [50, 100, 200])
@pytest.mark.parametrize("first", [1, 2, 5, 10, 15, 32])
@pytest.mark.parametrize("apart_ms", [None, 0.006, 0.05])
def test_a_first_burst_is_in_no_rate_and_makes_that_of_a_server_unsure(
    first: int, tokens: int, apart_ms: float | None
) -> None:
    times = stream(first, tokens, apart_ms=apart_ms)
    rate = metrics.decode_tok_s(times)
    assert rate is not None
    assert abs(rate / 50 - 1) < 0.01
    # Our own child sends one token in a piece, so its bursts are counted; only one of half the answer is in doubt.
    in_doubt = first > 1 if apart_ms is None else first > tokens / 2
    assert metrics.flags(times) == ((RATE_UNSURE,) if in_doubt else ())


def test_a_burst_of_most_of_an_answer_is_seen() -> None:
    # A reader that got no turn of the processor finds 112 of 146 tokens waiting, microseconds apart.
    times = stream(112, 146, apart_ms=0.007)
    assert metrics.burst_arrivals(times.arrivals_ns) == 112
    rate = metrics.decode_tok_s(times)
    assert rate is not None
    assert abs(rate / 50 - 1) < 0.01


@pytest.mark.parametrize(
    "gaps_ms", [(4.0,) * 50, (4.0,) * 40 + (500.0,) + (4.0,) * 9, (4.0,) * 48 + (500.0,) * 2, (4.0,), (), (1.0, 9.0)]
)
def test_a_stall_makes_no_burst_of_what_precedes_it(gaps_ms: tuple[float, ...]) -> None:
    times = [100.0, *(100 + sum(gaps_ms[: index + 1]) for index in range(len(gaps_ms)))]
    assert metrics.burst_arrivals([round(at_ms * MS) for at_ms in times]) == 1


@pytest.mark.parametrize("own_child", [True, False])
@pytest.mark.parametrize("end_counted", [True, False])
@pytest.mark.parametrize("end_after_ms", [0.0, 0.3, 20.0])
def test_the_end_token_is_a_step_once(own_child: bool, end_counted: bool, end_after_ms: float) -> None:
    if own_child and end_counted:
        return  # The runtime of our own child never counts it.
    times = stream(1, 64, reason=FinishReason.STOP)
    assert times.end_ns is not None
    times = replace(
        times,
        end_ns=times.end_ns + round(end_after_ms * MS),
        output_tokens=64 + end_counted,
        one_token_first=own_child,
    )
    rate = metrics.decode_tok_s(times)
    assert rate is not None
    assert abs(rate / 50 - 1) < 0.001


def test_the_end_token_of_a_server_that_sends_several_tokens_in_a_piece_is_counted_once() -> None:
    # 61 tokens and an end token in pieces of two: the end comes one step of 10 ms after the last text.
    times = Timeline(
        arrivals_ns=arrivals(*(100 + 20 * index for index in range(31))),
        end_ns=710 * MS,
        output_tokens=63,
        one_token_first=False,
        first_share=2 / 62,
        finish_reason=FinishReason.STOP,
    )
    assert near(metrics.decode_tok_s(times), 100.0)


def test_p95_is_never_below_p50_however_the_prompts_differ() -> None:
    # Thirty prompts, one of them long: over the mixture p95 is 203 ms while p50, the mean of medians, is 320 ms.
    samples = [
        sample(prompt_id=f"prompt-{number}", times=timeline(ttft_ms=ttft_ms * (1 + round_ / 100)), round_number=round_)
        for number in range(30)
        for round_ in (1, 2, 3)
        for ttft_ms in ((4000.0 if number == 0 else 190.0),)
    ]
    summary = summarize_model(model(), [load()], samples)
    assert summary.ttft_p50_ms is not None
    assert summary.ttft_p95_ms is not None
    assert summary.ttft_tail_ms is not None
    assert summary.ttft_p95_ms < summary.ttft_p50_ms < summary.ttft_tail_ms
    assert near(summary.ttft_tail_ms, summary.ttft_p50_ms * 1.03 / 1.02)


def test_gaps_of_all_requests_together_and_none_between_two_requests() -> None:
    even = sample(times=timeline(ttft_ms=200, tok_s=50, tokens=50))
    stalled = replace(even.timeline, arrivals_ns=(*even.timeline.arrivals_ns[:-1], 2_000_000_000))
    gaps = token_gaps([even, sample(times=timeline(tokens=1)), sample(times=stalled)])
    assert gaps is not None
    assert (gaps.count, gaps.of_tokens) == (98, True)
    assert near(gaps.p50_ms, 20)
    assert near(gaps.longest_ms, 2000 - (200 + 48 * 20))
    assert near(gaps.p99_ms, float(numpy.percentile([20.0] * 97 + [gaps.longest_ms], 99)))
    assert token_gaps([sample(times=timeline(tokens=1))]) is None


def test_gaps_of_pieces_that_hold_several_tokens_are_marked() -> None:
    times = replace(timeline(tokens=20), one_token_first=False, output_tokens=41)
    row = summarize_model(model(), (), [sample(times=times)])
    assert not row.gaps_of_tokens
    assert ITL_P50.text(row).endswith("?")
    assert "ITL p50" in detail_words(row, 80)
    assert not detail_words(row, 5)


def test_a_thinking_model_is_quick_to_think_and_late_to_answer() -> None:
    times = replace(timeline(ttft_ms=100, tok_s=50, tokens=20), first_answer_ns=300_000_000)
    row = summarize_model(model(), (), [sample(times=times)])
    assert row.first_answer_p50_ms == 300
    assert near(row.overall_p50_tok_s, 20 / 0.48)
    assert near(row.requests_per_s, 1 / 0.5)
