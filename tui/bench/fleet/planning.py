"""From a benchmark to a plan for any machine, and from such a plan to the benchmark of this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tui import paths
from tui.bench.memory.fit import with_chunk, with_context_limit
from tui.library.fleet.arriving import arrived_folder
from tui.library.fleet.content import content_hash
from tui.library.protocol import LibraryError
from tui.library.runtime.execution_providers import on_device
from tui.records import Endpoint, Model, ModelState, Plan
from tui.records.fleet.plan import FleetPlan, ModelContent, PlannedModel


def portable_plan(
    plan: Plan,
    memory_floor_bytes: int | None = None,
    memory_limit_bytes: int | None = None,
    notify: Callable[[str], None] = lambda _: None,
) -> FleetPlan:
    """Make the plan of a benchmark one that any machine can run; the folder of every model is read for its hash.

    ``notify`` is called with what is being done.
    """
    servers: dict[str, Endpoint] = {}
    for model in plan.models:
        if model.endpoint is not None:
            servers[model.endpoint.name] = model.endpoint
    return FleetPlan(
        models=tuple(_planned(model, notify) for model in plan.models),
        prompts=plan.prompts,
        method=plan.method,
        servers=tuple(servers.values()),
        memory_floor_bytes=memory_floor_bytes,
        memory_limit_bytes=memory_limit_bytes,
        load_timeout_s=plan.load_timeout_s,
        silence_timeout_s=plan.silence_timeout_s,
        force=plan.force,
        pack=plan.pack,
    )


def local_plan(plan: FleetPlan, models: Sequence[Model], notify: Callable[[str], None] = lambda _: None) -> Plan:
    """Make the benchmark of this machine, which has these models, from a plan.

    A model that is not here, or cannot be run, stays in the benchmark with the reason, and fails in it. One whose bytes
    are not those of the plan is measured, and the difference is part of the result (``Plan.contents``).
    """
    servers = {server.name: server for server in plan.servers}
    here = [_here(planned, servers, models, notify) for planned in plan.models]
    return Plan(
        models=tuple(model for model, _ in here),
        prompts=plan.prompts,
        method=plan.method,
        force=plan.force,
        load_timeout_s=plan.load_timeout_s,
        silence_timeout_s=plan.silence_timeout_s,
        pack=plan.pack,
        plan_id=plan.id,
        contents=tuple(content for _, content in here),
    )


def _planned(model: Model, notify: Callable[[str], None]) -> PlannedModel:
    return PlannedModel(
        alias=model.alias,
        engine=model.engine,
        variant=model.variant,
        model_id=model.model_id,
        run_on=model.run_on,
        context_limit_tokens=model.context_limit_tokens,
        chunk_tokens=model.chunk_tokens,
        size_bytes=model.size_bytes,
        content=_content(model, notify),
        code="" if model.adapter is None else model.adapter.target,
    )


def _here(
    planned: PlannedModel,
    servers: Mapping[str, Endpoint],
    models: Sequence[Model],
    notify: Callable[[str], None],
) -> tuple[Model, ModelContent]:
    """Find a planned model among those of this machine; the first has the key of the plan, the second its bytes."""
    found = find(planned, models)
    content = ModelContent(key=planned.key, planned=planned.content)
    if found is None:
        return _absent(planned, "it is not on this machine", content)
    if problem := _problem(planned, servers, found):
        return _absent(planned, problem, content)
    model = replace(found, alias=planned.alias, variant=planned.variant)
    if planned.run_on is not None:
        try:
            model = replace(on_device(model, planned.run_on), run_on=planned.run_on)
        except LibraryError as error:
            return _absent(planned, str(error).rstrip("."), content)
    if planned.chunk_tokens is not None:
        model = with_chunk(model, planned.chunk_tokens)
    if planned.context_limit_tokens is not None:
        # A model of a shorter context here is told by its key, which would otherwise not be that of the plan.
        limited = with_context_limit(model, planned.context_limit_tokens)
        model = replace(limited, context_limit_tokens=planned.context_limit_tokens)
    return model, replace(content, here=_content(model, notify))


def find(planned: PlannedModel, models: Sequence[Model]) -> Model | None:
    """Find the build that was brought here for its bytes, else by its name, else by the name of the runtime."""
    if planned.content is not None and paths.is_folder(brought := arrived_folder(planned.content)):
        same = (
            model for model in models if model.folder is not None and paths.real(model.folder) == paths.real(brought)
        )
        if (model := next(same, None)) is not None:
            return model
    whole = planned.model.as_it_is.key
    by_key = next((model for model in models if model.as_it_is.key == whole), None)
    if by_key is not None or planned.model_id is None:
        return by_key
    return next((model for model in models if model.model_id == planned.model_id), None)


def _problem(planned: PlannedModel, servers: Mapping[str, Endpoint], model: Model) -> str:
    """Say why a model of this machine cannot take the part of the planned one; empty if it can."""
    if model.engine != planned.engine:
        return f"the engine {model.engine} runs it here, and the plan means {planned.engine}"
    code = "" if model.adapter is None else model.adapter.target
    if code != planned.code:
        return f"here {code} runs it, and the plan means {planned.code}"
    meant = servers.get(planned.alias.partition("/")[0])
    if model.endpoint is not None and meant is not None and model.endpoint.url != meant.url:
        return f"the server {meant.name} is at {model.endpoint.url} here, and the plan means {meant.url}"
    ready_elsewhere = model.state is ModelState.NO_PROVIDER and planned.run_on is not None
    if model.state is ModelState.READY or ready_elsewhere:
        return ""
    return model.note or f"its state here is: {model.state.value}"


def _absent(planned: PlannedModel, why: str, content: ModelContent) -> tuple[Model, ModelContent]:
    return replace(planned.model, note=why), replace(content, missing=why)


def _content(model: Model, notify: Callable[[str], None]) -> str | None:
    if model.folder is None:
        return None
    notify(f"reading the files of {model.key}")
    return content_hash(model.folder)
