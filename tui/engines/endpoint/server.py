"""What a server tells of itself besides its answers: its models, what is loaded, how to load. For the child alone.

Every server has ``/v1/models``; the rest is asked on the routes of those that are known, and where none of them answers
it stays unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote, urlsplit

import httpx2

from tui.engines.endpoint.errors import UnusableServer, count_in, problem_of, status_words, without
from tui.engines.foundry.catalogue_file import read_entries
from tui.engines.model_ids import parse_model_id
from tui.engines.process import wire
from tui.probes import host
from tui.records.models import is_this_machine

TELLS_S: Final = 3.0
"""How long a server may take to tell something that is good to know."""
UNLOAD_S: Final = 5.0
SURVEY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class ServerClient:
    """One server, as far as it has told."""

    http: httpx2.AsyncClient
    root: str
    """Its address without ``/v1``."""
    kind: str = ""
    """Which of the known ones it is; empty for any other."""
    version: str | None = None
    cache: str | None = None
    """Where it keeps its models, by its own word."""

    @property
    def pid(self) -> int | None:
        """Its process, where that runs on this machine and may be looked at."""
        parts = urlsplit(self.root)
        if not is_this_machine(parts.hostname or ""):
            return None
        return host.listener_pid(parts.port or (443 if parts.scheme == "https" else 80))

    async def loaded(self) -> tuple[str, ...] | None:
        """The models in its memory by their names; ``None`` where it does not tell."""
        match self.kind:
            case "foundry":
                return _texts(await self._get("/models/loaded"))
            case "foundry-0":
                return _texts(await self._get("/openai/loadedmodels"))
            case "ollama":
                told = _list(await self._get("/api/ps"), "models")
                return None if told is None else tuple(str(_member(each, "name")) for each in told)
            case "lm-studio":
                told = _list(await self._get("/api/v0/models"), "data")
                held = (each for each in told or () if _member(each, "state") == "loaded")
                return None if told is None else tuple(str(_member(each, "id")) for each in held)
            case _:
                return None

    async def load(self, model_id: str) -> bool:
        """Have the model loaded where there is a route for that; false where there is none, or it is loaded already.

        Raises:
            UnusableServer: the server refuses.
            httpx2.HTTPError: the connection broke.
        """
        loads: dict[str, Callable[[], Awaitable[None]]] = {
            "foundry": lambda: self._by_alias("load", model_id),
            "foundry-0": lambda: self._must(f"/openai/load/{quote(model_id, safe='')}"),
            "ollama": lambda: self._keep_alive(model_id, None),
        }
        if self.kind not in loads or model_id in (await self.loaded() or ()):
            return False
        await loads[self.kind]()
        return True

    async def unload(self, model_id: str) -> None:
        """Have it unloaded again. Raises as ``load`` does."""
        match self.kind:
            case "foundry":
                await self._by_alias("unload", model_id)
            case "foundry-0":
                await self._must(f"/openai/unload/{quote(model_id, safe='')}")
            case "ollama":
                await self._keep_alive(model_id, 0)
            case _:
                pass

    async def _by_alias(self, what: str, model_id: str) -> None:
        """Foundry Local loads by the alias, which it does not tell: it stands in its own catalogue, or in the name."""
        is_here = is_this_machine(urlsplit(self.root).hostname or "")
        entries = read_entries(Path(self.cache)) if self.cache and is_here else ()
        name = parse_model_id(model_id).name
        aliases = [entry.alias for entry in entries if entry.alias and entry.id == model_id]
        tries = dict.fromkeys([*aliases, name, name.removesuffix("-instruct"), model_id.partition(":")[0]])
        for place, alias in enumerate(tries, start=1):
            response = await self.http.get(f"{self.root}/models/{what}/{quote(alias, safe='')}")
            if response.status_code != 404 or place == len(tries):
                _insist(response)
                return

    async def _keep_alive(self, model_id: str, seconds: int | None) -> None:
        body: dict[str, object] = {"model": model_id} if seconds is None else {"model": model_id, "keep_alive": seconds}
        _insist(await self.http.post(f"{self.root}/api/generate", json={**body, "stream": False}))

    async def _must(self, path: str) -> None:
        _insist(await self.http.get(self.root + path))

    async def _get(self, path: str) -> object:
        """What stands at a route; ``None`` where there is no such route or no JSON."""
        try:
            async with asyncio.timeout(TELLS_S):
                response = await self.http.get(self.root + path)
            return cast("object", response.json()) if response.is_success else None
        except (httpx2.HTTPError, TimeoutError, ValueError, RecursionError):
            return None

    async def known(self) -> ServerClient:
        """The same server, with who it is: each of the known ones is asked for in turn, over the one connection."""
        status = await self._get("/status")
        if _list(status, "endpoints") is not None:
            return ServerClient(self.http, self.root, "foundry", cache=_text(status, "modelCachePath"))
        if (version := _text(await self._get("/api/version"), "version")) is not None:
            return ServerClient(self.http, self.root, "ollama", f"Ollama {version}")
        if _list(await self._get("/api/v0/models"), "data") is not None:
            return ServerClient(self.http, self.root, "lm-studio", "LM Studio")
        if _member(await self._get("/openai/status"), "modelDirPath") is not None:
            return ServerClient(self.http, self.root, "foundry-0")
        if (build := _text(await self._get("/props"), "build_info")) is not None:
            return ServerClient(self.http, self.root, "llama.cpp", f"llama.cpp {build}")
        return ServerClient(self.http, self.root, version=_text(await self._get("/version"), "version"))


async def survey(command: wire.AskServers, key_of: Callable[[str | None], str]) -> wire.ServersTold:
    """Ask all these servers at once; one that does not answer is told as that."""

    async def one(address: wire.ServerAddress) -> wire.ServerTold:
        key = key_of(address.api_key_env)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            async with asyncio.timeout(SURVEY_S), httpx2.AsyncClient(timeout=SURVEY_S, headers=headers) as http:
                return await tell(ServerClient(http, server_root(address.url)), address)
        except (httpx2.HTTPError, httpx2.InvalidURL, UnusableServer) as error:
            return wire.ServerTold(address.name, problem=without(key, problem_of(error, address.url).words))
        except TimeoutError:
            return wire.ServerTold(address.name, problem="it does not answer in time")

    return wire.ServersTold(tuple(await asyncio.gather(*map(one, command.servers))))


async def tell(server: ServerClient, address: wire.ServerAddress) -> wire.ServerTold:
    """The models of a server, with which of them are loaded.

    Raises:
        UnusableServer: it does not list any.
        httpx2.HTTPError: the connection broke.
    """
    response = await server.http.get(f"{address.url}/models")
    if not response.is_success:
        raise UnusableServer(status_words(response))
    try:
        listed = _list(response.json(), "data")
    except (ValueError, RecursionError):
        listed = None
    if listed is None:
        raise UnusableServer("it does not list its models")
    known = await server.known()
    loaded = await known.loaded()
    models = tuple(_served(entry, loaded) for entry in listed if _text(entry, "id"))
    return wire.ServerTold(address.name, models, version=known.version)


def server_root(url: str) -> str:
    """The address of a server without its ``/v1``."""
    return url.rstrip("/").removesuffix("/v1")


def _served(entry: object, loaded: tuple[str, ...] | None) -> wire.Served:
    name = _text(entry, "id") or ""
    context = next(
        (
            count
            for place in (entry, _member(entry, "meta"))
            for key in ("max_model_len", "n_ctx", "n_ctx_train", "max_context_length", "context_length")
            if (count := count_in(_member(place, key)))
        ),
        None,
    )
    return wire.Served(name, None if loaded is None else name in loaded, context)


def _insist(response: httpx2.Response) -> None:
    if not response.is_success:
        raise UnusableServer(f"the model is not loaded: {status_words(response)}")


def _member(data: object, key: str) -> object:
    return cast("dict[str, object]", data).get(key) if isinstance(data, dict) else None


def _list(data: object, key: str) -> list[object] | None:
    value = _member(data, key)
    return cast("list[object]", value) if isinstance(value, list) else None


def _text(data: object, key: str) -> str | None:
    value = _member(data, key)
    # Half a surrogate pair, which JSON can write but no frame can carry, becomes a question mark.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and value else None


def _texts(data: object) -> tuple[str, ...] | None:
    return tuple(str(each) for each in cast("list[object]", data)) if isinstance(data, list) else None
