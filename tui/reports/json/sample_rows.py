"""Each request of a run as a flat row, for JSON and CSV. Field names are the interface that other tools read."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tui.measure.timing import metrics
from tui.records import RunRecord, Sample, Timeline
from tui.reports.rounding import rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One request, of whatever kind and status; a row of the CSV has the same fields."""

    key: str
    alias: str
    model_id: str | None
    practice: bool
    execution_provider: str | None
    context: int | None
    mode: str
    order: str
    launch: int
    prompt_id: str
    prompt: str
    round: int
    kind: str
    status: str
    error: str | None
    flags: tuple[str, ...]
    started_at: str
    ttft_ms: float | None
    first_answer_ms: float | None
    e2e_ms: float | None
    end_ms: float | None
    decode_tok_s: float | None
    prefill_tok_s: float | None
    overall_tok_s: float | None
    workshop_tok_s: float | None
    prompt_tokens: int | None
    output_tokens: int | None
    tokens_source: str | None
    """Who counted the output tokens; ``None`` if nobody did."""
    finish_reason: str | None
    arrivals_ms: tuple[float, ...]
    text: str
    reasoning: str
    peak_rss_bytes: int | None
    peak_vram_bytes: int | None
    segment: int = 1
    concurrency: int = 1
    disturbances: tuple[str, ...] = ()
    energy_j: float | None = None
    energy_source: str | None = None
    hidden_tokens: int | None = None
    cached_prompt_tokens: int | None = None
    sent_ms: float | None = None
    """When the request was sent, on the client's own clock: only requests of one launch can be compared by it."""
    pace_ms: float | None = None
    """How long a fixed piece of work took the processor around this request."""
    first_share: float | None = None
    """The share of the text that came with the first burst of arrivals."""
    one_token_first: bool | None = None
    """Whether the first piece is known to hold one token, as from the runtime in our own child."""
    client_busy: float | None = None
    """The share of the time in which our own client of a server was busy."""
    arrivals_per_s: float | None = None
    """The mean arrivals a second, if requests arrived by a schedule."""
    waited_ms: float | None = None
    """How long after its scheduled arrival the request was sent."""
    itl_p50_ms: float | None = None
    """The median of the gaps between arrivals."""
    longest_gap_ms: float | None = None
    server_decode_tok_s: float | None = None
    """What the server reports of itself, by its own clock, as ``server_prefill_tok_s``."""
    server_prefill_tok_s: float | None = None
    beside: str = ""
    """The model that the yardstick took this turn with; empty if it was with all of them, and for any other sample."""
    turn: int = 1
    """The number of the question in its conversation; its prompt holds the turns before it."""
    other_cores: float | None = None
    """The cores that other processes used, on average over the request."""


def sample_rows(run: RunRecord) -> tuple[SampleRow, ...]:
    """Make a row a sample, of every kind and status, in the order in which the samples were measured."""
    practice = {model.key: model.practice for model in run.plan.models}
    return tuple(_sample_row(sample, practice) for sample in run.samples)


def _sample_row(sample: Sample, practice: Mapping[str, bool]) -> SampleRow:
    timeline = sample.timeline
    row = SampleRow(
        key=sample.key,
        alias=sample.alias,
        model_id=sample.model_id,
        practice=practice.get(sample.key, False),
        execution_provider=sample.execution_provider,
        context=sample.context_tokens,
        mode=sample.mode.value,
        order=sample.order.value,
        launch=sample.launch,
        prompt_id=sample.prompt_id,
        prompt=sample.prompt,
        round=sample.round,
        kind=sample.kind.value,
        status=sample.status.value,
        error=sample.error,
        flags=sample.flags,
        started_at=sample.started_at,
        ttft_ms=_ms(metrics.ttft_ns(timeline)),
        first_answer_ms=_ms(timeline.first_answer_ns),
        e2e_ms=_ms(metrics.e2e_ns(timeline)),
        end_ms=_ms(timeline.end_ns),
        decode_tok_s=rounded(metrics.decode_tok_s(timeline)),
        prefill_tok_s=rounded(metrics.prefill_tok_s(timeline)),
        overall_tok_s=rounded(metrics.overall_tok_s(timeline)),
        workshop_tok_s=rounded(metrics.workshop_tok_s(timeline)),
        prompt_tokens=timeline.prompt_tokens,
        output_tokens=timeline.output_tokens,
        tokens_source=_tokens_source(timeline),
        finish_reason=timeline.finish_reason.value if timeline.finish_reason else None,
        arrivals_ms=tuple(arrival / 1e6 for arrival in timeline.arrivals_ns),
        text=sample.text,
        reasoning=sample.reasoning,
        peak_rss_bytes=sample.peak_rss_bytes,
        peak_vram_bytes=sample.peak_vram_bytes,
        segment=sample.segment,
        concurrency=sample.concurrency,
        disturbances=tuple(disturbance.value for disturbance in sample.disturbances),
        energy_j=rounded(sample.energy_j),
        energy_source=sample.energy_source.value if sample.energy_source else None,
        hidden_tokens=timeline.hidden_tokens,
        cached_prompt_tokens=timeline.cached_prompt_tokens,
        sent_ms=_ms(timeline.sent_ns),
        pace_ms=_ms(sample.pace_ns),
        first_share=timeline.first_share,
        one_token_first=timeline.one_token_first,
    )
    return _with_later_fields(row, sample)


def _with_later_fields(row: SampleRow, sample: Sample) -> SampleRow:
    timeline = sample.timeline
    gaps_ns = metrics.gaps_ns(timeline)
    return replace(
        row,
        beside=sample.beside,
        other_cores=rounded(sample.other_cores),
        turn=sample.turn,
        client_busy=rounded(sample.client_busy),
        arrivals_per_s=sample.arrivals_per_s,
        waited_ms=_ms(timeline.waited_ns),
        server_decode_tok_s=rounded(timeline.server_decode_tok_s),
        server_prefill_tok_s=rounded(timeline.server_prefill_tok_s),
        itl_p50_ms=statistics.median(gaps_ns) / 1e6 if gaps_ns else None,
        longest_gap_ms=max(gaps_ns) / 1e6 if gaps_ns else None,
    )


def _tokens_source(timeline: Timeline) -> str | None:
    return None if timeline.output_tokens is None else timeline.tokens_source.value


def _ms(value_ns: int | None) -> float | None:
    return None if value_ns is None else value_ns / 1e6
