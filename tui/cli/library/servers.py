"""The models of servers, for commands: asked once, within a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tui import paths
from tui.config import Config, ConfigError, decide
from tui.console import Console
from tui.library.inventory import ModelPlaces
from tui.library.server_models import EndpointModels
from tui.records import Model


def agree(config: Config, console: Console, *, trust: bool) -> None:
    """Keep that the user agrees to what ./config asks for, or say that it is not done and how to agree.

    Raises:
        ConfigError: it could not be kept.
    """
    wishes = config.wishes
    if wishes is None or config.consented:
        return
    if not trust:
        asked = "; ".join(wishes.wishes)
        console.say(f"{config.models_file} asks for {asked}. None of it is used before you agree, with --trust-config.")
        return
    try:
        decide(wishes, yes=True)
    except OSError as error:
        raise ConfigError(f"that you agree could not be kept ({error}); make room, or use --endpoint.") from error


def ask_servers(places: ModelPlaces, wanted: Sequence[str], console: Console) -> tuple[Model, ...]:
    """The models of these servers, also those that are ``wanted`` by name alone; says who could not be asked."""
    servers = EndpointModels(places.endpoints, paths.endpoints_file())
    if not servers:
        return ()
    console.status("asking the servers for their models")
    asyncio.run(servers.refresh())
    for problem in servers.problems:
        console.say(problem)
    return (*servers.models, *servers.unlisted(wanted))
