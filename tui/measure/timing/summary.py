"""This module summarises the samples of a run in one row for each model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from tui.measure.disturbance import undisturbed
from tui.measure.doubt import doubts_of, flags_of_all
from tui.measure.energy import with_energy
from tui.measure.once import once_per_run
from tui.measure.statistics.distribution import distribution
from tui.measure.statistics.intervals import MeasuredRounds
from tui.measure.statistics.repeatability import repeatability
from tui.measure.timing import metrics
from tui.measure.timing.columns import Number, Rounds, as_rounds
from tui.measure.timing.headlines import mean, median_over_prompts, percentile, tail_over_prompts, values_of
from tui.measure.timing.levels import at_lowest_level, requests_per_s
from tui.measure.timing.segments import without_superseded
from tui.measure.timing.token_gaps import token_gaps
from tui.records import (
    PROMPT_CACHED,
    Load,
    Model,
    ModelStatus,
    ModelSummary,
    RunRecord,
    Sample,
    SampleKind,
    SampleStatus,
    Timeline,
)
from tui.records.comparison import Doubt, Quantity
from tui.records.statistics import Distribution, Distributions
from tui.records.summary import CachedPrompts

_OVER_PROMPTS: Final = (Quantity.TTFT, Quantity.PREFILL, Quantity.DECODE, Quantity.TOTAL, Quantity.E2E)
"""The numbers of a row that are means over its prompts."""


@once_per_run
def summarize(run: RunRecord) -> tuple[ModelSummary, ...]:
    """Return one row for each model of the plan, in the plan's order; a model without a sample has a row as well."""
    whole = without_superseded(run)
    lowest, of_all_levels = _by_key(at_lowest_level(whole)), _by_key(whole)
    rows = tuple(
        _with_peaks(_summarize(run, whole, model, lowest.get(model.key, ())), of_all_levels.get(model.key, ()))
        for model in run.plan.models
    )
    if run.plan.method.sweep:
        return rows
    missing = missing_prompts({row.key: rounds_of(run, row.key) for row in rows if row.rounds})
    return tuple(_with_missing(row, missing.get(row.key, ())) for row in rows)


def _by_key(run: RunRecord) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {}
    for sample in run.samples:
        samples.setdefault(sample.key, []).append(sample)
    return samples


def _with_peaks(summary: ModelSummary, samples: Sequence[Sample]) -> ModelSummary:
    """Return the row with the most memory of any request, of all levels: it is the most that the model takes."""
    return replace(
        summary,
        peak_rss_bytes=max((sample.peak_rss_bytes for sample in samples if sample.peak_rss_bytes), default=None),
        peak_vram_bytes=max((sample.peak_vram_bytes for sample in samples if sample.peak_vram_bytes), default=None),
    )


def missing_prompts(rounds: Mapping[str, Sequence[Sample]]) -> dict[str, tuple[str, ...]]:
    """Return the prompts that each model lacks a round of while another has one; models that lack none are absent.

    Means over different prompts cannot be held against each other: a model that lost its long prompt would look fast.
    """
    prompts = {key: {sample.prompt_id for sample in samples} for key, samples in rounds.items()}
    asked = dict.fromkeys(sample.prompt_id for samples in rounds.values() for sample in samples)
    lacking = {key: tuple(prompt for prompt in asked if prompt not in own) for key, own in prompts.items()}
    return {key: missing for key, missing in lacking.items() if missing}


def _with_missing(summary: ModelSummary, missing: Sequence[str]) -> ModelSummary:
    """Return the row with a doubt about each number that is a mean over prompts, if some prompts are missing."""
    if not missing:
        return summary
    reason = f"it has no round of {', '.join(missing)}"
    of_prompts = (Doubt(quantity=quantity, reason=reason) for quantity in _OVER_PROMPTS)
    return replace(summary, doubts=(*summary.doubts, *of_prompts))


def _summarize(run: RunRecord, whole: RunRecord, model: Model, samples: Sequence[Sample]) -> ModelSummary:
    """Return the row of one model from its samples at the lowest level and from its loads in the whole run."""
    key = model.key
    rounds = rounds_of(run, key)
    loads = [load for load in whole.loads if load.key == key]
    summary = _row(model, loads, samples, all_rounds_of(run, key), rounds)
    if run.plan.method.sweep:
        return without_headlines(summary)
    return with_energy(summary, rounds, run.plan, _rest_watts(loads))


def without_headlines(summary: ModelSummary) -> ModelSummary:
    """Return the row without its headlines, because a mean over the prompt lengths of a sweep has no meaning."""
    return replace(
        summary,
        ttft_p50_ms=None,
        ttft_p95_ms=None,
        ttft_tail_ms=None,
        e2e_p50_ms=None,
        e2e_p95_ms=None,
        e2e_tail_ms=None,
        decode_p50_tok_s=None,
        prefill_p50_tok_s=None,
        first_answer_p50_ms=None,
        itl_p50_ms=None,
        itl_p99_ms=None,
        longest_gap_ms=None,
        gaps=0,
        overall_p50_tok_s=None,
        requests_per_s=None,
        output_tokens=None,
        latency_avg=None,
        latency_p95=None,
        first_token_latency_avg=None,
        tokens_per_sec_avg=None,
    )


@once_per_run
def summarize_fully(run: RunRecord) -> tuple[ModelSummary, ...]:
    """Return the rows of ``summarize`` with distributions and intervals, which are too slow for the live screen."""
    return tuple(
        replace(
            summary,
            distributions=None if run.plan.method.sweep else distributions(rounds_of(run, summary.key)),
            repeatability=repeatability(run.plan, all_rounds_of(run, summary.key)),
        )
        for summary in summarize(run)
    )


def distributions(rounds: Sequence[Sample]) -> Distributions:
    """Return the distribution of each number over the rounds of one model."""

    def of(number: Number) -> Distribution | None:
        return distribution(measured(rounds, number))

    return Distributions(ttft_ms=of(ttft_ms), e2e_ms=of(e2e_ms), decode_tok_s=of(metrics.decode_tok_s))


def rounds_of(run: RunRecord, key: str) -> Rounds:
    """Return the successful warm rounds of a model, without the disturbed ones if the run leaves these out."""
    return _counted_rounds(run).get(key, Rounds(()))


def all_rounds_of(run: RunRecord, key: str) -> Rounds:
    """Return the successful warm rounds of a model, disturbed or not."""
    return _all_rounds(run).get(key, Rounds(()))


@once_per_run
def _counted_rounds(run: RunRecord) -> dict[str, Rounds]:
    rounds = _all_rounds(run)
    return {key: Rounds(undisturbed(own)) for key, own in rounds.items()} if run.without_disturbed else rounds


@once_per_run
def _all_rounds(run: RunRecord) -> dict[str, Rounds]:
    rounds: dict[str, list[Sample]] = {}
    for sample in at_lowest_level(without_superseded(run)).samples:
        if _counts(sample, SampleKind.ROUND):
            rounds.setdefault(sample.key, []).append(sample)
    return {key: Rounds(own) for key, own in rounds.items()}


def measured(rounds: Iterable[Sample], number: Number) -> MeasuredRounds:
    """Return ``number`` of each round with its prompt, launch and round, leaving out rounds without it."""
    return as_rounds(rounds).measured(number)


def ttft_ms(timeline: Timeline) -> float | None:
    """Return TTFT in milliseconds."""
    return _scaled(metrics.ttft_ns(timeline), 1e-6)


def e2e_ms(timeline: Timeline) -> float | None:
    """Return E2E in milliseconds."""
    return _scaled(metrics.e2e_ns(timeline), 1e-6)


def summarize_model(
    model: Model, loads: Sequence[Load], samples: Sequence[Sample], *, without_disturbed: bool = False
) -> ModelSummary:
    """Return the row of one model, computed from its loads and its samples of every kind."""
    succeeded = Rounds(sample for sample in samples if _counts(sample, SampleKind.ROUND))
    rounds = Rounds(undisturbed(succeeded)) if without_disturbed else succeeded
    return _row(model, loads, samples, succeeded, rounds)


def _row(
    model: Model, loads: Sequence[Load], samples: Sequence[Sample], succeeded: Rounds, rounds: Rounds
) -> ModelSummary:
    """Return the row of one model; ``rounds`` are those of its successful rounds that count."""
    cold = [sample for sample in samples if _counts(sample, SampleKind.COLD)]
    failed = [sample for sample in samples if sample.status is SampleStatus.FAILED]
    load_s = mean([load.load_ns / metrics.NS_PER_S for load in loads if load.load_ns is not None])
    trips_ns = [load.round_trip_ns for load in loads if load.round_trip_ns is not None]
    cold_ttft = mean(values_of(cold, metrics.ttft_ns))
    status, error = _outcome(loads, samples, failed)
    e2e, ttft = values_of(rounds, metrics.e2e_ns), values_of(rounds, metrics.ttft_ns)
    summary = ModelSummary(
        key=model.key,
        model=_as_measured(model, samples),
        status=status,
        error=error,
        flags=tuple(dict.fromkeys(flag for sample in rounds for flag in sample.flags)),
        load_s=load_s,
        provider_s=mean([load.provider_ns / metrics.NS_PER_S for load in loads if load.provider_ns is not None]),
        threads=_last(load.threads for load in loads),
        round_trip_ms=_scaled(min(trips_ns, default=None), 1e-6),
        cold_ttft_s=_scaled(cold_ttft, 1 / metrics.NS_PER_S),
        cold_flags=flags_of_all(cold),
        forecast_bytes=_last(load.forecast_bytes for load in loads),
        measured_bytes=_last(load.measured_bytes for load in loads),
        left_bytes=_last(load.left_bytes for load in loads),
        rounds=len(rounds),
        failures=len(failed),
        doubts=doubts_of(rounds),
        cached=_cached(rounds, samples),
        disturbed=len(succeeded) - len(undisturbed(succeeded)),
        ttft_p50_ms=_scaled(median_over_prompts(rounds, metrics.ttft_ns), 1e-6),
        ttft_p95_ms=_scaled(percentile(ttft, 95), 1e-6),
        ttft_tail_ms=_scaled(tail_over_prompts(rounds, metrics.ttft_ns), 1e-6),
        e2e_p50_ms=_scaled(median_over_prompts(rounds, metrics.e2e_ns), 1e-6),
        e2e_p95_ms=_scaled(percentile(e2e, 95), 1e-6),
        e2e_tail_ms=_scaled(tail_over_prompts(rounds, metrics.e2e_ns), 1e-6),
        decode_p50_tok_s=median_over_prompts(rounds, metrics.decode_tok_s),
        prefill_p50_tok_s=median_over_prompts(rounds, metrics.prefill_tok_s),
        output_tokens=mean(values_of(rounds, _output_tokens)),
        peak_rss_bytes=max((sample.peak_rss_bytes for sample in samples if sample.peak_rss_bytes), default=None),
        peak_vram_bytes=max((sample.peak_vram_bytes for sample in samples if sample.peak_vram_bytes), default=None),
        latency_avg=_scaled(mean(e2e), 1 / metrics.NS_PER_S),
        latency_p95=_scaled(percentile(e2e, 95), 1 / metrics.NS_PER_S),
        first_token_latency_avg=_scaled(mean(ttft), 1 / metrics.NS_PER_S),
        tokens_per_sec_avg=mean(values_of(rounds, metrics.workshop_tok_s)),
    )
    return _with_stopped(summary, samples) if status is ModelStatus.SKIPPED else _with_flow(summary, rounds)


def _with_stopped(summary: ModelSummary, samples: Sequence[Sample]) -> ModelSummary:
    """Return the row of a model without a whole answer, with what the answers that were stopped have shown."""
    stopped = [sample for sample in samples if sample.status is SampleStatus.CANCELLED]
    cold = [sample for sample in stopped if sample.kind is SampleKind.COLD]
    warm = [sample for sample in stopped if sample.kind is SampleKind.ROUND]
    return replace(
        summary,
        flags=tuple(dict.fromkeys(flag for sample in warm for flag in sample.flags)),
        cold_ttft_s=_scaled(mean(values_of(cold, metrics.ttft_ns)), 1 / metrics.NS_PER_S),
        ttft_p50_ms=_scaled(median_over_prompts(warm, metrics.ttft_ns), 1e-6),
        decode_p50_tok_s=median_over_prompts(warm, metrics.decode_tok_s),
        output_tokens=mean(values_of(warm, lambda timeline: timeline.output_tokens)),
    )


def _with_flow(summary: ModelSummary, rounds: Sequence[Sample]) -> ModelSummary:
    """Return the row with the numbers of how tokens and requests flow."""
    gaps = token_gaps(rounds)
    return replace(
        summary,
        first_answer_p50_ms=_scaled(median_over_prompts(rounds, _first_answer_ns), 1e-6),
        itl_p50_ms=gaps and gaps.p50_ms,
        itl_p99_ms=gaps and gaps.p99_ms,
        longest_gap_ms=gaps and gaps.longest_ms,
        gaps=gaps.count if gaps else 0,
        gaps_of_tokens=gaps is None or gaps.of_tokens,
        overall_p50_tok_s=median_over_prompts(rounds, metrics.overall_tok_s),
        requests_per_s=requests_per_s(rounds),
        server_decode_p50_tok_s=median_over_prompts(rounds, lambda timeline: timeline.server_decode_tok_s),
        server_prefill_p50_tok_s=median_over_prompts(rounds, lambda timeline: timeline.server_prefill_tok_s),
    )


def _output_tokens(timeline: Timeline) -> float | None:
    return timeline.output_tokens


def _first_answer_ns(timeline: Timeline) -> float | None:
    return timeline.first_answer_ns


def _cached(rounds: Sequence[Sample], samples: Sequence[Sample]) -> CachedPrompts | None:
    told = [sample.timeline for sample in rounds if sample.timeline.cached_prompt_tokens is not None]
    tokens = sum(timeline.prompt_tokens or 0 for timeline in told)
    if not tokens:
        return None
    cached = [sample for sample in rounds if PROMPT_CACHED in sample.flags]
    computed = [
        sample
        for sample in samples
        if sample.status is SampleStatus.OK
        and sample.timeline.cached_prompt_tokens is not None
        and PROMPT_CACHED not in sample.flags
    ]
    # The first request after a load counts only if no later prompt was computed.
    computed = [sample for sample in computed if sample.kind is not SampleKind.COLD] or computed
    return CachedPrompts(
        share=sum(timeline.cached_prompt_tokens or 0 for timeline in told) / tokens,
        rounds=len(cached),
        ttft_p50_ms=_scaled(median_over_prompts(cached, metrics.ttft_ns), 1e-6),
        computed_ttft_p50_ms=_scaled(median_over_prompts(computed, metrics.ttft_ns), 1e-6),
    )


def _rest_watts(loads: Sequence[Load]) -> float | None:
    """Return the highest power at rest that was measured for a model."""
    return max((load.idle_watts for load in loads if load.idle_watts), default=None)


def _as_measured(model: Model, samples: Sequence[Sample]) -> Model:
    measured = next((sample for sample in samples if sample.model_id), None)
    if measured is None:
        return model
    return replace(
        model, model_id=measured.model_id, execution_provider=measured.execution_provider or model.execution_provider
    )


def _counts(sample: Sample, kind: SampleKind) -> bool:
    return sample.kind is kind and sample.status is SampleStatus.OK


def _outcome(
    loads: Sequence[Load], samples: Sequence[Sample], failed: Sequence[Sample]
) -> tuple[ModelStatus, str | None]:
    verdict = next((load.verdict for load in reversed(loads) if load.verdict), None)
    if verdict is not None:
        return ModelStatus.FAILED, str(verdict)
    if failed:
        return ModelStatus.FAILED, failed[-1].error
    if any(sample.status is SampleStatus.OK for sample in samples):
        return ModelStatus.OK, None
    return ModelStatus.SKIPPED, "nothing was measured" if not samples else "stopped"


def _last(values: Iterable[int | None]) -> int | None:
    return next((value for value in reversed(tuple(values)) if value is not None), None)


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
