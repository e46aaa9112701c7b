"""The models of servers: a child asks for them in the background, and they are kept for when a server is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from tui import paths
from tui.config import endpoint_at
from tui.engines.model_ids import plain_name
from tui.engines.process import wire
from tui.engines.process.child_process import python_command
from tui.library import purpose
from tui.library.availability import UNLISTED
from tui.library.runtime.job import RuntimeJob, RuntimeJobFailed, result_of
from tui.probes.local_servers import local_server_urls
from tui.records import Endpoint, Model, ModelPurpose, ModelState, ServedBuild
from tui.records.engine_traits import ENDPOINT
from tui.records.library import LocalServer

PATIENCE_S: Final = 12.0
"""How long the child may take: its client has to start, and the slowest server to answer."""
CHECK_EVERY_S: Final = 15.0
"""How often it is checked whether a server has come or gone."""
CONNECT_S: Final = 2.0
"""How long a server may take to accept a connection."""
HAPPY_EYEBALLS_S: Final = 0.1
"""After so long the next address of a name is tried as well: Windows takes seconds to refuse a closed port of ``::1``,
and a server on 127.0.0.1 would count as gone.
"""
MOST_CHECKS: Final = 16
"""After so many checks at most, a server that accepts connections and does not list its models is asked again."""


class EndpointModels:
    """The models of some servers. ``on_change`` is called on the event loop when they have changed."""

    def __init__(
        self, endpoints: Sequence[Endpoint], file: Path | None, on_change: Callable[[], None] = lambda: None
    ) -> None:
        """``file`` is where the models are kept for when a server does not answer; with ``None`` they are not kept."""
        self._endpoints: tuple[Endpoint, ...] = ()
        self.add(endpoints)
        self._file = file
        self._on_change = on_change
        self._listings = {} if file is None else _stored_listings(file)
        self._refreshed = False
        self._asking = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None

    def add(self, endpoints: Sequence[Endpoint]) -> None:
        """Add servers. Of two with one name the first one counts."""
        added = {endpoint.name: endpoint for endpoint in (*reversed(endpoints), *self._endpoints)}
        self._endpoints = tuple(added.values())

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The servers, in the order in which they were named."""
        return self._endpoints

    def __bool__(self) -> bool:
        return bool(self._endpoints)

    @property
    def models(self) -> tuple[Model, ...]:
        """Every model of every server, in the order of the servers; those of one that does not answer cannot be run."""
        return tuple(
            _model(endpoint, model, self._problem_of(endpoint), listing.version)
            for endpoint in self._endpoints
            if (listing := self._listings.get(endpoint.name)) is not None
            for model in listing.models
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each server that has not listed its models."""
        return tuple(
            f"{endpoint.name}: {listing.problem}."
            for endpoint in self._endpoints
            if (listing := self._listings.get(endpoint.name)) is not None and listing.problem and self._refreshed
        )

    def unlisted(self, names: Sequence[str]) -> tuple[Model, ...]:
        """The models with these names that no server lists, since some servers run models that they do not list."""
        listed = {name.lower() for model in self.models for name in (model.alias, model.model_id) if name}
        return tuple(
            replace(_model(endpoint, wire.ServerModel(name.partition("/")[2]), ""), alias=name, note=UNLISTED)
            for name in names
            for endpoint in self._endpoints
            if name.startswith(f"{endpoint.name}/") and name.lower() not in listed
        )

    async def refresh(self) -> None:
        """Ask every server again; one that is gone keeps the models that it had."""
        async with self._asking:
            before = self.models
            self._take(await self._ask() if self._endpoints else ())
            if self.models != before:
                self._on_change()

    def watch(self) -> None:
        """Ask now, and again whenever a server comes or goes, which takes almost nothing. On the event loop."""
        if self._watching is not None:
            self._watching.cancel()
        if self._endpoints:
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        """Stop watching."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
            self._watching = None

    async def _ask(self) -> tuple[wire.ServerListing, ...]:
        addresses = tuple(
            wire.ServerAddress(endpoint.name, endpoint.url, endpoint.api_key_env) for endpoint in self._endpoints
        )
        problem = "it has told nothing"
        try:
            variables = [address.api_key_env for address in addresses if address.api_key_env]
            job = RuntimeJob(python_command("tui.engines.endpoint.child"), variables)
        except RuntimeJobFailed as error:
            return tuple(wire.ServerListing(address.name, problem=str(error)) for address in addresses)
        try:
            reply = await result_of(job, wire.ListServerModels(addresses), PATIENCE_S)
            if isinstance(reply, wire.ServersListed):
                return reply.servers
        except RuntimeJobFailed as error:
            problem = str(error)
        finally:
            await job.close()
        return tuple(wire.ServerListing(address.name, problem=problem) for address in addresses)

    async def _watch(self) -> None:
        before: tuple[bool, ...] = ()
        checks, wait = 0, 1
        while True:
            accepting = await self._accepting()
            if accepting != before:
                checks, wait = 0, 1
                await self.refresh()
            elif checks >= wait and self._is_starting(accepting):
                checks, wait = 0, min(2 * wait, MOST_CHECKS)
                await self.refresh()
            before, checks = accepting, checks + 1
            await asyncio.sleep(CHECK_EVERY_S)

    def _is_starting(self, accepting: Sequence[bool]) -> bool:
        """Whether a server accepts connections and does not list its models, as one does that is starting."""
        problems = {name for name, listing in self._listings.items() if listing.problem}
        return any(
            accepts and endpoint.name in problems for accepts, endpoint in zip(accepting, self._endpoints, strict=True)
        )

    async def _accepting(self) -> tuple[bool, ...]:
        """For each server, whether it accepts connections."""
        return tuple(await asyncio.gather(*(_accepts_connections(endpoint.url) for endpoint in self._endpoints)))

    def _take(self, listings: Sequence[wire.ServerListing]) -> None:
        self._refreshed = True
        for listing in listings:
            earlier = self._listings.get(listing.name)
            models = listing.models if not listing.problem or earlier is None else earlier.models
            self._listings[listing.name] = msgspec.structs.replace(listing, models=models)
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            # The event loop would wait for the disk, and a lost list is asked for again.
            paths.write_atomically(self._file, msgspec.json.encode(self._listings), make_folder=True, sync=False)

    def _problem_of(self, endpoint: Endpoint) -> str:
        """The reason for which the models of a server cannot be run now; empty if they can."""
        if not self._refreshed:
            return f"{endpoint.name} has not been asked yet"
        listing = self._listings.get(endpoint.name)
        return listing.problem if listing is not None else ""


def _model(endpoint: Endpoint, server_model: wire.ServerModel, problem: str, software: str | None = None) -> Model:
    note = "loaded there" if server_model.loaded else f"on {urlsplit(endpoint.url).netloc}"
    made_for = purpose.purpose_of_name(server_model.model_id)
    if made_for is not ModelPurpose.TEXT:
        note = f"{note}; by its name made for {made_for.value}, so it may not answer"
    served = ServedBuild(
        software=software,
        quantization=server_model.quantization,
        parameters=server_model.parameters,
        threads=server_model.threads,
        weights=server_model.weights,
    )
    return Model(
        alias=plain_name(f"{endpoint.name}/{server_model.model_id}"),
        engine=ENDPOINT,
        model_id=server_model.model_id,
        endpoint=endpoint,
        state=ModelState.MISSING if problem else ModelState.READY,
        size_bytes=server_model.size_bytes,
        context_tokens=server_model.context_tokens,
        served=None if served == ServedBuild() else served,
        purpose=made_for,
        note=problem or note,
    )


async def unnamed_local_servers(named: Sequence[Endpoint]) -> tuple[LocalServer, ...]:
    """Find the servers of this machine that list models, without those that are ``named`` already."""
    addresses = {urlsplit(endpoint.url).netloc.replace("localhost", "127.0.0.1") for endpoint in named}
    urls = [url for url in await asyncio.to_thread(local_server_urls) if urlsplit(url).netloc not in addresses]
    servers = EndpointModels([endpoint_at(url, "--endpoint") for url in urls], file=None)
    await servers.refresh()
    counts = Counter(
        model.endpoint for model in servers.models if model.endpoint is not None and model.state is ModelState.READY
    )
    return tuple(LocalServer(endpoint=endpoint, models=models) for endpoint, models in counts.items())


async def _accepts_connections(url: str) -> bool:
    """Whether a server accepts a connection; nothing else is asked while nothing has changed."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(parts.hostname, port, happy_eyeballs_delay=HAPPY_EYEBALLS_S)
    except (OSError, TimeoutError, UnicodeError):
        return False
    writer.close()
    return True


_MOST_BYTES: Final = 64 * 1024**2
_listings: msgspec.json.Decoder[dict[str, wire.ServerListing]] = msgspec.json.Decoder(dict[str, wire.ServerListing])


def _stored_listings(file: Path) -> dict[str, wire.ServerListing]:
    try:
        return _listings.decode(paths.read_limited(file, _MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
