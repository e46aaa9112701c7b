"""The run itself as a row of its JSON: what was asked, and how it was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tui.records import Method, Pack, RunRecord
from tui.records.fleet.plan import ModelContent
from tui.records.grading import Grader
from tui.records.measurement_settings import flattened
from tui.records.quality import Facet


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRow:
    """A prompt of the plan."""

    id: str
    text: str
    system: str | None = None
    max_tokens: int | None = None
    facets: tuple[Facet, ...] = ()
    rubric: tuple[str, ...] = ()
    graders: tuple[Grader, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """The run itself. In JSON the settings of its method stand among the other fields."""

    run_id: str
    started_at: str
    finished_at: str | None
    status: str
    purpose: str
    method: Method = field(default_factory=Method)
    prompts: tuple[PromptRow, ...]
    price_per_kwh: float | None = None
    currency: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    without_disturbed: bool = False
    models: tuple[str, ...]
    plan_id: str = ""
    """The id of the plan file; in JSON this and ``contents`` stand only in a run that was made from one."""
    contents: tuple[ModelContent, ...] = ()
    pack: Pack | None = None
    """The pack of tasks that the prompts come from, with the hash of its content."""


def run_row(run: RunRecord) -> RunRow:
    """Make the row of a run."""
    plan = run.plan
    return RunRow(
        run_id=run.run_id,
        started_at=run.started_at,
        finished_at=run.finished_at,
        status=run.status.value,
        purpose=plan.purpose.value,
        method=plan.method,
        prompts=tuple(
            PromptRow(**{field.name: getattr(prompt, field.name) for field in fields(PromptRow)})
            for prompt in plan.prompts
        ),
        price_per_kwh=plan.price_per_kwh,
        currency=plan.currency,
        name=run.name,
        tags=run.tags,
        without_disturbed=run.without_disturbed,
        models=tuple(model.key for model in plan.models),
        plan_id=plan.plan_id,
        contents=plan.contents,
        pack=plan.pack,
    )


def run_members(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write the settings of a run among its other members, and its prompts next to the name of their set."""
    prompts = row["prompts"]
    members: dict[str, Any] = {}
    for name, value in flattened({name: value for name, value in row.items() if name != "prompts"}).items():
        members[name] = value
        if name == "prompt_set":
            members["prompts"] = prompts
    if not members["plan_id"]:
        del members["plan_id"], members["contents"]
    return members
