"""The models that servers have: asked for by a child in the background, and remembered for when a server is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from tui import paths
from tui.engines.process import wire
from tui.engines.process.child_process import python_command
from tui.library.runtime_job import RuntimeJob, RuntimeJobFailed, result_of
from tui.records import Endpoint, Model, ModelState
from tui.records.engines import ENDPOINT

PATIENCE_S: Final = 12.0
"""For the client to start and the slowest server to answer."""
LOOK_EVERY_S: Final = 15.0
KNOCK_S: Final = 2.0
MOST_PATIENCE: Final = 16
"""Looks between two questions to a server that does not tell its models, when it has been asked some times."""


class EndpointModels:
    """What is known of the models of some servers. ``tell`` is called on the event loop when that has changed."""

    def __init__(
        self, endpoints: Sequence[Endpoint], remembered: Path, tell: Callable[[], None] = lambda: None
    ) -> None:
        self._endpoints: tuple[Endpoint, ...] = ()
        self.add(endpoints)
        self._remembered = remembered
        self._tell = tell
        self._told = _remembered_in(remembered)
        self._asked = False
        self._asking = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None

    def add(self, endpoints: Sequence[Endpoint]) -> None:
        """More servers; of two with one name the first counts."""
        self._endpoints = tuple({each.name: each for each in (*reversed(endpoints), *self._endpoints)}.values())

    def __bool__(self) -> bool:
        return bool(self._endpoints)

    @property
    def models(self) -> tuple[Model, ...]:
        """Every model of every server, in their order; those of a server that does not answer cannot be run."""
        return tuple(
            _model(endpoint, served, self._trouble(endpoint))
            for endpoint in self._endpoints
            if (told := self._told.get(endpoint.name)) is not None
            for served in told.models
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each server that has not told its models."""
        return tuple(
            f"{endpoint.name}: {told.problem}."
            for endpoint in self._endpoints
            if (told := self._told.get(endpoint.name)) is not None and told.problem and self._asked
        )

    def unlisted(self, names: Sequence[str]) -> tuple[Model, ...]:
        """Models that are asked for by name and not listed: some servers run what they do not list."""
        listed = {name.lower() for model in self.models for name in (model.alias, model.model_id) if name}
        return tuple(
            replace(_model(endpoint, wire.ServerModel(name.partition("/")[2]), ""), alias=name, note="not listed there")
            for name in names
            for endpoint in self._endpoints
            if name.startswith(f"{endpoint.name}/") and name.lower() not in listed
        )

    async def refresh(self) -> None:
        """Ask every server anew; one that is gone keeps the models that it had."""
        async with self._asking:
            before = self.models
            self._take(await self._ask() if self._endpoints else ())
            if self.models != before:
                self._tell()

    def watch(self) -> None:
        """Ask now, and again whenever a server comes or goes. On the event loop; needs almost nothing meanwhile."""
        if self._watching is not None:
            self._watching.cancel()
        if self._endpoints:
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
            self._watching = None

    async def _ask(self) -> tuple[wire.ServerListing, ...]:
        addresses = tuple(wire.ServerAddress(each.name, each.url, each.api_key_env) for each in self._endpoints)
        problem = "it has told nothing"
        try:
            job = RuntimeJob(python_command("tui.engines.endpoint.child"))
        except RuntimeJobFailed as error:
            return tuple(wire.ServerListing(each.name, problem=str(error)) for each in addresses)
        try:
            reply = await result_of(job, wire.ListServerModels(addresses), PATIENCE_S)
            if isinstance(reply, wire.ServersListed):
                return reply.servers
        except RuntimeJobFailed as error:
            problem = str(error)
        finally:
            await job.close()
        return tuple(wire.ServerListing(each.name, problem=problem) for each in addresses)

    async def _watch(self) -> None:
        there: tuple[bool, ...] = ()
        looks, patience = 0, 1
        while True:
            now = await self._who_is_there()
            if now != there:
                looks, patience = 0, 1
                await self.refresh()
            elif looks >= patience and self._reserved(now):
                looks, patience = 0, min(2 * patience, MOST_PATIENCE)
                await self.refresh()
            there, looks = now, looks + 1
            await asyncio.sleep(LOOK_EVERY_S)

    def _reserved(self, there: Sequence[bool]) -> bool:
        """Whether a server takes connections and does not tell its models, as one does that is starting."""
        problems = {name for name, told in self._told.items() if told.problem}
        return any(here and each.name in problems for here, each in zip(there, self._endpoints, strict=True))

    async def _who_is_there(self) -> tuple[bool, ...]:
        return tuple(await asyncio.gather(*(_answers(each.url) for each in self._endpoints)))

    def _take(self, servers: Sequence[wire.ServerListing]) -> None:
        self._asked = True
        for told in servers:
            known = self._told.get(told.name)
            models = told.models if not told.problem or known is None else known.models
            self._told[told.name] = msgspec.structs.replace(told, models=models)
        with contextlib.suppress(OSError):
            # The event loop would wait for the disk, and a lost list is asked for again.
            paths.write_atomically(self._remembered, msgspec.json.encode(self._told), make_folder=True, sync=False)

    def _trouble(self, endpoint: Endpoint) -> str:
        """Why the models of a server cannot be run now; empty when they can."""
        if not self._asked:
            return f"{endpoint.name} has not been asked yet"
        told = self._told.get(endpoint.name)
        return told.problem if told is not None else ""


def _model(endpoint: Endpoint, served: wire.ServerModel, trouble: str) -> Model:
    alias = "".join(
        "-" if sign in "@," or sign.isspace() or not sign.isprintable() else sign
        for sign in f"{endpoint.name}/{served.model_id}"
    )
    loaded = "loaded there" if served.loaded else f"on {urlsplit(endpoint.url).netloc}"
    return Model(
        alias=alias,
        engine=ENDPOINT,
        model_id=served.model_id,
        endpoint=endpoint,
        state=ModelState.MISSING if trouble else ModelState.READY,
        context_tokens=served.context_tokens,
        note=trouble or loaded,
    )


async def _answers(url: str) -> bool:
    """Whether anybody takes a connection: all that is asked while nothing has changed."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(KNOCK_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError, UnicodeError):
        return False
    writer.close()
    return True


_notes: msgspec.json.Decoder[dict[str, wire.ServerListing]] = msgspec.json.Decoder(dict[str, wire.ServerListing])


def _remembered_in(file: Path) -> dict[str, wire.ServerListing]:
    try:
        return _notes.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}
