"""The composition root: puts together what runs models, limits their memory, lists them and keeps runs.

The workbench, the commands and the self-test all open their parts through this module.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui import paths
from tui.bench import runner
from tui.bench.events import Event
from tui.bench.memory.guard import Guard
from tui.bench.model_pool import ModelPool
from tui.config import Config, ConfiguredModel, ConsentRequest
from tui.config.fleet.machine import make_identity
from tui.engines import registry
from tui.engines.contract import Engine
from tui.engines.process.scratch import sweep_scratch
from tui.lazy import lazy_module
from tui.library.foundry_library import FoundryLibrary
from tui.library.inventory import places_for
from tui.library.model_names import AwaitedModels, ModelMissing, UnknownModel, default_models, not_ready, resolve
from tui.library.protocol import Library
from tui.probes import own
from tui.probes.sampler import Sampler
from tui.records import Endpoint, Model, ModelState, ObservedMemory, Plan, Power, Preset, Prompt, PromptPack, RunRecord
from tui.records.measurement_settings import DEFAULT_METHOD, Method
from tui.store.history import History, latest_models, observed_loads
from tui.workspace.configuration import read_configuration

if TYPE_CHECKING:
    from tui.config.packs import pack_file
else:
    # The first frame needs no pack.
    pack_file = lazy_module("tui.config.packs.pack_file")


class RunFunction(Protocol):
    """The function that does a run and yields its events: ``bench.runner.run``, or a script of events in its place."""

    def __call__(
        self,
        plan: Plan,
        *,
        pool: ModelPool,
        history: History | None,
        stop: asyncio.Event,
        alternatives: Sequence[Model],
        resuming: RunRecord | None = None,
        without_disturbed: bool = False,
    ) -> AsyncGenerator[Event, None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The parts that a session works with, opened once.

    The first five are enough to run a plan; the others serve the workbench, and have defaults for the commands.
    """

    models: tuple[Model, ...]
    run: RunFunction
    model_pool: ModelPool
    sampler: Sampler
    history_file: Path | None
    """The session opens it in the thread that writes to it; with ``None`` no run is kept."""
    chosen: tuple[str, ...] = ()
    """Keys of the models that are selected at the start."""
    awaited: AwaitedModels | None = None
    """The models to select once a server lists them."""
    prompt_sets: Mapping[str, tuple[Prompt, ...]] = field(default_factory=dict[str, tuple[Prompt, ...]])
    packs: Callable[[], tuple[PromptPack, ...]] = tuple
    """Reads the packs of graded tasks; it reads files, so it is called in a thread."""
    prompt_set: str = ""
    prompt: str = ""
    """The text of the prompt line at the start."""
    method: Method = DEFAULT_METHOD
    """The settings that a benchmark begins with; the environment may have set some of them."""
    presets: Mapping[str, Preset] = field(default_factory=dict[str, Preset])
    power: Power = field(default_factory=Power)
    keep_warm_s: Mapping[str, float] = field(default_factory=dict[str, float])
    """By model key: the seconds between two light requests that keep a resting model warm."""
    observed: tuple[ObservedMemory, ...] = ()
    """The memory that earlier loads took; forecasts rest on it."""
    notices: tuple[str, ...] = ()
    """Sentences to show at the start."""
    library: Library | None = None
    """The catalogue, the caches and the downloads; ``None`` if there is no catalogue."""
    consent_request: ConsentRequest | None = None
    """What ``./config`` asks for, if the user has neither agreed to it nor refused it."""
    named_endpoints: tuple[Endpoint, ...] = ()
    """The servers that are used once the user agrees."""
    configured: Mapping[str, ConfiguredModel] = field(default_factory=dict[str, ConfiguredModel])
    """The entries of models.json, by their alias."""

    def play(
        self,
        plan: Plan,
        *,
        history: History | None,
        stop: asyncio.Event,
        resuming: RunRecord | None = None,
        without_disturbed: bool = False,
    ) -> AsyncGenerator[Event, None]:
        """Do a run with the models, the pool and the run function of this workspace; see ``bench.runner.run``."""
        pool, models = self.model_pool, self.models
        return self.run(
            plan,
            pool=pool,
            history=history,
            stop=stop,
            alternatives=models,
            resuming=resuming,
            without_disturbed=without_disturbed,
        )


def workspace_for(
    models: Sequence[Model],
    history_file: Path | None,
    guard: Guard | None = None,
    start: Callable[[Model], Engine] = registry.start,
) -> Workspace:
    """Open what runs these models, and begin to follow memory.

    ``guard`` limits the memory of models; without one the usual floor holds. ``start`` makes the engine of a model.
    This process becomes the last that the kernel ends for want of memory, and temporary folders that killed children
    have left behind are cleared. Whoever opens a workspace closes its model pool and its sampler.
    """
    sweep_scratch()
    if history_file is not None:
        make_identity()
    own.shield_from_oom()
    sampler = Sampler()
    sampler.start()
    return Workspace(
        models=tuple(models),
        run=runner.run,
        model_pool=ModelPool(start, sampler=sampler, guard=guard),
        sampler=sampler,
        history_file=history_file,
    )


def open_workspace(
    config_folder: Path | None = None,
    cache_folder: Path | None = None,
    floor_bytes: int | None = None,
    ceiling_bytes: int | None = None,
    history_file: Path | None = None,
) -> Workspace:
    """Open the workspace of the workbench: read the configuration, find the models and begin to follow memory.

    ``None`` stands for the default of each parameter; the bytes are the limits of the guard. The function reads disks
    and takes its time, so it is called in a thread.

    Raises:
        ConfigError: the configuration or the environment cannot be used; the message is one sentence for the user.
    """
    configuration = read_configuration(config_folder)
    config, environment = configuration.config, configuration.environment
    history_file = history_file or paths.history_file()
    workspace = workspace_for((), history_file, Guard(floor_bytes, ceiling_bytes))
    places = places_for(config, cache_folder, tuple(filter(None, [environment.endpoint])))
    library = FoundryLibrary(places, loaded=lambda: workspace.model_pool.loaded)
    models = library.listing().models
    servers = tuple(endpoint.name for endpoint in (*config.named_endpoints, *places.endpoints))
    chosen, awaited, notices = _choose(
        models, config.default_models, environment.models, latest_models(history_file), servers
    )
    return replace(
        workspace,
        models=models,
        chosen=chosen,
        awaited=awaited,
        prompt_sets=config.prompt_sets,
        packs=_read_packs,
        prompt_set=config.default_prompt_set,
        prompt=environment.prompt or config.default_prompts[0].text,
        method=replace(DEFAULT_METHOD, **environment.settings),
        presets=config.presets,
        power=config.power,
        keep_warm_s=_keep_warm_s(config, models),
        observed=observed_loads(history_file),
        notices=notices,
        library=library,
        consent_request=config.consent_request if config.consented is None else None,
        named_endpoints=config.named_endpoints,
        configured=config.models,
    )


def _read_packs() -> tuple[PromptPack, ...]:
    return pack_file.readable_packs()


def _keep_warm_s(config: Config, models: Sequence[Model]) -> dict[str, float]:
    """The seconds between two light requests, by the key of each model that the configuration keeps warm."""
    entries = ((model, config.models.get(model.alias)) for model in models)
    return {model.key: entry.keep_warm_s for model, entry in entries if entry and entry.keep_warm_s is not None}


def _choose(
    models: Sequence[Model],
    defaults: Sequence[str],
    requested: Sequence[str] | None,
    latest: Sequence[str],
    servers: Sequence[str],
) -> tuple[tuple[str, ...], AwaitedModels | None, tuple[str, ...]]:
    """Give the keys of the models to select at the start, the models to wait for, and what to tell of that.

    Without any that are requested these are the models of the latest run, as far as they can still be run. Models of
    ``servers`` are listed only after the start, so what is missing of the names is awaited.
    """

    def of_server(name: str) -> bool:
        return any(name.startswith(f"{server}/") for server in servers)

    if requested:
        missing = not_ready(requested, models) if servers else ()
        present = [name for name in requested if not of_server(name) or name not in missing]
        notices = tuple(
            f"BENCH_MODELS: {name} is selected as soon as its server lists it." for name in missing if of_server(name)
        )
        try:
            chosen = _keys(resolve(present, models))
        except (UnknownModel, ModelMissing) as error:
            chosen, notices = (), (f"BENCH_MODELS: {error}", *notices)
    else:
        ready = {model.key for model in models if model.state is ModelState.READY}
        chosen, notices = tuple(model.key for model in models if model.key in ready.intersection(latest)), ()
        missing = tuple(key for key in latest if of_server(key) and key not in ready)
        if not chosen and not missing:
            missing = not_ready(defaults, models) if servers else ()
            chosen = _keys(default_models(defaults, models)) if len(missing) < len(defaults) else ()
    first = chosen or _keys(default_models(defaults, models))
    return first, AwaitedModels(missing, first, stand_ins=not chosen) if missing else None, notices


def _keys(models: Sequence[Model]) -> tuple[str, ...]:
    return tuple(model.key for model in models)
