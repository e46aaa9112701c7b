"""Read the results of machines from files that anybody may have written, as far as a merge needs them."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from tui import json_file
from tui.config.fleet.machine import MACHINE_ID, clean_name
from tui.conversion import convert
from tui.records import Environment
from tui.records.comparison import Quantity
from tui.records.fleet.plan import ModelContent
from tui.records.fleet.results import FleetModel, FleetNumber, FleetQuantity, FleetRun
from tui.reports.json import rows
from tui.reports.json.reading import NotARun

FLEET_SCHEMA: Final = 1
FLEET_MARK: Final = "fleet"
"""The key of the schema of merged results, which no other file of ours has."""
_DOCUMENT_KEYS: Final = {"schema", "run", "environment", "models"}
_MOST_BYTES: Final = 512 * 1024**2
"""A run of a hundred thousand requests has less."""
_MOST_REASON: Final = 400
_MOST_KEY: Final = 400
_MOST_FLAGS: Final = 40
_RUN_ID: Final = re.compile(r"[\w.-]{1,80}")
_NOT_ASKED: Final = frozenset(
    {
        *("run_id", "started_at", "finished_at", "status", "price_per_kwh", "currency", "name", "tags"),
        *("without_disturbed", "plan_id", "contents", "prompts", "models"),
    }
)
"""The members of a run that are not what was asked, or that are asked for in a form of their own."""
_DOUBTED: Final = {
    Quantity.TTFT.value: FleetQuantity.TTFT.value,
    Quantity.DECODE.value: FleetQuantity.DECODE.value,
    Quantity.E2E.value: FleetQuantity.E2E.value,
    Quantity.MEMORY.value: FleetQuantity.MEMORY.value,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spread:
    n: int
    launches: int
    headline: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spreads:
    ttft_ms: _Spread | None
    e2e_ms: _Spread | None
    decode_tok_s: _Spread | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    quantity: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    key: str
    status: str
    rounds: int
    distributions: _Spreads
    error: str | None = None
    model_id: str | None = None
    execution_provider: str | None = None
    practice: bool = False
    load_s: float | None = None
    peak_rss_bytes: int | None = None
    peak_vram_bytes: int | None = None
    doubts: tuple[_Doubt, ...] = ()
    flags: tuple[str, ...] = ()
    disturbed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    run_id: str
    started_at: str
    finished_at: str | None
    status: str
    prompts: tuple[dict[str, Any], ...]
    models: tuple[str, ...]
    plan_id: str = ""
    contents: tuple[ModelContent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    run: _Run
    environment: Environment
    models: tuple[_Model, ...]


def read_results(path: Path) -> tuple[FleetRun, ...]:
    """Read the results in the JSON of a run, or in one that a merge has written. Samples are left alone.

    Raises:
        NotARun: the file cannot be read, is not JSON, or is neither; the message is one sentence.
    """
    try:
        data = json_file.load(path, _MOST_BYTES)
    except OSError as error:
        raise NotARun(f"{path}: it cannot be read ({error.strerror}); name a file of --json.") from error
    except ValueError as error:
        raise NotARun(f"{path} is not JSON that can be used ({error}); name a file of --json.") from error
    return results_in(data, str(path))


def results_in(data: object, name: str) -> tuple[FleetRun, ...]:
    """Read the results in the content of such a file; ``name`` stands for it in messages.

    Raises:
        NotARun: it is neither a run nor merged results, or is damaged.
    """
    members = cast("dict[str, object]", data) if isinstance(data, dict) else {}
    merged = FLEET_MARK in members
    if not merged and not members.keys() >= _DOCUMENT_KEYS:
        raise NotARun(f"{name} has no results; name a file that --json has written, of benchtop bench or merge.")
    schema, readable = (members[FLEET_MARK], FLEET_SCHEMA) if merged else (members["schema"], rows.SCHEMA)
    if schema != readable:
        raise NotARun(f"{name} has schema {schema!r}, but this Benchtop reads {readable}; use the one that wrote it.")
    try:
        if merged:
            runs = convert(members.get("runs"), tuple[FleetRun, ...])
        else:
            runs = (_run_of(convert(data, _Document), cast("dict[str, Any]", members["run"])),)
        return tuple(_checked(run) for run in runs)
    except (msgspec.ValidationError, ValueError, OverflowError, RecursionError) as error:
        reason = str(error)
        raise NotARun(f"{name} is damaged ({reason[:1].lower()}{reason[1:]}); write it again.") from error


def _run_of(document: _Document, asked: Mapping[str, Any]) -> FleetRun:
    run, environment = document.run, document.environment
    contents = {content.key: content for content in run.contents}
    prompts = max(1, len(run.prompts))
    return FleetRun(
        run_id=run.run_id,
        machine=environment.machine or _mark_of(environment),
        label=environment.machine_name,
        started_at=run.started_at,
        finished_at=run.finished_at or "",
        status=run.status,
        plan_id=run.plan_id,
        asked=_asked(asked),
        environment=environment,
        models=tuple(_model_of(model, contents.get(model.key), prompts) for model in document.models),
    )


def _model_of(model: _Model, content: ModelContent | None, prompts: int) -> FleetModel:
    spreads = model.distributions
    doubts = [doubt for doubt in model.doubts if doubt.quantity in _DOUBTED]
    return FleetModel(
        key=model.key,
        status=model.status,
        error=model.error or "",
        model_id=model.model_id or "",
        execution_provider=model.execution_provider or "",
        content="" if content is None else content.here or "",
        planned="" if content is None else content.planned or "",
        practice=model.practice,
        rounds=model.rounds,
        ttft_ms=_number_of(spreads.ttft_ms, prompts),
        decode_tok_s=_number_of(spreads.decode_tok_s, prompts),
        e2e_ms=_number_of(spreads.e2e_ms, prompts),
        load_s=model.load_s,
        peak_rss_bytes=model.peak_rss_bytes,
        peak_vram_bytes=model.peak_vram_bytes,
        doubted=tuple(_DOUBTED[doubt.quantity] for doubt in doubts),
        reasons={_DOUBTED[doubt.quantity]: doubt.reason for doubt in doubts if doubt.reason},
        flags=model.flags,
        disturbed=model.disturbed,
    )


def _number_of(spread: _Spread | None, prompts: int) -> FleetNumber | None:
    if spread is None:
        return None
    units = spread.launches if spread.launches > 1 else round(spread.n / prompts)
    return FleetNumber(
        value=spread.headline, low=spread.low, high=spread.high, units=max(1, units), launches=spread.launches
    )


def _asked(run: Mapping[str, Any]) -> dict[str, str]:
    """Put what was asked into words, by which runs are compared that name no plan."""
    asked = {name: _in_words(value) for name, value in run.items() if name not in _NOT_ASKED}
    prompts: Sequence[Mapping[str, Any]] = run["prompts"]
    asked["prompts"] = ", ".join(str(prompt.get("id")) for prompt in prompts)
    content = json.dumps([{**prompt, "facets": None, "rubric": None} for prompt in prompts], sort_keys=True)
    asked["text of the prompts"] = hashlib.sha256(content.encode()).hexdigest()[:12]
    asked["models"] = ", ".join(str(key) for key in run["models"])
    return {name: value[:_MOST_REASON] for name, value in asked.items()}


def _in_words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _mark_of(environment: Environment) -> str:
    """Make a mark of the parts of a machine whose run has no id; two machines of the same make share it."""
    parts = [environment.cpu, environment.ram_bytes, environment.gpu, environment.os, environment.logical_cores]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _checked(run: FleetRun) -> FleetRun:
    """Refuse what no machine of ours writes, and shorten texts that would leave no room for numbers."""
    if not MACHINE_ID.fullmatch(run.machine):
        raise ValueError("it has no id of a machine that could be one")
    if not _RUN_ID.fullmatch(run.run_id):
        raise ValueError("it has no id of a run that could be one")
    keys = [model.key for model in run.models]
    if len(set(keys)) < len(keys) or any(not key or len(key) > _MOST_KEY for key in keys):
        raise ValueError("a model stands twice in it, or has no name that could be one")
    # Numbers that are none, which JSON of others may hold, would end a report.
    json.dumps(msgspec.to_builtins(run), allow_nan=False)
    models = tuple(_checked_model(model) for model in run.models)
    return replace(run, models=models, label=clean_name(run.label))


def _checked_model(model: FleetModel) -> FleetModel:
    numbers = (model.ttft_ms, model.decode_tok_s, model.e2e_ms)
    values = [value for number in numbers if number for value in (number.value, number.low, number.high)]
    values += [model.load_s, model.peak_rss_bytes, model.peak_vram_bytes]
    if not all(value is None or (math.isfinite(value) and value >= 0) for value in values):
        raise ValueError(f"a number of {model.key[:40]} is none that can be measured")
    reasons = {quantity: reason[:_MOST_REASON] for quantity, reason in model.reasons.items()}
    flags = tuple(flag[:_MOST_REASON] for flag in model.flags[:_MOST_FLAGS])
    return replace(model, error=model.error[:_MOST_REASON], reasons=reasons, flags=flags)
