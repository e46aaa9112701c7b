"""Reading back a run that was exported as JSON, as far as a comparison needs it. What is not ours is told so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from tui import json_file
from tui.records import (
    RATE_UNSURE,
    Environment,
    Method,
    Model,
    Plan,
    RunRecord,
    RunStatus,
    Sample,
    Timeline,
    TokensSource,
)
from tui.reports.json import baseline
from tui.reports.json.rebuilding import method_in, rebuilt
from tui.reports.json.rows import SCHEMA, RunRow, SampleRow

_AFTER_ALIAS: Final = re.compile(r"(?:@(?P<variant>.*?))?(?:\+(?P<limit>\d+))?", re.DOTALL)
_REQUIRED: Final = ("prompt_set", "rounds", "warmup", "max_tokens", "temperature", "seed", "mode", "order")
"""The settings that every exported run has had from the beginning."""
_MARKS: Final = {"schema", "run", "environment", "models", "samples"}


class NotARun(Exception):
    """The file is no run of ours; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ModelRow:
    """Of a model's row what is not computed from its samples."""

    key: str
    alias: str
    model_id: str | None
    engine: str
    practice: bool
    context: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exported:
    run: RunRow
    environment: Environment
    models: tuple[_ModelRow, ...]
    samples: tuple[SampleRow, ...]


def read_run(path: Path) -> RunRecord:
    """The run in an exported JSON file, without its loads.

    Raises:
        NotARun: it cannot be read, is not JSON, or is not a run that Benchtop exported.
    """
    try:
        found = json_file.read(path)
    except json_file.ConfigError as error:
        raise NotARun(str(error)) from error
    members = found.members() if found.is_object() else {}
    is_baseline = baseline.MARK in members
    if not is_baseline and not members.keys() >= _MARKS:
        raise NotARun(
            f"{path} is not a run that Benchtop exported; name a file that --json or --deterministic-json has written."
        )
    schema, known = (members[baseline.MARK], baseline.SCHEMA) if is_baseline else (members["schema"], SCHEMA)
    if schema.data != known:
        raise NotARun(f"{path} has schema {schema.data!r}, but this Benchtop reads {known}; use the one that wrote it.")
    try:
        return (
            baseline.run_of(found.data, path.name)
            if is_baseline
            else _run(msgspec.convert(found.data, _Exported), method_in(found.data, "run", _REQUIRED))
        )
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        reason = str(error)
        raise NotARun(
            f"{path} is damaged ({reason[:1].lower()}{reason[1:]}); export the run again from its history."
        ) from error


def _run(exported: _Exported, method: Method) -> RunRecord:
    row = exported.run
    providers = {sample.key: sample.execution_provider for sample in exported.samples}
    models = tuple(_model(model, providers.get(model.key)) for model in exported.models)
    return RunRecord(
        run_id=row.run_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        status=RunStatus(row.status),
        plan=rebuilt(Plan, row, models=models, method=method),
        environment=exported.environment,
        name=row.name,
        tags=row.tags,
        without_disturbed=row.without_disturbed,
        samples=tuple(_sample(sample) for sample in exported.samples),
    )


def _model(row: _ModelRow, provider: str | None) -> Model:
    """A key is the alias, perhaps ``@`` and a variant, perhaps ``+`` and a limit of the context."""
    parts = _AFTER_ALIAS.fullmatch(row.key.removeprefix(row.alias))
    if parts is None:
        raise ValueError(f"the model {row.key!r} has the alias {row.alias!r}")
    variant, limit = parts.group("variant", "limit")
    return rebuilt(
        Model,
        row,
        variant=variant or None,
        context_tokens=row.context,
        context_limit_tokens=int(limit) if limit else None,
        execution_provider=provider,
    )


def _sample(row: SampleRow) -> Sample:
    pace_ns = None if row.pace_ms is None else _ns(row.pace_ms)
    return rebuilt(Sample, row, context_tokens=row.context, timeline=_timeline(row), pace_ns=pace_ns)


def _timeline(row: SampleRow) -> Timeline:
    return rebuilt(
        Timeline,
        row,
        arrivals_ns=tuple(_ns(arrival) for arrival in row.arrivals_ms),
        first_answer_ns=None if row.first_answer_ms is None else _ns(row.first_answer_ms),
        end_ns=None if row.end_ms is None else _ns(row.end_ms),
        tokens_source=row.tokens_source or TokensSource.RUNTIME,
        sent_ns=None if row.sent_ms is None else _ns(row.sent_ms),
        # The one case in which it makes a difference is flagged.
        one_token_first=RATE_UNSURE not in row.flags,
    )


def _ns(value_ms: float) -> int:
    return round(value_ms * 1e6)
