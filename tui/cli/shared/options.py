"""Options that commands on models share, and the way from them to the models and prompts that they mean.

It is apart from ``values``, because the list of commands should import neither records nor configuration.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click

from tui.bench.memory.fit import with_chunk, with_context_limit
from tui.cli.shared.servers import ServerOptions, ask_servers, no_server_of, settle_consent
from tui.cli.shared.values import GUARD_OPTIONS, whole_from
from tui.config import ConfigError, choose_prompts
from tui.console import Console, ExitCode
from tui.json_file import is_valid_text
from tui.library.inventory import ModelPlaces, list_models, places_for
from tui.library.model_names import ModelMissing, UnknownModel, default_models, resolve
from tui.library.protocol import LibraryError
from tui.library.runtime.execution_providers import on_device
from tui.records import Model, ModelState, Prompt
from tui.system.terminals import is_terminal
from tui.text.tables import listed
from tui.workspace.configuration import Configuration, read_configuration


class Refused(click.ClickException):
    """A command cannot be done as it was given; the message is the sentence that the user gets."""

    exit_code = ExitCode.USAGE


_DEVICES: Final = ("cpu", "gpu", "npu")


def devices(value: str | None) -> tuple[str, ...]:
    """Convert a list of devices with commas."""
    chosen = tuple(dict.fromkeys(word.strip().lower() for word in (value or "").split(",") if word.strip()))
    unknown = [device for device in chosen if device not in _DEVICES]
    if unknown:
        raise click.BadParameter(f'"{unknown[0]}" is no device; there are {", ".join(_DEVICES)}')
    return chosen


_MEMORY_OPTIONS = (
    click.option(
        "--device",
        metavar="cpu|gpu|npu,...",
        type=devices,
        help="Run the same build on this device, or on each of several in one run.",
    ),
    click.option("--context", metavar="N", type=whole_from(1), help="Load with at most this context, in tokens."),
    click.option(
        "--chunk", metavar="N", type=whole_from(1), help="Read prompts in pieces of so many tokens: less memory."
    ),
    *GUARD_OPTIONS,
    click.option("--force", is_flag=True, help="Load a model also when it is not expected to fit."),
)


def memory_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that limit how much memory a model may take."""
    for option in reversed(_MEMORY_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Setup(Configuration):
    """The configuration of the user, and the models that a command can choose from."""

    models: tuple[Model, ...]
    places: ModelPlaces


def agreed(question: str, doing: str, console: Console) -> bool:
    """Ask at the terminal before ``doing`` something that cannot be undone; only a yes counts as agreement."""
    if not is_terminal(sys.stdin):
        raise Refused(f"{doing} asks first, but there is no terminal; add --yes.")
    console.ask(f"{question} [y/N] ")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


@contextmanager
def refusals(origin: str = "") -> Generator[None, None, None]:
    """Turn errors in the user's input into the sentence of the command, after ``origin``, which names the input."""
    try:
        yield
    except (ConfigError, LibraryError, ModelMissing, UnknownModel) as error:
        raise Refused(f"{origin}{error}") from error


def set_up(
    ctx: click.Context,
    config_folder: Path | None,
    console: Console,
    cache_folder: Path | None = None,
    server_options: ServerOptions | None = None,
) -> Setup:
    """Read the configuration and look for models; the ``--config`` of the command takes precedence over the group's.

    Only commands with ``server_options`` ask servers for their models.
    """
    with refusals():
        configuration = read_configuration(config_folder or ctx.obj)
        config, environment = configuration.config, configuration.environment
        if environment.streaming_off:
            console.warn("BENCH_STREAM asks for no streaming; it is always on here, or no first token could be timed.")
        if server_options is not None:
            settle_consent(config, console, trust=server_options.trust_config)
        model_names = server_options.model_names(config, environment) if server_options is not None else ()
        if server_options is None or not server_options.are_needed(model_names):
            places = places_for(config, cache_folder)
            return Setup(config, environment, list_models(places).models, places)
        places = places_for(config, cache_folder, server_options.endpoints(environment))
        models = (*list_models(places).models, *ask_servers(places, model_names, console))
        return Setup(config, environment, models, places)


def choose_models(
    setup: Setup,
    names: Sequence[str] | None,
    console: Console,
    context_tokens: int | None = None,
    chunk_tokens: int | None = None,
    on_devices: Sequence[str] | None = None,
) -> tuple[Model, ...]:
    """Choose the models that an option names, else those of BENCH_MODELS, else the default ones that are here.

    ``context_tokens`` is the longest context that they are loaded with, and ``chunk_tokens`` the pieces in which they
    read a prompt. With ``on_devices`` each stands once for each device that it is run on.
    """
    if on_devices:
        models = _choose_on_devices(setup, names, console, on_devices)
    else:
        models = _choose_models(setup, names, console)
    if chunk_tokens is not None:
        models = tuple(with_chunk(model, chunk_tokens) for model in models)
    return models if context_tokens is None else tuple(with_context_limit(model, context_tokens) for model in models)


def _choose_on_devices(
    setup: Setup, names: Sequence[str] | None, console: Console, on_devices: Sequence[str]
) -> tuple[Model, ...]:
    # A build whose own provider is missing may run on another device.
    runnable = (
        replace(model, state=ModelState.READY) if model.state is ModelState.NO_PROVIDER else model
        for model in setup.models
    )
    chosen = _choose_models(replace(setup, models=tuple(runnable)), names, console)
    with refusals():
        return tuple(on_device(model, device) for model in chosen for device in on_devices)


def _choose_models(setup: Setup, names: Sequence[str] | None, console: Console) -> tuple[Model, ...]:
    origin = "" if names else "BENCH_MODELS: "
    names = names or setup.environment.models
    if names is None:
        return _default_models(setup, console)
    with refusals(origin):
        try:
            models = resolve(names, setup.models, console.say)
        except UnknownModel as error:
            if reason := no_server_of(names, setup.places.endpoints, setup.models):
                raise Refused(f"{origin}{reason}") from error
            raise
    by_key = {model.key: model for model in models}
    if len(by_key) < len(models):
        console.say("A model that is named twice is run once.")
    return tuple(by_key.values())


def _refuse_silent_servers(setup: Setup) -> None:
    """Refuse to use other models in place of those of a server that an option of this command names."""
    lasting = (*setup.config.endpoints, setup.environment.endpoint)
    named = [endpoint.name for endpoint in setup.places.endpoints if endpoint not in lasting]
    usable = [model.alias for model in setup.models if model.state is ModelState.READY]
    silent = [name for name in named if not any(alias.startswith(f"{name}/") for alias in usable)]
    if silent and len(silent) == len(named):
        raise Refused(
            f"there is no model of {listed(silent)} to use; see to the server, or name other models with --models."
        )


def one_model(setup: Setup, name: str, console: Console) -> Model:
    """Find the model of this name, or refuse the command."""
    with refusals():
        return resolve([name], setup.models, console.say)[0]


def one_prompt(text: str) -> tuple[Prompt, ...]:
    """Make the prompt of a text from the command line or the environment."""
    if not text.strip():
        raise Refused("the prompt is empty; write what the models are to be asked.")
    if not is_valid_text(text):
        raise Refused("the prompt is not UTF-8 text, or holds a null character; save or type it as UTF-8.")
    return (Prompt(id="prompt", text=text),)


def prompts_of(setup: Setup, name: str) -> tuple[Prompt, ...]:
    """Read the prompts of a set or a file, or refuse the command."""
    with refusals():
        return choose_prompts(setup.config, name)


def _default_models(setup: Setup, console: Console) -> tuple[Model, ...]:
    default_names = setup.config.default_models
    _refuse_silent_servers(setup)
    models = default_models(default_names, setup.models)
    if not models:
        raise Refused('there is no model that can be run on this machine; "benchtop models" says what is missing.')
    here = {name for model in models for name in (model.key, model.alias, model.model_id)}
    absent = [name for name in default_names if name not in here]
    notes = {model.alias: model.note for model in setup.models if model.folder and model.note}
    reasons = [f"{name} cannot be run: {notes[name].removeprefix('refused: ')}." for name in absent if name in notes]
    if missing := [name for name in absent if name not in notes]:
        reasons.append(f"Not on this machine: {', '.join(missing)}.")
    if reasons:
        console.warn(f"{' '.join(reasons)} Running {', '.join(model.key for model in models)}.")
    return models
