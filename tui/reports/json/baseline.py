"""A run as a file for version control: the same data gives the same bytes, and a diff shows what changed.

It holds what a comparison needs and nothing of the day: no id of a run, no time, no path. Figures have five digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from tui.measure.timing import metrics
from tui.measure.timing.levels import at_lowest_level
from tui.measure.timing.segments import without_superseded
from tui.measure.timing.summary import e2e_ms, percentile, rounds_of, summarize_model, ttft_ms
from tui.records import (
    TOKENS_ESTIMATED,
    Environment,
    Method,
    Model,
    Plan,
    Purpose,
    RunRecord,
    RunStatus,
    Sample,
    SampleStatus,
    Timeline,
    TokensSource,
)
from tui.records.measurement_settings import SETTINGS, flattened
from tui.reports.json.rebuilding import method_in, rebuilt
from tui.text import escape

SCHEMA: Final = 1
MARK: Final = "baseline"
"""The key that holds the schema, and that no other file of ours has."""

_SETTINGS: Final = ("sweep", *(setting.name for setting in SETTINGS.values() if setting.in_baseline))
"""The settings that a baseline holds."""

_VALUE = r"(?:[-+.\deE]+|null)"
_ROUNDS: Final = re.compile(rf"\[\n\s+({_VALUE}(?:,\n\s+{_VALUE})*)\n\s+\]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_PerLaunch = tuple[tuple[float | None, ...], ...]
"""The rounds of each launch, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prompt:
    id: str
    text: str
    system: str | None
    max_tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    purpose: Purpose
    prompts: tuple[_Prompt, ...]
    method: Method = field(default_factory=Method)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rounds:
    """What was measured of one prompt."""

    ttft_ms: _PerLaunch
    decode_tok_s: _PerLaunch
    e2e_ms: _PerLaunch
    output_tokens: _PerLaunch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Headlines:
    """For the reader of a diff; they are worked out again from the rounds."""

    ttft_ms: float | None
    decode_tok_s: float | None
    e2e_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    alias: str
    variant: str | None
    engine: str
    practice: bool
    model_id: str | None
    execution_provider: str | None
    context: int | None
    context_limit: int | None
    flags: tuple[str, ...]
    failures: int
    p50: _Headlines
    peak_rss_bytes: int | None
    peak_vram_bytes: int | None
    rounds: dict[str, _Rounds]
    pace_us: float | None = None
    """The processor's, in the middle of the rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Baseline:
    baseline: int
    status: RunStatus
    plan: _Plan
    environment: Environment
    models: tuple[_Model, ...]


def baseline_text(run: RunRecord) -> str:
    """The file: keys sorted, one value a line, the rounds of a launch on one."""
    models = sorted(run.plan.models, key=lambda model: model.key)
    baseline = _Baseline(
        baseline=SCHEMA,
        status=run.status,
        plan=_plan_row(run.plan),
        environment=run.environment,
        models=tuple(_model_row(model, run) for model in models),
    )
    values = msgspec.to_builtins(baseline)
    values["plan"] = _plan_members(values["plan"])
    indented = json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    compact = _ROUNDS.sub(lambda rounds: f"[{' '.join(rounds.group(1).split())}]", indented)
    plain = _SURROGATE.sub(lambda half: f"\\\\u{ord(half.group()):04x}", compact)
    return escape.json_document(plain) + "\n"


def run_of(data: object, name: str) -> RunRecord:
    """The run in a file of this name, as far as the file tells: warm rounds, each with its first and last text.

    Raises:
        msgspec.ValidationError, ValueError: it is damaged.
    """
    found = msgspec.convert(data, _Baseline)
    found = replace(found, plan=replace(found.plan, method=method_in(data, "plan", _SETTINGS)))
    prompts = {prompt.id: prompt for prompt in found.plan.prompts}
    return RunRecord(
        run_id=name,
        started_at="",
        plan=rebuilt(Plan, found.plan, models=tuple(_model(model) for model in found.models)),
        environment=found.environment,
        status=found.status,
        samples=tuple(sample for row in found.models for sample in _samples(row, found.plan, prompts)),
    )


def _plan_members(members: Mapping[str, Any]) -> dict[str, Any]:
    """Write the settings of a baseline among the other members of its plan."""
    settings = members["method"]
    return flattened({**members, "method": {name: settings[name] for name in _SETTINGS}})


def _plan_row(plan: Plan) -> _Plan:
    return rebuilt(_Plan, plan, prompts=tuple(sorted(plan.prompts, key=lambda prompt: prompt.id)))


def _model_row(model: Model, run: RunRecord) -> _Model:
    samples = [sample for sample in at_lowest_level(without_superseded(run)).samples if sample.key == model.key]
    summary = summarize_model(model, (), samples, without_disturbed=run.without_disturbed)
    rounds = rounds_of(run, model.key)
    measured = next((sample for sample in samples if sample.model_id), None)
    prompts = {sample.prompt_id for sample in rounds}
    return _Model(
        alias=model.alias,
        variant=model.variant,
        engine=model.engine,
        practice=model.practice,
        model_id=summary.model.model_id,
        execution_provider=summary.model.execution_provider,
        context=measured.context_tokens if measured is not None else model.used_context_tokens,
        context_limit=model.context_limit_tokens,
        flags=tuple(sorted(summary.flags)),
        failures=summary.failures,
        p50=_Headlines(
            ttft_ms=_figures(summary.ttft_p50_ms),
            decode_tok_s=_figures(summary.decode_p50_tok_s),
            e2e_ms=_figures(summary.e2e_p50_ms),
        ),
        peak_rss_bytes=_whole(summary.peak_rss_bytes),
        peak_vram_bytes=_whole(summary.peak_vram_bytes),
        rounds={prompt: _rounds([each for each in rounds if each.prompt_id == prompt]) for prompt in sorted(prompts)},
        pace_us=_figures(percentile([each.pace_ns / 1e3 for each in rounds if each.pace_ns], 50)),
    )


def _rounds(samples: Sequence[Sample]) -> _Rounds:
    launches = range(1, max(sample.launch for sample in samples) + 1)
    ordered = [
        sorted((sample for sample in samples if sample.launch == launch), key=lambda each: each.round)
        for launch in launches
    ]

    def of(number: Callable[[Timeline], float | None]) -> _PerLaunch:
        return tuple(tuple(_figures(number(each.timeline)) for each in launch) for launch in ordered)

    return _Rounds(
        ttft_ms=of(ttft_ms),
        decode_tok_s=of(metrics.decode_tok_s),
        e2e_ms=of(e2e_ms),
        output_tokens=tuple(tuple(each.timeline.output_tokens for each in launch) for launch in ordered),
    )


def _model(row: _Model) -> Model:
    return rebuilt(Model, row, context_tokens=row.context, context_limit_tokens=row.context_limit)


def _samples(row: _Model, plan: _Plan, prompts: Mapping[str, _Prompt]) -> list[Sample]:
    found: list[Sample] = []
    for prompt_id, rounds in row.rounds.items():
        if prompt_id not in prompts:
            raise ValueError(f"the plan has no prompt {prompt_id!r}")
        numbers = (rounds.ttft_ms, rounds.decode_tok_s, rounds.e2e_ms, rounds.output_tokens)
        if len({tuple(map(len, number)) for number in numbers}) > 1:
            raise ValueError(f"the numbers of prompt {prompt_id!r} are not of the same rounds")
        for launch, of_launch in enumerate(zip(*numbers, strict=True), start=1):
            for number, values in enumerate(zip(*of_launch, strict=True), start=1):
                times = _timeline(*values, estimated=TOKENS_ESTIMATED in row.flags)
                found.append(_sample(row, plan, prompts[prompt_id], launch, number, times))
    failed = Sample(
        key=_model(row).key,
        alias=row.alias,
        status=SampleStatus.FAILED,
        error="failed",
        concurrency=min(plan.method.concurrency),
    )
    return found + [failed] * row.failures


def _sample(row: _Model, plan: _Plan, prompt: _Prompt, launch: int, number: int, times: Timeline) -> Sample:
    return rebuilt(
        Sample,
        row,
        key=_model(row).key,
        context_tokens=row.context,
        mode=plan.method.mode,
        order=plan.method.order,
        launch=launch,
        prompt_id=prompt.id,
        prompt=prompt.text,
        round=number,
        concurrency=min(plan.method.concurrency),
        timeline=times,
        pace_ns=None if row.pace_us is None else round(row.pace_us * 1e3),
    )


def _timeline(
    ttft: float | None, rate: float | None, e2e: float | None, tokens: float | None, *, estimated: bool
) -> Timeline:
    """A request with these numbers: its end is where the rate says that it was."""
    arrivals = tuple(round(value * 1e6) for value in (ttft, e2e) if value is not None)
    end = None
    if rate and arrivals and tokens is not None:
        end = arrivals[0] + round((tokens - 1) * metrics.NS_PER_S / rate)
    return Timeline(
        arrivals_ns=arrivals,
        end_ns=end,
        output_tokens=None if tokens is None else round(tokens),
        tokens_source=TokensSource.ESTIMATED if estimated else TokensSource.RUNTIME,
    )


def _figures(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def _whole(value: int | None) -> int | None:
    return None if value is None else round(float(f"{value:.5g}"))
