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

from tui.conversion import convert
from tui.measure.comparison.yardstick import turns_of
from tui.measure.timing import metrics
from tui.measure.timing.levels import at_lowest_level
from tui.measure.timing.segments import without_superseded
from tui.measure.timing.summary import e2e_ms, mean, percentile, rounds_of, summarize_model, ttft_ms
from tui.records import (
    Environment,
    Method,
    Model,
    Plan,
    Purpose,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
    Timeline,
)
from tui.records.measurement_settings import SETTINGS, flattened
from tui.reports.json.rows import environment_members
from tui.text import escape

SCHEMA: Final = 1
MARK: Final = "baseline"
"""The key that holds the schema, and that no other file of ours has."""
SETTINGS_IN_FILE: Final = ("sweep", *(setting.name for setting in SETTINGS.values() if setting.in_baseline))
"""The settings that a baseline holds."""
REQUIRED_SETTINGS: Final = tuple(name for name in SETTINGS_IN_FILE if name == "sweep" or not SETTINGS[name].added_later)
"""The settings without which a baseline is damaged."""

_VALUE: Final = r"(?:[-+.\deE]+|null)"
_ROUNDS: Final = re.compile(rf"\[\n\s+({_VALUE}(?:,\n\s+{_VALUE})*)\n\s+\]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_Launches = tuple[tuple[float | None, ...], ...]
"""One number of the rounds of each launch, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselinePrompt:
    """A prompt of the plan."""

    id: str
    text: str
    system: str | None
    max_tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselinePlan:
    """What was asked. In the file the settings of the method stand among the other members."""

    purpose: Purpose
    prompts: tuple[BaselinePrompt, ...]
    method: Method = field(default_factory=Method)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRounds:
    """What was measured of one prompt; all numbers are of the same rounds."""

    ttft_ms: _Launches
    decode_tok_s: _Launches
    e2e_ms: _Launches
    output_tokens: _Launches


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineHeadlines:
    """The numbers that a reader of a diff looks for. Whatever reads the file computes them from the rounds again."""

    ttft_ms: float | None
    decode_tok_s: float | None
    e2e_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineYardstick:
    """The yardstick beside a model, in each launch of the model."""

    id: str
    """The id of its request, which is the same in all runs that can be compared by it."""
    rounds: BaselineRounds


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineModel:
    """One model with its rounds by the id of their prompt."""

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
    p50: BaselineHeadlines
    peak_rss_bytes: int | None
    peak_vram_bytes: int | None
    rounds: dict[str, BaselineRounds]
    chunk: int | None = None
    pace_us: float | None = None
    """How long a fixed piece of work took the processor, as the median over the rounds."""
    yardstick: BaselineYardstick | None = None
    launch_peak_rss_bytes: tuple[int | None, ...] = ()
    """The peak of each launch, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The whole file."""

    baseline: int
    status: RunStatus
    plan: BaselinePlan
    environment: Environment
    models: tuple[BaselineModel, ...]


def baseline_text(run: RunRecord) -> str:
    """Write the file: keys are sorted, each value stands on a line, and the rounds of a launch stand on one."""
    models = sorted(run.plan.models, key=lambda model: model.key)
    baseline = Baseline(
        baseline=SCHEMA,
        status=run.status,
        plan=_plan_row(run.plan),
        environment=replace(run.environment, machine="", machine_name=""),
        models=tuple(_model_row(model, run) for model in models),
    )
    members = msgspec.to_builtins(baseline)
    members["plan"] = _plan_members(members["plan"])
    members["environment"] = environment_members(members["environment"])
    for row in members["models"]:
        if row["yardstick"] is None:
            del row["yardstick"]
    indented = json.dumps(escape.json_value(members), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    compact = _ROUNDS.sub(lambda rounds: f"[{' '.join(rounds.group(1).split())}]", indented)
    plain = _SURROGATE.sub(lambda half: f"\\\\u{ord(half.group()):04x}", compact)
    return escape.json_document(plain) + "\n"


def _plan_members(members: Mapping[str, Any]) -> dict[str, Any]:
    settings = members["method"]
    return flattened({**members, "method": {name: settings[name] for name in SETTINGS_IN_FILE}})


def _plan_row(plan: Plan) -> BaselinePlan:
    prompts = tuple(sorted(plan.prompts, key=lambda prompt: prompt.id))
    return convert(replace(plan, prompts=prompts), BaselinePlan, from_attributes=True)


def _model_row(model: Model, run: RunRecord) -> BaselineModel:
    samples = [sample for sample in at_lowest_level(without_superseded(run)).samples if sample.key == model.key]
    summary = summarize_model(model, (), samples, without_disturbed=run.without_disturbed)
    rounds = rounds_of(run, model.key)
    measured = next((sample for sample in samples if sample.model_id), None)
    prompt_ids = sorted({sample.prompt_id for sample in rounds})
    first_rounds = _first_rounds([sample for sample in run.samples if sample.kind is SampleKind.ROUND])
    parts = {
        prompt_id: _rounds([sample for sample in rounds if sample.prompt_id == prompt_id], first_rounds)
        for prompt_id in prompt_ids
    }
    return BaselineModel(
        alias=model.alias,
        variant=model.variant,
        engine=model.engine,
        practice=model.practice,
        model_id=summary.model.model_id,
        execution_provider=summary.model.execution_provider,
        context=measured.context_tokens if measured is not None else model.used_context_tokens,
        context_limit=model.context_limit_tokens,
        chunk=model.chunk_tokens,
        flags=tuple(sorted(summary.flags)),
        failures=summary.failures,
        p50=BaselineHeadlines(
            ttft_ms=_headline([part.ttft_ms for part in parts.values()]),
            decode_tok_s=_headline([part.decode_tok_s for part in parts.values()]),
            e2e_ms=_headline([part.e2e_ms for part in parts.values()]),
        ),
        peak_rss_bytes=_five_digits_of_whole(summary.peak_rss_bytes),
        peak_vram_bytes=_five_digits_of_whole(summary.peak_vram_bytes),
        rounds=parts,
        pace_us=_five_digits(percentile([sample.pace_ns / 1e3 for sample in rounds if sample.pace_ns], 50)),
        yardstick=_yardstick(run, model.key),
        launch_peak_rss_bytes=_launch_peaks(rounds),
    )


def _launch_peaks(rounds: Sequence[Sample]) -> tuple[int | None, ...]:
    peaks = {sample.launch: 0 for sample in rounds}
    for sample in rounds:
        peaks[sample.launch] = max(peaks[sample.launch], sample.peak_rss_bytes or 0)
    if not any(peaks.values()):
        return ()
    return tuple(_five_digits_of_whole(peaks.get(launch) or None) for launch in range(1, max(peaks) + 1))


def _yardstick(run: RunRecord, key: str) -> BaselineYardstick | None:
    turns = turns_of(run, key)
    if not turns:
        return None
    numbered = [replace(sample, round=number) for number, sample in enumerate(turns, start=1)]
    return BaselineYardstick(id=turns[0].prompt_id, rounds=_rounds(numbered, _first_rounds(numbered)))


def _first_rounds(samples: Sequence[Sample]) -> dict[int, int]:
    """Return the number of the first round of each launch, which all models share; rounds count on over launches."""
    first: dict[int, int] = {}
    for sample in samples:
        if sample.round:
            first[sample.launch] = min(first.get(sample.launch, sample.round), sample.round)
    return first


def _rounds(samples: Sequence[Sample], first_rounds: Mapping[int, int]) -> BaselineRounds:
    """Return the numbers of one prompt by launch and round; a round that failed or was left out is ``None``.

    Its place must be kept: a comparison relative to another model holds each round against the same round of that one.
    """
    by_place = {(sample.launch, sample.round): sample.timeline for sample in samples}
    launches = range(1, max(launch for launch, _ in by_place) + 1)
    last = {launch: max((round_ for own, round_ in by_place if own == launch), default=0) for launch in launches}

    def number_of_rounds(number: Callable[[Timeline], float | None]) -> _Launches:
        return tuple(
            tuple(
                None if (timeline := by_place.get((launch, round_))) is None else _five_digits(number(timeline))
                for round_ in range(first_rounds.get(launch, 1), last[launch] + 1)
            )
            for launch in launches
        )

    return BaselineRounds(
        ttft_ms=number_of_rounds(ttft_ms),
        decode_tok_s=number_of_rounds(metrics.decode_tok_s),
        e2e_ms=number_of_rounds(e2e_ms),
        output_tokens=number_of_rounds(lambda timeline: timeline.output_tokens),
    )


def _headline(prompts: Sequence[_Launches]) -> float | None:
    """Return the headline of the rounded numbers of each prompt, so that a file read back gives the same one."""
    medians = [
        median
        for launches in prompts
        if (median := percentile([value for rounds in launches for value in rounds if value is not None], 50))
        is not None
    ]
    return _five_digits(mean(medians))


def _five_digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def _five_digits_of_whole(value: int | None) -> int | None:
    return None if value is None else round(float(f"{value:.5g}"))
