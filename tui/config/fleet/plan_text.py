"""Write a plan as JSON. Its id is the beginning of the hash of its content: the same id means the same plan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tui import __version__
from tui.config.fleet.expect_text import expect_members
from tui.records import Endpoint, Prompt
from tui.records.fleet.plan import FleetPlan, PlannedModel
from tui.text import escape

SCHEMA: Final = 1
MARK: Final = "plan"
"""The key that holds the schema, and that no other file of ours has."""
NOT_HASHED: Final = ("id", "benchtop")
"""The members that are no part of what is measured."""
LIMIT_KEYS: Final = ("memory_floor_bytes", "memory_limit_bytes", "load_timeout_s", "silence_timeout_s", "force")

_ID_DIGITS: Final = 16


def plan_text(plan: FleetPlan) -> str:
    """Write the plan with its id."""
    members = plan_members(plan)
    text = json.dumps({MARK: SCHEMA, "id": id_of(members), **members}, indent=2, ensure_ascii=False)
    return escape.json_document(text) + "\n"


def plan_members(plan: FleetPlan) -> dict[str, Any]:
    """Return the members of the file in their order, except schema and id."""
    return {
        "benchtop": __version__,
        "models": [_model(model) for model in plan.models],
        "servers": {server.name: _server(server) for server in plan.servers},
        "prompts": [_prompt(prompt) for prompt in plan.prompts],
        "method": msgspec.to_builtins(plan.method),
        "limits": {key: getattr(plan, key) for key in LIMIT_KEYS},
        **({"pack": msgspec.to_builtins(plan.pack)} if plan.pack is not None else {}),
    }


def id_of(members: Mapping[str, object]) -> str:
    """Return the id of a plan from the members of its file.

    It is the beginning of the SHA-256 of the members as JSON with sorted keys and without spaces, in ASCII.
    """
    hashed = {MARK: SCHEMA} | {key: value for key, value in members.items() if key not in NOT_HASHED}
    canonical = json.dumps(hashed, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:_ID_DIGITS]


def _model(model: PlannedModel) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.to_builtins(model)
    return {name: value for name, value in members.items() if value not in (None, "")}


def _server(server: Endpoint) -> dict[str, str]:
    return {"url": server.url} | ({"api_key_env": server.api_key_env} if server.api_key_env else {})


def _prompt(prompt: Prompt) -> dict[str, Any]:
    """Write a prompt as prompts.json has it."""
    members: dict[str, Any] = {"id": prompt.id, "text": prompt.text}
    if prompt.system is not None:
        members["system"] = prompt.system
    if prompt.max_tokens is not None:
        members["max_tokens"] = prompt.max_tokens
    if expected := expect_members(prompt):
        members["expect"] = expected
    if prompt.rubric:
        members["rubric"] = {str(score): text for score, text in enumerate(prompt.rubric, start=1)}
    return members
