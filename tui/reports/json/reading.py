"""Reads a run back from a file, as far as a comparison needs it: an exported JSON document, or a baseline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from tui import json_file
from tui.conversion import convert
from tui.measure.timing import metrics
from tui.records import (
    RATE_UNSURE,
    TOKENS_ESTIMATED,
    Environment,
    Method,
    Model,
    Plan,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
    SampleStatus,
    ServedBuild,
    Timeline,
    TokensSource,
)
from tui.records.sample import YARDSTICK
from tui.reports.json import baseline, rows
from tui.reports.json.baseline import Baseline, BaselineModel, BaselinePlan, BaselinePrompt, BaselineRounds
from tui.reports.json.run_row import RunRow
from tui.reports.json.sample_rows import SampleRow

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Record = TypeVar("_Record")

_AFTER_ALIAS: Final = re.compile(r"(?:@(?P<variant>.*?))?(?:\+(?P<limit>\d+))?(?:\+chunk(?P<chunk>\d+))?", re.DOTALL)
_DOCUMENT_SETTINGS: Final = ("prompt_set", "rounds", "warmup", "max_tokens", "temperature", "seed", "mode", "order")
"""The settings that every exported document has had from the beginning."""
_DOCUMENT_KEYS: Final = {"schema", "run", "environment", "models", "samples"}


class NotARun(Exception):
    """The file is no run of ours; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ModelRow:
    """The fields of a model's row that are not computed from its samples."""

    key: str
    alias: str
    model_id: str | None
    engine: str
    practice: bool
    context: int | None = None
    served: ServedBuild | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    run: RunRow
    environment: Environment
    models: tuple[_ModelRow, ...]
    samples: tuple[SampleRow, ...]


def read_run(path: Path) -> RunRecord:
    """Read the run in an exported file, without its loads.

    A baseline tells of a run only its warm rounds, each with the times of its first and its last text.

    Raises:
        NotARun: the file cannot be read, is not JSON, or is not a run that Benchtop exported.
    """
    try:
        value = json_file.read(path)
    except json_file.ConfigError as error:
        raise NotARun(str(error)) from error
    members = value.members() if value.is_object() else {}
    is_baseline = baseline.MARK in members
    if not is_baseline and not members.keys() >= _DOCUMENT_KEYS:
        raise NotARun(
            f"{path} is not a run that Benchtop exported; name a file that --json or --deterministic-json has written."
        )
    schema = members[baseline.MARK if is_baseline else "schema"].data
    readable = baseline.SCHEMA if is_baseline else rows.SCHEMA
    if schema != readable:
        raise NotARun(f"{path} has schema {schema!r}, but this Benchtop reads {readable}; use the one that wrote it.")
    try:
        return _run_of_baseline(value.data, path.name) if is_baseline else _run_of_document(value.data)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        reason = str(error)
        raise NotARun(
            f"{path} is damaged ({reason[:1].lower()}{reason[1:]}); export the run again from its history."
        ) from error


def _rebuilt(kind: type[_Record], row: DataclassInstance, **others: object) -> _Record:
    """Make the record whose fields stand in a row under the same names; ``others`` are the fields that do not."""
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return convert({**values, **others}, kind, from_attributes=True)


def _method(data: object, key: str, required: Iterable[str]) -> Method:
    """Read the method of a run, whose settings stand among the other members of the object under ``key``."""
    members = convert(data, dict[str, object])
    flat = convert(members[key], dict[str, object])
    missing = next((name for name in required if name not in flat), None)
    if missing is not None:
        raise ValueError(f"Object missing required field `{missing}` - at `$.{key}`")
    try:
        return convert(flat, Method)
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace("`$", f"`$.{key}", 1)) from error


def _run_of_document(data: object) -> RunRecord:
    document = convert(data, _Document)
    row = document.run
    providers = {sample.key: sample.execution_provider for sample in document.samples}
    models = tuple(_model_of_document(model, providers.get(model.key)) for model in document.models)
    return RunRecord(
        run_id=row.run_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        status=RunStatus(row.status),
        plan=_rebuilt(Plan, row, models=models, method=_method(data, "run", _DOCUMENT_SETTINGS)),
        environment=document.environment,
        name=row.name,
        tags=row.tags,
        without_disturbed=row.without_disturbed,
        samples=tuple(_sample_of_document(sample) for sample in document.samples),
    )


def _model_of_document(row: _ModelRow, provider: str | None) -> Model:
    """Make the model of a key: its alias, perhaps with a variant, a limit of the context, and pieces of a prompt."""
    parts = _AFTER_ALIAS.fullmatch(row.key.removeprefix(row.alias))
    if parts is None:
        raise ValueError(f"the model {row.key!r} has the alias {row.alias!r}")
    variant, limit, chunk = parts.group("variant", "limit", "chunk")
    return _rebuilt(
        Model,
        row,
        variant=variant or None,
        context_tokens=row.context,
        context_limit_tokens=int(limit) if limit else None,
        chunk_tokens=int(chunk) if chunk else None,
        execution_provider=provider,
    )


def _sample_of_document(row: SampleRow) -> Sample:
    timeline = _rebuilt(
        Timeline,
        row,
        arrivals_ns=tuple(round(arrival_ms * 1e6) for arrival_ms in row.arrivals_ms),
        first_answer_ns=_ns(row.first_answer_ms),
        end_ns=_ns(row.end_ms),
        tokens_source=row.tokens_source or TokensSource.RUNTIME,
        sent_ns=_ns(row.sent_ms),
        waited_ns=_ns(row.waited_ms),
        # Files from before the field existed flag the one case in which it made a difference.
        one_token_first=RATE_UNSURE not in row.flags if row.one_token_first is None else row.one_token_first,
    )
    return _rebuilt(Sample, row, context_tokens=row.context, timeline=timeline, pace_ns=_ns(row.pace_ms))


def _run_of_baseline(data: object, name: str) -> RunRecord:
    """Make the run of a baseline; its id is the name of the file, since the baseline has none."""
    file = convert(data, Baseline)
    plan = replace(file.plan, method=_method(data, "plan", baseline.REQUIRED_SETTINGS))
    prompts = {prompt.id: prompt for prompt in plan.prompts}
    return RunRecord(
        run_id=name,
        started_at="",
        plan=_rebuilt(Plan, plan, models=tuple(_model_of_baseline(row) for row in file.models)),
        environment=file.environment,
        status=file.status,
        samples=tuple(sample for row in file.models for sample in _samples_of_baseline(row, plan, prompts)),
    )


def _model_of_baseline(row: BaselineModel) -> Model:
    return _rebuilt(
        Model, row, context_tokens=row.context, context_limit_tokens=row.context_limit, chunk_tokens=row.chunk
    )


def _samples_of_baseline(
    row: BaselineModel, plan: BaselinePlan, prompts: Mapping[str, BaselinePrompt]
) -> Iterator[Sample]:
    """Make the rounds of a model, then as many failed requests as it had."""
    for prompt_id, rounds in row.rounds.items():
        if prompt_id not in prompts:
            raise ValueError(f"the plan has no prompt {prompt_id!r}")
        for launch, round_number, timeline in _timelines_of_baseline(
            rounds, f"prompt {prompt_id!r}", estimated=TOKENS_ESTIMATED in row.flags
        ):
            yield _sample_of_baseline(row, plan, prompts[prompt_id], launch, round_number, timeline)
    yield from _yardstick_of_baseline(row, plan)
    failed = Sample(
        key=_model_of_baseline(row).key,
        alias=row.alias,
        status=SampleStatus.FAILED,
        error="failed",
        concurrency=min(plan.method.concurrency),
    )
    yield from [failed] * row.failures


def _timelines_of_baseline(rounds: BaselineRounds, of: str, *, estimated: bool) -> Iterator[tuple[int, int, Timeline]]:
    """Make the requests of these rounds, each with the numbers of its launch and round."""
    numbers = (rounds.ttft_ms, rounds.decode_tok_s, rounds.e2e_ms, rounds.output_tokens)
    if len({tuple(map(len, number)) for number in numbers}) > 1:
        raise ValueError(f"the numbers of {of} are not of the same rounds")
    for launch, numbers_of_launch in enumerate(zip(*numbers, strict=True), start=1):
        for round_number, values in enumerate(zip(*numbers_of_launch, strict=True), start=1):
            if all(value is None for value in values):
                continue  # The round failed or was left out.
            yield launch, round_number, _timeline_of_baseline(*values, estimated=estimated)


def _yardstick_of_baseline(row: BaselineModel, plan: BaselinePlan) -> Iterator[Sample]:
    """Make the turns that the yardstick took beside a model."""
    if row.yardstick is None:
        return
    for launch, number, timeline in _timelines_of_baseline(row.yardstick.rounds, "the yardstick", estimated=False):
        yield Sample(
            key=YARDSTICK,
            alias=YARDSTICK,
            mode=plan.method.mode,
            order=plan.method.order,
            launch=launch,
            prompt_id=row.yardstick.id,
            round=number,
            kind=SampleKind.YARDSTICK,
            timeline=timeline,
            beside=_model_of_baseline(row).key,
        )


def _sample_of_baseline(
    row: BaselineModel, plan: BaselinePlan, prompt: BaselinePrompt, launch: int, round_number: int, timeline: Timeline
) -> Sample:
    return _rebuilt(
        Sample,
        row,
        key=_model_of_baseline(row).key,
        context_tokens=row.context,
        mode=plan.method.mode,
        order=plan.method.order,
        launch=launch,
        prompt_id=prompt.id,
        prompt=prompt.text,
        round=round_number,
        concurrency=min(plan.method.concurrency),
        peak_rss_bytes=_launch_peak(row, launch),
        timeline=timeline,
        pace_ns=None if row.pace_us is None else round(row.pace_us * 1e3),
    )


def _launch_peak(row: BaselineModel, launch: int) -> int | None:
    """Return the peak of a launch; files from before it was stored have that of the whole run."""
    peaks = row.launch_peak_rss_bytes
    return peaks[launch - 1] if launch <= len(peaks) else row.peak_rss_bytes


def _timeline_of_baseline(
    ttft_ms: float | None, rate_tok_s: float | None, e2e_ms: float | None, tokens: float | None, *, estimated: bool
) -> Timeline:
    """Make a request with these numbers, whose generation ends when its rate says that it did."""
    arrivals = tuple(round(at_ms * 1e6) for at_ms in (ttft_ms, e2e_ms) if at_ms is not None)
    end_ns = None
    if rate_tok_s and arrivals and tokens is not None:
        end_ns = arrivals[0] + round((tokens - 1) * metrics.NS_PER_S / rate_tok_s)
    return Timeline(
        arrivals_ns=arrivals,
        end_ns=end_ns,
        output_tokens=None if tokens is None else round(tokens),
        tokens_source=TokensSource.ESTIMATED if estimated else TokensSource.RUNTIME,
    )


def _ns(value_ms: float | None) -> int | None:
    return None if value_ms is None else round(value_ms * 1e6)
