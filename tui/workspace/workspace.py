"""What stands behind the screens: the models, what can run them, and where runs are kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui.bench.events import Event
from tui.records import Endpoint, Model, ObservedMemory, Plan, Prompt, RunRecord
from tui.records.presets import Power, Preset

if TYPE_CHECKING:
    from tui.bench.model_pool import ModelPool
    from tui.config import Config, ConfiguredModel, ConsentRequest
    from tui.library.protocol import Library
    from tui.probes.sampler import Sampler
    from tui.store.history import History


class RunFunction(Protocol):
    """``bench.runner.run``, or a script of events in its place."""

    def __call__(
        self,
        plan: Plan,
        *,
        rack: ModelPool,
        history: History | None,
        stop: asyncio.Event,
        known: Sequence[Model],
        resuming: RunRecord | None = None,
    ) -> AsyncGenerator[Event, None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Everything the workbench calls, opened once."""

    models: tuple[Model, ...]
    chosen: tuple[str, ...]
    """Keys of the models that are chosen at the start."""
    prompt_sets: Mapping[str, tuple[Prompt, ...]]
    prompt_set: str
    prompt: str
    """What the prompt line holds at the start."""
    run: RunFunction
    model_pool: ModelPool
    sampler: Sampler
    history_file: Path | None
    """Opened by the loop that writes to it; ``None`` keeps nothing."""
    rounds: int = 3
    presets: Mapping[str, Preset] = field(default_factory=dict[str, Preset])
    power: Power = field(default_factory=Power)
    keep_warm_s: Mapping[str, float] = field(default_factory=dict[str, float])
    """How often to ask a model something light while it rests, by its key."""
    observed: tuple[ObservedMemory, ...] = ()
    """What earlier loads took, for forecasts."""
    notices: tuple[str, ...] = field(default=())
    library: Library | None = None
    """The catalogue, the caches and the downloads; ``None`` where there is none."""
    consent_request: ConsentRequest | None = None
    """What ``./config`` asks for and nobody has agreed to or refused yet."""
    named_endpoints: tuple[Endpoint, ...] = ()
    """The servers that are used when the user agrees."""
    configured: Mapping[str, ConfiguredModel] = field(default_factory=dict[str, "ConfiguredModel"])
    """What models.json says of models, by their alias."""


def open_workspace(
    folder: Path | None = None,
    cache_folder: Path | None = None,
    floor_bytes: int | None = None,
    ceiling_bytes: int | None = None,
    history_file: Path | None = None,
) -> Workspace:
    """Read the configuration, find the models and start to follow memory. For a thread: it imports and reads disks.

    Models are downloaded to ``cache_folder``; the bytes are the guard's. ``None`` is the default of each.

    Raises:
        ConfigError: with one sentence for the user.
    """
    # Imported here: none of it is needed for the first frame, which should not wait.
    from tui import paths
    from tui.bench.runner import run
    from tui.config import load_config, read_environment
    from tui.engines.foundry.engine import sweep_scratch
    from tui.library.foundry_library import FoundryLibrary
    from tui.library.inventory import places_for
    from tui.probes import own
    from tui.store.history import observed_loads

    sweep_scratch()
    own.shield_from_oom()
    history_file = history_file or paths.history_file()
    config, wishes = load_config(folder), read_environment(os.environ)
    model_pool, sampler = _open_model_pool(floor_bytes, ceiling_bytes)
    places = places_for(config, cache_folder, tuple(filter(None, [wishes.endpoint])))
    library = FoundryLibrary(places, loaded=lambda: model_pool.loaded)
    models = library.listing().models
    chosen, notices = _choose(models, config, wishes.models)
    return Workspace(
        models=models,
        chosen=chosen,
        prompt_sets=config.prompt_sets,
        prompt_set=config.default_prompt_set,
        prompt=wishes.prompt or config.default_prompts[0].text,
        run=run,
        model_pool=model_pool,
        sampler=sampler,
        history_file=history_file,
        rounds=wishes.rounds or 3,
        presets=config.presets,
        power=config.power,
        keep_warm_s=_keep_warm_s(config, models),
        observed=observed_loads(history_file),
        notices=notices,
        library=library,
        consent_request=config.wishes if config.consented is None else None,
        named_endpoints=config.named_endpoints,
        configured=config.models,
    )


def _open_model_pool(floor_bytes: int | None, ceiling_bytes: int | None) -> tuple[ModelPool, Sampler]:
    """Room for models, and who watches over their memory, from now on."""
    from tui.bench.memory.guard import Guard
    from tui.bench.model_pool import ModelPool
    from tui.probes.sampler import Sampler

    sampler = Sampler()
    sampler.start()
    return ModelPool(sampler=sampler, guard=Guard(floor_bytes, ceiling_bytes)), sampler


def _keep_warm_s(config: Config, models: Sequence[Model]) -> dict[str, float]:
    """By the key of each model that is to be kept warm."""
    entries = ((model, config.models.get(model.alias)) for model in models)
    return {model.key: entry.keep_warm_s for model, entry in entries if entry and entry.keep_warm_s is not None}


def _choose(
    models: Sequence[Model], config: Config, wished: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys to choose at the start, and what to say about wishes that cannot be met."""
    from tui.library.model_names import ModelMissing, UnknownModel, default_models, resolve

    if wished:
        try:
            return _keys(resolve(wished, models)), ()
        except (UnknownModel, ModelMissing) as error:
            return _keys(default_models(config.default_models, models)), (f"BENCH_MODELS: {error}",)
    return _keys(default_models(config.default_models, models)), ()


def _keys(models: Sequence[Model]) -> tuple[str, ...]:
    return tuple(model.key for model in models)
