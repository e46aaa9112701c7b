"""Read a plan that anybody may have written: every mistake in it becomes one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Final, cast

from tui import json_file
from tui.config.consent import ConsentRequest
from tui.config.endpoints import read_endpoints
from tui.config.fleet.plan_text import LIMIT_KEYS, MARK, SCHEMA, id_of
from tui.config.fleet.settings import read_method
from tui.config.models_file import is_name
from tui.config.prompts_file import read_prompt_list
from tui.json_file import ConfigError, Value
from tui.records import Pack, Prompt, SweepOf
from tui.records.engine_traits import ADAPTER, ENDPOINT, ENGINE_TRAITS
from tui.records.fleet.plan import FleetPlan, PlannedModel

_KEYS: Final = (MARK, "id", "benchtop", "models", "servers", "prompts", "method", "limits", "pack")
_MODEL_KEYS: Final = tuple(field.name for field in fields(PlannedModel))
_MOST_MODELS, _MOST_PROMPTS = 1000, 100_000
_MOST_NAME_CHARACTERS: Final = 300
_MOST_VERSION_CHARACTERS: Final = 40
_MOST_SECONDS, _MOST_BYTES = 10**6, 2**60
_DEVICES: Final = ("cpu", "gpu", "npu")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_CODE: Final = re.compile(r"[\w.-]+(?::[\w.]+)?")
_STEP: Final = re.compile(r".*-[1-9]\d{0,6}", re.DOTALL)


def read_plan(path: Path) -> FleetPlan:
    """Read the plan in a file, and check that its content is that of its id.

    Raises:
        ConfigError: the file cannot be read, is no plan, or was changed; the message is one sentence.
    """
    top = json_file.read(path)
    members = top.members() if top.is_object() else {}
    if MARK not in members:
        raise ConfigError(f"{path} is no plan; name a file that benchtop plan has written.")
    if members[MARK].data != SCHEMA:
        raise ConfigError(f"{path} has schema {members[MARK].data!r}, but this Benchtop reads {SCHEMA}; make it anew.")
    top.refuse_unknown(_KEYS)
    for key in ("models", "prompts", "method"):
        if key not in members:
            raise ConfigError(f'{path} has no "{key}"; make the plan anew with benchtop plan.')
    plan = _plan(members, id_of(cast("Mapping[str, object]", top.data)))
    if "id" in members and members["id"].data != plan.id:
        raise ConfigError(
            f'{path} was changed since it was made, so its id is wrong; make it anew, or remove the "id" to use it.'
        )
    return plan


def consent_request(plan: FleetPlan) -> ConsentRequest | None:
    """Collect what a plan asks for that the machine's owner has to agree to; ``None`` if there is nothing."""
    servers = [
        f"the server {server.name} at {server.url}"
        + (f", with the key in {server.api_key_env}" if server.api_key_env else "")
        for server in plan.servers
    ]
    code = [f"the code {model.code} for the model {model.alias}" for model in plan.models if model.code]
    tests = [f"the tests in Python of the prompt {prompt.id}" for prompt in plan.prompts if prompt.has_code_tests]
    requests = (*servers, *dict.fromkeys(code), *tests)
    # The decision is stored by the id of the plan, which is no folder of this machine.
    return ConsentRequest(Path("plan", plan.id), requests) if requests else None


def _plan(members: Mapping[str, Value], plan_id: str) -> FleetPlan:
    models = _models(members["models"])
    servers = read_endpoints(members["servers"]) if "servers" in members else ()
    names = {server.name for server in servers}
    for model, item in zip(models, members["models"].items(), strict=True):
        if model.engine == ENDPOINT and model.alias.partition("/")[0] not in names:
            raise ConfigError(f'{item.where} is a model of a server that "servers" lacks; add it there.')
    method = read_method(members["method"])
    prompts = _prompts(members["prompts"])
    if method.sweep and (method.sweep not in (SweepOf.PROMPT, SweepOf.OUTPUT) or not _are_steps(prompts)):
        raise ConfigError(f"{members['method'].where} is of a sweep, but the prompts are no steps of one; correct it.")
    limits = members["limits"].members() if "limits" in members else {}
    if "limits" in members:
        members["limits"].refuse_unknown(LIMIT_KEYS)
    return FleetPlan(
        models=models,
        servers=servers,
        prompts=prompts,
        method=method,
        memory_floor_bytes=_bytes(limits.get("memory_floor_bytes")),
        memory_limit_bytes=_bytes(limits.get("memory_limit_bytes")),
        load_timeout_s=_seconds(limits.get("load_timeout_s")),
        silence_timeout_s=_seconds(limits.get("silence_timeout_s")),
        force=limits["force"].truth() if "force" in limits else False,
        pack=_pack(members["pack"]) if "pack" in members else None,
        benchtop=members["benchtop"].text()[:_MOST_VERSION_CHARACTERS] if "benchtop" in members else "",
        id=plan_id,
    )


def _pack(value: Value) -> Pack:
    """Read where the prompts come from; none of it is used but to tell it."""
    names = tuple(field.name for field in fields(Pack))
    value.refuse_unknown(names)
    members = value.members()
    if "name" not in members:
        raise ConfigError(f'{value.where} has no "name"; make the plan anew with benchtop plan.')
    texts = {name: member.text() for name, member in members.items() if name != "tasks" and member.data != ""}
    return Pack(tasks=members["tasks"].whole(0, "tasks") if "tasks" in members else 0, **texts)


def _prompts(value: Value) -> tuple[Prompt, ...]:
    if len(value.items()) > _MOST_PROMPTS:
        raise ConfigError(f"{value.where} has more than {_MOST_PROMPTS:,} prompts; use fewer.")
    return read_prompt_list(value)


def _are_steps(prompts: tuple[Prompt, ...]) -> bool:
    return all(_STEP.fullmatch(prompt.id) for prompt in prompts)


def _models(value: Value) -> tuple[PlannedModel, ...]:
    items = value.items()
    if not items or len(items) > _MOST_MODELS:
        raise ConfigError(f"{value.where} has {len(items):,} models; a plan has 1 to {_MOST_MODELS:,}.")
    models = tuple(_model(item) for item in items)
    keys = [model.key for model in models]
    twice = next((item for item, key in zip(items, keys, strict=True) if keys.count(key) > 1), None)
    if twice is not None:
        raise ConfigError(f"{twice.where} stands twice in the plan; remove one of them.")
    return models


def _model(value: Value) -> PlannedModel:
    value.refuse_unknown(_MODEL_KEYS)
    members = value.members()
    for key in ("alias", "engine"):
        if key not in members:
            raise ConfigError(f'{value.where} has no "{key}"; make the plan anew with benchtop plan.')
    engine = members["engine"]
    if engine.text() not in ENGINE_TRAITS:
        raise engine.error(f"one of {', '.join(ENGINE_TRAITS)}", "correct it")
    model = PlannedModel(
        alias=_name(members["alias"]) or "",
        engine=engine.text(),
        variant=_name(members.get("variant")),
        model_id=_short_text(members.get("model_id")),
        run_on=_device(members.get("run_on")),
        context_limit_tokens=_count(members.get("context_limit_tokens"), "tokens"),
        chunk_tokens=_count(members.get("chunk_tokens"), "tokens"),
        size_bytes=_bytes(members.get("size_bytes")),
        content=_matching(members.get("content"), _HASH, "a SHA-256 of 64 digits"),
        code=_matching(members.get("code"), _CODE, "a class, as module:Class") or "",
    )
    if (model.engine == ADAPTER) is not bool(model.code):
        raise ConfigError(f'{value.where}: "code" belongs to the engine {ADAPTER} and to no other; correct it.')
    return model


def _name(value: Value | None) -> str | None:
    if value is None:
        return None
    if not is_name(value.text()) or len(value.text()) > _MOST_NAME_CHARACTERS:
        raise value.error("a name without spaces, commas and @", "correct it")
    return value.text()


def _short_text(value: Value | None) -> str | None:
    if value is None:
        return None
    if len(value.text()) > _MOST_NAME_CHARACTERS:
        raise value.error("a short name", "correct it")
    return value.text()


def _device(value: Value | None) -> str | None:
    if value is None:
        return None
    if value.text() not in _DEVICES:
        raise value.error(f"one of {', '.join(_DEVICES)}", "correct it")
    return value.text()


def _count(value: Value | None, unit: str) -> int | None:
    return None if value is None else value.whole(1, unit)


def _matching(value: Value | None, pattern: re.Pattern[str], expected: str) -> str | None:
    if value is None:
        return None
    if len(value.text()) > _MOST_NAME_CHARACTERS or not pattern.fullmatch(value.text()):
        raise value.error(expected, "correct it")
    return value.text()


def _bytes(value: Value | None) -> int | None:
    if value is None or value.data is None:
        return None
    number = value.data
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MOST_BYTES:
        raise value.error("a whole number of bytes", "correct or remove it")
    return number


def _seconds(value: Value | None) -> float:
    if value is None:
        return 300.0
    if value.positive("seconds") > _MOST_SECONDS:
        raise value.error("at most a million seconds", "correct it")
    return value.positive("seconds")
