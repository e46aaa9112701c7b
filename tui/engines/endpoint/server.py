"""Asks a server for its models and for what it has loaded, and has it load and unload models.

Every server has ``/v1/models``; everything else uses routes of the kinds of servers that are known here, and stays
unknown with any other. Only the endpoint's child imports it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote, urlsplit

import httpx2

from tui.engines.endpoint.behaviour.served_build import clean, served_build, software
from tui.engines.endpoint.behaviour.server_names import possible_aliases
from tui.engines.endpoint.errors import UnusableServer, problem_of, status_words
from tui.engines.endpoint.http_client import check_key, direct_transport, unusable_variable
from tui.engines.endpoint.request_clock import bound_body
from tui.engines.foundry.catalogue_file import read_entries
from tui.engines.process import wire
from tui.probes import host
from tui.records.models import is_this_machine

REPLY_S: Final = 3.0
"""How long a server may take to answer on a route of its own."""
UNLOAD_S: Final = 5.0
"""How long a server may take to unload a model."""
LISTING_S: Final = 5.0
"""How long a server may take to list its models."""

NO_ROUTE: Final = (404, 405)
"""What a server answers at an address where it has nothing."""
_VERSION: Final = re.compile(r"/v\d+\w*(?:/openai)?$")
_LISTS: Final = ("data", "models", "result", "results", "items")
"""Where a list of models may stand in an answer."""
_NAMES: Final = ("id", "model", "name", "model_name", "model_id", "key", "slug")
"""Where the name of a model may stand in an entry of such a list."""
_FOUNDRY: Final = "Foundry Local"
_OF_FOUNDRY: Final = ("modelCachePath", "modelDirPath", "pipeName")
"""The status of Foundry Local has one of these members; other servers have a status as well."""


@dataclass(frozen=True, slots=True)
class ServerClient:
    """One server, with what is known of it."""

    http: httpx2.AsyncClient
    root: str
    """Its address without ``/v1``."""
    kind: str = ""
    """The kind of server, such as ``ollama``; empty if it is none of those that are known here."""
    version: str | None = None
    cache: str | None = None
    """The folder in which it keeps its models, by its own account."""

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        return is_this_machine(urlsplit(self.root).hostname or "")

    @property
    def pid(self) -> int | None:
        """Its process, if that runs on this machine and may be looked at."""
        parts = urlsplit(self.root)
        if not self.is_here:
            return None
        return host.listener_pid(parts.port or (443 if parts.scheme == "https" else 80))

    async def loaded(self) -> tuple[str, ...] | None:
        """The names of the models in its memory; ``None`` if it does not report them."""
        match self.kind:
            case "foundry":
                return _texts(await self._get("/models/loaded"))
            case "foundry-0":
                return _texts(await self._get("/openai/loadedmodels"))
            case "ollama":
                models = _list(await self._get("/api/ps"), "models")
                return None if models is None else tuple(str(_member(model, "name")) for model in models)
            case "lm-studio":
                models = _list(await self._get("/api/v0/models"), "data")
                loaded = (model for model in models or () if _member(model, "state") == "loaded")
                return None if models is None else tuple(str(_member(model, "id")) for model in loaded)
            case _:
                return None

    async def further_entries(self, names: Sequence[str]) -> Mapping[str, list[object]]:
        """What the server reports of each of these models on routes of its kind, besides its list of models."""
        match self.kind:
            case "ollama":
                # The second list, of loaded models, gives as size the memory that a model takes; the first one counts.
                lists = [_list(await self._get("/api/tags"), "models"), _list(await self._get("/api/ps"), "models")]
            case "lm-studio":
                lists = [_list(await self._get("/api/v0/models"), "data")]
            case "llama.cpp" | "tgi" if len(names) == 1:
                return {names[0]: [await self._get("/props" if self.kind == "llama.cpp" else "/info")]}
            case _:
                lists = []
        entries = [entry for some in lists for entry in some or ()]
        return {name: [entry for entry in entries if _name_in(entry) == name] for name in names}

    async def load(self, model_id: str) -> bool:
        """Have the server load a model; false if it has no route for that, or has the model loaded already.

        Raises:
            UnusableServer: the server refuses.
            httpx2.HTTPError: the connection broke.
        """
        loads: dict[str, Callable[[], Awaitable[None]]] = {
            "foundry": lambda: self._by_alias("load", model_id),
            "foundry-0": lambda: self._call(f"/openai/load/{quote(model_id, safe='')}"),
            "ollama": lambda: self._keep_alive(model_id, None),
        }
        if self.kind not in loads or model_id in (await self.loaded() or ()):
            return False
        await loads[self.kind]()
        return True

    async def unload(self, model_id: str) -> None:
        """Have the server unload a model. Raises as ``load`` does."""
        match self.kind:
            case "foundry":
                await self._by_alias("unload", model_id)
            case "foundry-0":
                await self._call(f"/openai/unload/{quote(model_id, safe='')}")
            case "ollama":
                await self._keep_alive(model_id, 0)
            case _:
                pass

    async def _by_alias(self, action: str, model_id: str) -> None:
        """Have Foundry Local load or unload a model by its alias.

        It does not report the alias, which is looked up in the snapshot of its catalogue or concluded from the name.
        """
        entries = read_entries(Path(self.cache)) if self.cache and self.is_here else ()
        aliases = [entry.alias for entry in entries if entry.alias and entry.id == model_id]
        tries = dict.fromkeys([*aliases, *possible_aliases(model_id)])
        for number, alias in enumerate(tries, start=1):
            response = await self.http.get(f"{self.root}/models/{action}/{quote(alias, safe='')}")
            if response.status_code != 404 or number == len(tries):
                _check(response)
                return

    async def _keep_alive(self, model_id: str, seconds: int | None) -> None:
        body: dict[str, object] = {"model": model_id} if seconds is None else {"model": model_id, "keep_alive": seconds}
        _check(await self.http.post(f"{self.root}/api/generate", json={**body, "stream": False}))

    async def _call(self, path: str) -> None:
        _check(await self.http.get(self.root + path))

    async def _get(self, path: str) -> object:
        """The JSON at a route; ``None`` if there is no such route or no JSON."""
        try:
            async with asyncio.timeout(REPLY_S):
                response = await self.http.get(self.root + path)
            return cast("object", response.json()) if response.is_success else None
        except (httpx2.HTTPError, TimeoutError, ValueError, RecursionError):
            return None

    async def identified(self) -> ServerClient:
        """The same server with its kind: a route of each kind is tried in turn, over the one connection."""
        status = await self._get("/status")
        if _list(status, "endpoints") is not None and any(_text(status, name) for name in _OF_FOUNDRY):
            return ServerClient(self.http, self.root, "foundry", _FOUNDRY, cache=_text(status, "modelCachePath"))
        version = _text(await self._get("/api/version"), "version")
        # Others have that route too, but not the list of what is in memory.
        if version is not None and _list(await self._get("/api/ps"), "models") is not None:
            return ServerClient(self.http, self.root, "ollama", f"Ollama {version}")
        if _list(await self._get("/api/v0/models"), "data") is not None:
            return ServerClient(self.http, self.root, "lm-studio", "LM Studio")
        if _member(await self._get("/openai/status"), "modelDirPath") is not None:
            return ServerClient(self.http, self.root, "foundry-0", _FOUNDRY)
        if (build := _text(await self._get("/props"), "build_info")) is not None:
            return ServerClient(self.http, self.root, "llama.cpp", f"llama.cpp {build}")
        info = await self._get("/info")
        if (version := _text(info, "version")) is not None and _text(info, "model_id") is not None:
            return ServerClient(self.http, self.root, "tgi", f"TGI {version}")
        return ServerClient(self.http, self.root, version=_text(await self._get("/version"), "version"))


async def list_servers(command: wire.ListServerModels, key_of: Callable[[str | None], str]) -> wire.ServersListed:
    """Ask all these servers for their models at once; one that does not answer is listed with the problem."""

    async def one(address: wire.ServerAddress) -> wire.ServerListing:
        key = key_of(address.api_key_env)
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
        try:
            check_key(key, address.api_key_env)
            async with asyncio.timeout(LISTING_S), _listing_client(address.url, headers) as http:
                return await list_models(ServerClient(http, server_root(address.url)), address)
        except (httpx2.HTTPError, httpx2.InvalidURL, UnusableServer) as error:
            return wire.ServerListing(address.name, problem=problem_of(error, address.url).words)
        except TimeoutError:
            return wire.ServerListing(address.name, problem="it does not answer in time")

    return wire.ServersListed(tuple(await asyncio.gather(*map(one, command.servers))))


def _listing_client(url: str, headers: Mapping[str, str]) -> httpx2.AsyncClient:
    """A client for short answers. Raises UnusableServer if a variable of the environment is wrong."""
    try:
        return httpx2.AsyncClient(
            timeout=LISTING_S,
            headers=headers,
            transport=direct_transport(url, httpx2.Limits()),
            event_hooks={"response": [bound_body]},
        )
    except (OSError, ImportError, ValueError) as error:
        raise unusable_variable(error) from error


async def list_models(server: ServerClient, address: wire.ServerAddress) -> wire.ServerListing:
    """The models of a server, each with whether it is loaded.

    Raises:
        UnusableServer: the server does not list its models.
        httpx2.HTTPError: the connection broke.
    """
    response = await server.http.get(f"{address.url}/models")
    other_url = other_address(address.url, response)
    if not ids_in(response) and other_url != address.url:
        further = await server.http.get(f"{other_url}/models")
        response = further if ids_in(further) else response
    if not response.is_success:
        beside = f" nor at {other_url}/models" if other_url != address.url else ""
        where = f"; no list of models is at {address.url}/models{beside}" if response.status_code in NO_ROUTE else ""
        raise UnusableServer(status_words(response) + where)
    entries = entries_in(response)
    if entries is None:
        raise UnusableServer("it does not list its models")
    server = await server.identified()
    loaded = await server.loaded()
    named = {name: entry for entry in entries if (name := _name_in(entry))}
    further = await server.further_entries(tuple(named))
    models = tuple(served_build(name, loaded, [entry, *further.get(name, ())]) for name, entry in named.items())
    told = clean(server.version) if server.kind else software(server.version, response.headers, entries)
    return wire.ServerListing(address.name, models, version=told)


def entries_in(response: httpx2.Response) -> list[object] | None:
    """The entries of a list of models, which some servers send without anything around it; ``None`` if it is none."""
    try:
        data = cast("object", response.json())
    except (ValueError, RecursionError):
        return None
    if isinstance(data, list):
        return cast("list[object]", data)
    lists = [entries for name in _LISTS if (entries := _entries(_member(data, name))) is not None]
    return next((entries for entries in lists if entries), lists[0] if lists else None)


def _entries(value: object) -> list[object] | None:
    """The entries in a list, or in an object that has each under its name."""
    if isinstance(value, dict):
        named = cast("dict[str, object]", value)
        inner = next((named[name] for name in _LISTS if isinstance(named.get(name), list)), None)
        if inner is not None:
            return cast("list[object]", inner)
        return list(named) if all(isinstance(entry, dict) for entry in named.values()) else None
    return cast("list[object]", value) if isinstance(value, list) else None


def _name_in(entry: object) -> str | None:
    """The name of a model in an entry of a list, which may be the name alone, or an object within the entry."""
    name = next((name for key in _NAMES if (name := _text({key: entry}, key) or _text(entry, key))), None)
    return name or _text(_member(entry, "model"), "id")


def ids_in(response: httpx2.Response) -> tuple[str, ...]:
    """The ids in a list of models; empty if it is none."""
    entries = (entries_in(response) or ()) if response.is_success else ()
    return tuple(dict.fromkeys(name for entry in entries if (name := _name_in(entry))))


def versioned_url(url: str) -> str:
    """An address with ``/v1`` behind it, if it was written with another path; a version in it is enough."""
    bare = url.rstrip("/")
    return bare if _VERSION.search(bare) else f"{bare}/v1"


def other_address(url: str, response: httpx2.Response) -> str:
    """Where a server may have its list that has answered this at an address: with ``/v1``, or without it at its root.

    An address without any path is written with ``/v1`` for the user, though some servers have no version in theirs.
    """
    versioned, root = versioned_url(url), server_root(url)
    if versioned != url.rstrip("/"):
        return versioned
    return root if response.status_code in NO_ROUTE and not urlsplit(root).path else url


def server_root(url: str) -> str:
    """The address of a server without its ``/v1``."""
    return url.rstrip("/").removesuffix("/v1")


def _check(response: httpx2.Response) -> None:
    if not response.is_success:
        raise UnusableServer(f"the model is not loaded: {status_words(response)}")


def _member(data: object, key: str) -> object:
    """The member with this name, also if it begins with a capital letter, as Foundry Local writes ``ModelDirPath``."""
    if not isinstance(data, dict):
        return None
    members = cast("dict[str, object]", data)
    return members.get(key, members.get(f"{key[:1].upper()}{key[1:]}"))


def _list(data: object, key: str) -> list[object] | None:
    value = _member(data, key)
    return cast("list[object]", value) if isinstance(value, list) else None


def _text(data: object, key: str) -> str | None:
    value = _member(data, key)
    # Half a surrogate pair, which JSON can write but no frame can carry, becomes a question mark.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and value else None


def _texts(data: object) -> tuple[str, ...] | None:
    return tuple(str(item) for item in cast("list[object]", data)) if isinstance(data, list) else None
