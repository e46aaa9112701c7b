"""What several commands share: kinds of values, and the way from options to models and prompts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from tui.bench.memory.fit import with_context_limit
from tui.cli.shared.values import GUARD_OPTIONS, whole_from
from tui.config import (
    Config,
    ConfigError,
    EnvironmentChoices,
    choose_prompts,
    endpoint_at,
    load_config,
    read_environment,
)
from tui.console import Console, ExitCode
from tui.json_file import is_whole
from tui.library.inventory import ModelPlaces, list_models, places_for
from tui.library.model_names import ModelMissing, UnknownModel, default_models, resolve
from tui.library.protocol import LibraryError
from tui.records import Endpoint, Model, Prompt


class Refused(click.ClickException):
    """What was asked cannot be done as it stands; the message is the sentence the user gets."""

    exit_code = ExitCode.USAGE


_MEMORY_OPTIONS = (
    click.option("--context", metavar="N", type=whole_from(1), help="Load with at most this context, in tokens."),
    *GUARD_OPTIONS,
    click.option("--force", is_flag=True, help="Load a model also when it is not expected to fit."),
)


def memory_options(command: Callable[..., int]) -> Callable[..., int]:
    """The options that limit what a model may take; every command that loads models has them."""
    for option in reversed(_MEMORY_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Setup:
    """What the files, the environment and the disk offer to a command."""

    config: Config
    environment: EnvironmentChoices
    models: tuple[Model, ...]
    places: ModelPlaces


@dataclass(frozen=True, slots=True)
class Servers:
    """What the options of a command say about servers."""

    urls: tuple[str, ...] = ()
    trust_config: bool = False
    wanted: tuple[str, ...] | None = None
    """The models that the command was asked for; empty for all there are, ``None`` where it was not told."""
    judge: str | None = None
    """A model that is asked for besides them."""

    def endpoints(self, environment: EnvironmentChoices) -> tuple[Endpoint, ...]:
        """The servers that options and environment name."""
        return (*filter(None, [environment.endpoint]), *(endpoint_at(url, "--endpoint") for url in self.urls))

    def names(self, config: Config, environment: EnvironmentChoices) -> tuple[str, ...]:
        """The models that are asked for by name; none where all are."""
        wanted = environment.models or config.default_models if self.wanted is None else self.wanted
        return (*wanted, self.judge) if self.judge is not None and wanted else wanted

    def needed(self, names: Sequence[str]) -> bool:
        """Whether any may be meant: the name of a server's model begins with the server's."""
        return not names or bool(self.urls) or any("/" in name for name in names)


def agreed(question: str, doing: str, console: Console) -> bool:
    """Ask at the terminal before ``doing`` what cannot be undone; only a yes is one."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise Refused(f"{doing} asks first, but there is no terminal; add --yes.")
    console.aside(f"{question} [y/N] ")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


@contextmanager
def refusals(origin: str = "") -> Generator[None, None, None]:
    """Turn what is wrong with the user's input into the sentence of the command; ``origin`` says where it stands."""
    try:
        yield
    except (ConfigError, LibraryError, ModelMissing, UnknownModel) as error:
        raise Refused(f"{origin}{error}") from error


def set_up(
    ctx: click.Context,
    config_folder: Path | None,
    console: Console,
    cache_folder: Path | None = None,
    servers: Servers | None = None,
) -> Setup:
    """Read configuration and environment, and look for models; the command's ``--config`` beats the group's.

    Servers are asked for theirs by the commands that have ``servers``.
    """
    with refusals():
        config = load_config(config_folder or ctx.obj)
        environment = read_environment(os.environ)
        if environment.streaming_off:
            console.say("BENCH_STREAM asks for no streaming; it is always on here, or no first token could be timed.")
        if servers is not None and config.wishes is not None:
            from tui.cli.library.servers import agree

            agree(config, console, trust=servers.trust_config)
        wanted = servers.names(config, environment) if servers is not None else ()
        if servers is None or not servers.needed(wanted):
            places = places_for(config, cache_folder)
            return Setup(config, environment, list_models(places).models, places)
        # Imported here: most have no servers, and wait for none of this.
        from tui.cli.library.servers import ask_servers

        places = places_for(config, cache_folder, servers.endpoints(environment))
        models = (*list_models(places).models, *ask_servers(places, wanted, console))
        return Setup(config, environment, models, places)


def choose_models(
    setup: Setup, asked: Sequence[str] | None, console: Console, context_tokens: int | None = None
) -> tuple[Model, ...]:
    """The models asked for by a flag, else by BENCH_MODELS, else the default ones that are here.

    With ``context_tokens`` they are to be loaded with at most this context.
    """
    chosen = _choose_models(setup, asked, console)
    return chosen if context_tokens is None else tuple(with_context_limit(model, context_tokens) for model in chosen)


def _choose_models(setup: Setup, asked: Sequence[str] | None, console: Console) -> tuple[Model, ...]:
    origin = "" if asked else "BENCH_MODELS: "
    asked = asked or setup.environment.models
    if asked is None:
        return _default_models(setup, console)
    with refusals(origin):
        models = resolve(asked, setup.models, console.say)
    once = {model.key: model for model in models}
    if len(once) < len(models):
        console.say("A model that is named twice is run once.")
    return tuple(once.values())


def one_model(setup: Setup, name: str, console: Console) -> Model:
    """The model of this name."""
    with refusals():
        return resolve([name], setup.models, console.say)[0]


def one_prompt(text: str) -> tuple[Prompt, ...]:
    """A prompt from the command line or the environment."""
    if not text.strip():
        raise Refused("the prompt is empty; write what the models are to be asked.")
    if not is_whole(text):
        raise Refused("the prompt is not UTF-8 text, or holds a null character; save or type it as UTF-8.")
    return (Prompt(id="prompt", text=text),)


def prompts_of(setup: Setup, name: str) -> tuple[Prompt, ...]:
    """The prompts of a set or a file."""
    with refusals():
        return choose_prompts(setup.config, name)


def _default_models(setup: Setup, console: Console) -> tuple[Model, ...]:
    default = setup.config.default_models
    chosen = default_models(default, setup.models)
    if not chosen:
        raise Refused('there is no model that can be run on this machine; "benchtop models" says what is missing.')
    here = {name for model in chosen for name in (model.key, model.alias, model.model_id)}
    absent = [name for name in default if name not in here]
    if absent:
        console.say(f"Not on this machine: {', '.join(absent)}. Running {', '.join(model.key for model in chosen)}.")
    return chosen
