"""The models of servers: which servers a command may ask, and their answers within a limited time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui import paths
from tui.config import Config, ConfigError, EnvironmentChoices, decide, endpoint_at
from tui.console import Console
from tui.lazy import lazy_module
from tui.library.inventory import ModelPlaces
from tui.probes.local_servers import local_server_urls
from tui.records import Endpoint, Model

if TYPE_CHECKING:
    from tui.library import server_models
else:
    server_models = lazy_module("tui.library.server_models")


LOCAL: Final = "local"
"""In place of an address: every server that is found on this machine."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """The values of a command's options on servers."""

    urls: tuple[str, ...] = ()
    trust_config: bool = False
    models: tuple[str, ...] | None = None
    """The models that the command is to use; empty for all there are, ``None`` if no option names any."""
    judges: tuple[str, ...] = ()
    """The models that are needed besides them."""
    planned: tuple[Endpoint, ...] = ()
    """The servers of a plan, to which the user has agreed."""

    def endpoints(self, environment: EnvironmentChoices) -> tuple[Endpoint, ...]:
        """List the servers that the environment and the options name."""
        named = [url for url in self.urls if url != LOCAL]
        found = local_server_urls() if LOCAL in self.urls else ()
        return (
            *filter(None, [environment.endpoint]),
            *(endpoint_at(url, "--endpoint") for url in dict.fromkeys((*named, *found))),
            *self.planned,
        )

    def model_names(self, config: Config, environment: EnvironmentChoices) -> tuple[str, ...]:
        """List the names of the models that are to be used; the list is empty if all are."""
        models = environment.models or config.default_models if self.models is None else self.models
        return (*models, *self.judges) if models else models

    def are_needed(self, model_names: Sequence[str]) -> bool:
        """Tell whether a server has to be asked: the name of a server's model begins with the name of the server."""
        return not model_names or bool(self.urls) or any("/" in name for name in model_names)


def ranked_servers(
    urls: tuple[str, ...], models: tuple[str, ...] | None = None, *, trust: bool = False
) -> ServerOptions | None:
    """The options of a command that ranks measured models, whose servers are asked only where one is named."""
    return ServerOptions(urls, trust, models or ()) if urls or trust else None


def settle_consent(config: Config, console: Console, *, trust: bool) -> None:
    """Store that the user agrees to what ./config asks for or, without ``trust``, tell how to agree.

    Raises:
        ConfigError: the agreement could not be stored.
    """
    request = config.consent_request
    if request is None or config.consented:
        return
    if not trust:
        listed = "; ".join(request.requests)
        console.say(
            f"{config.models_file} asks for {listed}. None of it is used before you agree, with --trust-config."
        )
        return
    try:
        decide(request, yes=True)
    except OSError as error:
        raise ConfigError(f"that you agree could not be kept ({error}); make room, or use --endpoint.") from error


def ask_servers(places: ModelPlaces, model_names: Sequence[str], console: Console) -> tuple[Model, ...]:
    """Ask the servers for their models, and tell which of them did not answer.

    A model of ``model_names`` that its server does not list is added: some servers run models that they do not list.
    """
    servers = server_models.EndpointModels(places.endpoints, paths.endpoints_file())
    if not servers:
        return ()
    console.status("asking the servers for their models")
    asyncio.run(servers.refresh())
    for problem in servers.problems:
        console.say(problem)
    return (*servers.models, *servers.unlisted(model_names))


def no_server_of(names: Sequence[str], endpoints: Sequence[Endpoint], models: Sequence[Model]) -> str:
    """Say in a sentence why a name that begins with a server means no model; empty if servers are not the reason."""
    listing_servers = {model.alias.partition("/")[0] for model in models if "/" in model.alias}
    for name in names:
        server, slash, _ = name.partition("/")
        if not slash or server in listing_servers:
            continue
        if server in {endpoint.name for endpoint in endpoints}:
            return f"{name} cannot be used: the server {server} did not answer; start it, or correct its address."
        if ":" in server or "." in server:
            return (
                f"{name} cannot be used: no server is named {server}; add --endpoint http://{server}, or set "
                "FOUNDRY_LOCAL_ENDPOINT."
            )
    return ""
