"""A run as flat rows: the one source of the JSON and the CSV. Field names are the interface that other tools read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import msgspec

from tui.measure.answers.agreement import panel_agreement
from tui.measure.answers.pass_rates import model_differences, pass_rates
from tui.measure.answers.quality_steps import quality_steps
from tui.measure.timing.summary import summarize_fully
from tui.records import Environment, ModelSummary, RunRecord, ServedBuild
from tui.records.comparison import Doubt
from tui.records.grading.rates import PassRate, RateDifference
from tui.records.grading.steps import QualitySteps
from tui.records.judging import PanelAgreement
from tui.records.statistics import Distributions, OtherText, Repeatability, Repeatable
from tui.records.summary import CachedPrompts
from tui.reports.json.distribution_rows import DistributionsRow, distributions_row
from tui.reports.json.judge_rows import JudgeRow, judge_rows
from tui.reports.json.level_rows import LevelRow, level_rows
from tui.reports.json.run_row import RunRow, run_members, run_row
from tui.reports.json.sample_rows import SampleRow, sample_rows
from tui.reports.json.sweep_rows import SweepRow, sweep_rows
from tui.reports.rounding import rounded
from tui.reports.sections.answers import AnswerRow, answer_rows
from tui.reports.sections.choice import ChoiceRow, choice_row

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One model with its headlines over the warm rounds, and what else is derived from its samples."""

    key: str
    alias: str
    model_id: str | None
    engine: str
    practice: bool
    status: str
    error: str | None
    flags: tuple[str, ...]
    load_s: float | None
    cold_ttft_s: float | None
    rounds: int
    latency_avg: float | None
    latency_p95: float | None
    first_token_latency_avg: float | None
    tokens_per_sec_avg: float | None
    ttft_p50_ms: float | None
    ttft_p95_ms: float | None
    e2e_p50_ms: float | None
    e2e_p95_ms: float | None
    decode_p50_tok_s: float | None
    prefill_p50_tok_s: float | None
    output_tokens: float | None
    peak_rss_bytes: int | None
    peak_vram_bytes: int | None
    context: int | None
    memory_forecast_bytes: int | None
    memory_measured_bytes: int | None
    """The peak up to the end of the first request, which the forecast is a forecast of."""
    memory_left_bytes: int | None
    energy_j_per_token: float | None
    energy_j_per_request: float | None
    energy_source: str | None
    cost_per_1000: float | None
    distributions: DistributionsRow
    sweep: tuple[SweepRow, ...] = ()
    disturbed: int
    """How many requests something else disturbed; ``run.without_disturbed`` tells whether they are in the numbers."""
    repeatable: str
    other_texts: tuple[OtherText, ...]
    round_trip_ms: float | None = None
    concurrency: tuple[LevelRow, ...] = ()
    execution_provider: str | None = None
    """The provider that ran its requests, if the runtime reports it; else the one that the build is made for."""
    provider_s: float | None = None
    """The time to register execution providers, which is not part of ``load_s``."""
    cached: CachedPrompts | None = None
    """What the prompts took from the cache of a server, by its own account."""
    doubts: tuple[Doubt, ...] = ()
    """The numbers that take part in no conclusion, each with the reason."""
    ttft_tail_ms: float | None = None
    """The p95 of each round over the median of its prompt, times p50; ``ttft_p95_ms`` is over all rounds."""
    e2e_tail_ms: float | None = None
    first_answer_p50_ms: float | None = None
    """The time to the first text that is not reasoning."""
    itl_p50_ms: float | None = None
    """Over the gaps between arrivals of all rounds together, as ``itl_p99_ms`` and ``longest_gap_ms``."""
    itl_p99_ms: float | None = None
    longest_gap_ms: float | None = None
    gaps_of_tokens: bool = True
    """Pieces of text hold about one token each, so that the gaps are inter-token latencies."""
    overall_p50_tok_s: float | None = None
    requests_per_s: float | None = None
    server_decode_p50_tok_s: float | None = None
    """What the server reports of itself, by its own clock, as ``server_prefill_p50_tok_s``."""
    server_prefill_p50_tok_s: float | None = None
    served: ServedBuild | None = None
    """What the server reports of itself and of the build; absent where it reports nothing."""
    size_bytes: int | None = None
    threads: int | None = None
    """The number of processor threads that a local model computes with; absent where it is not known."""
    """The size of a server's model by the account of its server; absent with any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The whole document."""

    schema: int
    run: RunRow
    environment: Environment
    models: tuple[ModelRow, ...]
    samples: tuple[SampleRow, ...]
    answers: tuple[AnswerRow, ...] = ()
    """Each text that a prompt was answered with, once, with its facets and ratings."""
    judges: tuple[JudgeRow, ...] = ()
    judge_agreement: PanelAgreement | None = None
    """How far several judges agree; absent with fewer than two."""
    pass_rates: tuple[PassRate, ...] = ()
    """How often each model answered rightly, if anything was expected of the answers."""
    quality_differences: tuple[RateDifference, ...] = ()
    """Each model against the one with the highest pass rate, which is the one before."""
    quality_steps: tuple[QualitySteps, ...] = ()
    """The pass rates over the lengths of a context pack and over several loads; absent where there are none."""
    choice: ChoiceRow | None = None
    """Which model to take for a chat, if something is known of the answers."""


def document(run: RunRecord) -> Document:
    """Make the rows of a whole run: numbers are rounded to a millionth of their unit, and unknown is ``None``."""
    return Document(
        schema=SCHEMA,
        run=run_row(run),
        environment=run.environment,
        models=tuple(_model_row(run, summary) for summary in summarize_fully(run)),
        samples=sample_rows(run),
        answers=answer_rows(run),
        judges=judge_rows(run),
        judge_agreement=panel_agreement(run.ratings),
        pass_rates=pass_rates(run),
        quality_differences=model_differences(run),
        quality_steps=quality_steps(run),
        choice=choice_row(run),
    )


def document_members(run: RunRecord) -> dict[str, Any]:
    """Return the members of the JSON of a whole run, in their order."""
    members = msgspec.to_builtins(document(run), builtin_types=())
    for name in ("quality_steps", "judge_agreement"):
        if not members[name]:
            del members[name]
    for model, name in product(members["models"], ("served", "size_bytes", "threads")):
        if model[name] is None:
            del model[name]
    members["run"] = run_members(members["run"])
    members["environment"] = environment_members(members["environment"])
    return members


def environment_members(members: dict[str, Any]) -> dict[str, Any]:
    """Leave out of an environment what a run of an earlier Benchtop has not noted."""
    return {name: value for name, value in members.items() if name != "peak_rss_scope" or value}


def _model_row(run: RunRecord, summary: ModelSummary) -> ModelRow:
    repeatability = summary.repeatability or Repeatability(repeatable=Repeatable.UNKNOWN)
    row = ModelRow(
        key=summary.key,
        alias=summary.model.alias,
        model_id=summary.model.model_id,
        engine=summary.model.engine,
        practice=summary.model.practice,
        status=summary.status.value,
        error=summary.error,
        flags=summary.flags,
        load_s=rounded(summary.load_s),
        cold_ttft_s=rounded(summary.cold_ttft_s),
        rounds=summary.rounds,
        latency_avg=rounded(summary.latency_avg),
        latency_p95=rounded(summary.latency_p95),
        first_token_latency_avg=rounded(summary.first_token_latency_avg),
        tokens_per_sec_avg=rounded(summary.tokens_per_sec_avg),
        ttft_p50_ms=rounded(summary.ttft_p50_ms),
        ttft_p95_ms=rounded(summary.ttft_p95_ms),
        e2e_p50_ms=rounded(summary.e2e_p50_ms),
        e2e_p95_ms=rounded(summary.e2e_p95_ms),
        decode_p50_tok_s=rounded(summary.decode_p50_tok_s),
        prefill_p50_tok_s=rounded(summary.prefill_p50_tok_s),
        output_tokens=rounded(summary.output_tokens),
        peak_rss_bytes=summary.peak_rss_bytes,
        peak_vram_bytes=summary.peak_vram_bytes,
        context=summary.model.used_context_tokens,
        memory_forecast_bytes=summary.forecast_bytes,
        memory_measured_bytes=summary.measured_bytes,
        memory_left_bytes=summary.left_bytes,
        energy_j_per_token=rounded(summary.energy_j_per_token),
        energy_j_per_request=rounded(summary.energy_j_per_request),
        energy_source=summary.energy_source.value if summary.energy_source else None,
        cost_per_1000=rounded(summary.cost_per_1000),
        distributions=distributions_row(summary.distributions or Distributions()),
        sweep=sweep_rows(run, summary.key),
        disturbed=summary.disturbed,
        cached=summary.cached,
        doubts=summary.doubts,
        ttft_tail_ms=rounded(summary.ttft_tail_ms),
        e2e_tail_ms=rounded(summary.e2e_tail_ms),
        repeatable=repeatability.repeatable.value,
        other_texts=repeatability.others,
        round_trip_ms=rounded(summary.round_trip_ms),
        concurrency=level_rows(run, summary.key),
        execution_provider=summary.model.execution_provider,
        provider_s=rounded(summary.provider_s),
    )
    return _with_flow(row, summary)


def _with_flow(row: ModelRow, summary: ModelSummary) -> ModelRow:
    return replace(
        row,
        first_answer_p50_ms=rounded(summary.first_answer_p50_ms),
        itl_p50_ms=rounded(summary.itl_p50_ms),
        itl_p99_ms=rounded(summary.itl_p99_ms),
        longest_gap_ms=rounded(summary.longest_gap_ms),
        gaps_of_tokens=summary.gaps_of_tokens,
        overall_p50_tok_s=rounded(summary.overall_p50_tok_s),
        requests_per_s=rounded(summary.requests_per_s),
        server_decode_p50_tok_s=rounded(summary.server_decode_p50_tok_s),
        server_prefill_p50_tok_s=rounded(summary.server_prefill_p50_tok_s),
        served=summary.model.served,
        size_bytes=summary.model.size_bytes if summary.model.traits.is_remote else None,
        threads=summary.threads,
    )
