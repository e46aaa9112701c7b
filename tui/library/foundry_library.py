"""The library of models: the disk is read here, and everything else is a job of the runtime in a child process."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from tui import config, paths
from tui.engines.process import wire
from tui.library import cache, catalogue_snapshot, inventory, registrations, runnable_models
from tui.library.downloads.notes import Notes
from tui.library.downloads.queue import Downloads
from tui.library.downloads.transfer import TransferLimits
from tui.library.inventory import ModelPlaces
from tui.library.protocol import LibraryError
from tui.library.registrations import Registered, Registrations
from tui.library.runnable_models import Configured
from tui.library.runtime import execution_providers, foundry_cli
from tui.library.runtime.job import RuntimeJob, RuntimeJobFailed, result_of
from tui.library.server_models import EndpointModels, unnamed_local_servers
from tui.records import Endpoint, Model, ModelState
from tui.records.library import Cache, Check, Download, ExecutionProvider, Listing, LocalServer

_NOTIFY_S: Final = 0.25
"""The least time between two calls to those who follow changes."""
_ADD_PROVIDER_S: Final = 300.0
"""How long the runtime may report no progress while it adds an execution provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryTimeouts:
    """How long the library waits for the runtime and for servers."""

    catalogue_s: float = 10.0
    """How long the catalogue may take. The runtime itself waits 4 s for a network, and 30 s for a silent server."""
    providers_s: float = 30.0
    downloads: TransferLimits = field(default_factory=TransferLimits)


class FoundryLibrary:
    """The library of this machine; see ``tui.library.protocol.Library``.

    It can be made in any thread; every method but ``listing`` needs the event loop.
    """

    def __init__(
        self,
        places: ModelPlaces,
        timeouts: LibraryTimeouts | None = None,
        loaded: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """``loaded`` gives the keys of the models that are loaded, which are not removed."""
        self._places = places
        self._timeouts = timeouts or LibraryTimeouts()
        self._loaded = loaded
        self._registrations = Registrations(places.registrations)
        self._callbacks: list[Callable[[], None]] = []
        self._notified_s = 0.0
        self._notification: asyncio.TimerHandle | None = None
        self._relisting: asyncio.Task[None] | None = None
        self._stale = False
        self._closed = False
        self._jobs: set[RuntimeJob] = set()
        self._downloads = Downloads(
            Notes(paths.downloads_dir()), self._timeouts.downloads, self._note_change, self._note_disk_change
        )
        self._servers = EndpointModels(places.endpoints, paths.endpoints_file(), self._note_change)
        self._listing = inventory.list_models(places)
        self._caches = cache.caches(places.roots, self._listing.models)

    def listing(self) -> Listing:
        return replace(self._listing, models=(*self._listing.models, *self._servers.models))

    def add_endpoints(self, endpoints: Sequence[Endpoint]) -> None:
        self._servers.add(endpoints)
        self._servers.watch()

    async def local_servers(self) -> tuple[LocalServer, ...]:
        return await unnamed_local_servers(self._servers.endpoints)

    def reconfigure(self, configured: Mapping[str, Configured]) -> None:
        self._places = replace(self._places, configured=configured)
        self._note_disk_change()

    async def refresh(self) -> Listing:
        problem = ""
        try:
            await self._ask_catalogue()
        except (RuntimeJobFailed, OSError) as error:
            problem = f"the catalogue could not be asked: {str(error).rstrip('.')}"
        await asyncio.to_thread(foundry_cli.ask_for_cache)
        await asyncio.gather(self._relist(problem), self._servers.refresh())
        return self.listing()

    @property
    def caches(self) -> tuple[Cache, ...]:
        return self._caches

    @property
    def downloads(self) -> tuple[Download, ...]:
        return self._downloads.records

    def on_change(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def start(self) -> None:
        self._downloads.adopt()
        self._downloads.start()
        self._servers.watch()
        self._note_change()

    def download(self, model: Model, *, at: str | None = None) -> Download:
        if model.is_complete:
            raise LibraryError(f"{model.key} is here already.")
        if model.catalog is None or model.model_id is None:
            raise LibraryError(
                f"{model.key} cannot be downloaded: the catalogue, as it is known here, does not list it."
            )
        if model.state is ModelState.BROKEN:
            raise LibraryError(f"{model.key} is here but broken; remove it first, or repair it.")
        source = inventory.catalogue_source(self._places)
        return self._downloads.add(model, source, self._cache_of(model), at)

    def pause(self, key: str) -> None:
        self._downloads.pause(key)

    def resume(self, key: str) -> None:
        self._downloads.resume(key)

    async def cancel(self, key: str) -> None:
        await self._downloads.cancel(key)

    async def remove(self, model: Model) -> int:
        if model.key in self._loaded():
            raise LibraryError(f"{model.key} is loaded; unload it first.")
        if self._downloads.has(model.model_id):
            raise LibraryError(f"{model.key} is being downloaded; cancel that first.")
        try:
            return await asyncio.to_thread(cache.remove, model, self._places.roots)
        finally:
            await self._relist()

    async def repair(self, model: Model) -> Download:
        if model.catalog is None:
            raise LibraryError(f"{model.key} cannot be downloaded anew: the catalogue does not list it.")
        await self.remove(model)
        return self.download(replace(model, state=ModelState.AVAILABLE, folder=None))

    async def verify(self, model: Model) -> tuple[Check, ...]:
        return await asyncio.to_thread(cache.verify, model)

    def inspect(self, folder: Path) -> tuple[Check, ...]:
        return registrations.inspect(folder)

    def register(self, name: str, folder: Path, capabilities: Sequence[str] = ()) -> Model:
        if not config.is_name(name):
            raise LibraryError(f'"{name}" cannot be a name; a name has no spaces, commas or @.')
        taken = next((model for model in self._listing.models if name.lower() == model.alias.lower()), None)
        if taken is not None and taken.state is not ModelState.MISSING:
            raise LibraryError(f"{name} is taken by another model; choose another name.")
        missing = [check for check in registrations.inspect(folder) if not check.ok]
        if missing:
            raise LibraryError(f"{folder} is no model that can be run: {'; '.join(map(registrations.told, missing))}.")
        self._registrations.add(name, folder, capabilities)
        entry = Registered(name, paths.real(folder), tuple(capabilities))
        model, _ = runnable_models.model_in_folder(entry, entry.path)
        model = inventory.with_provider(replace(model, registered=True))
        others = (other for other in self._listing.models if other is not taken)
        self._listing = replace(self._listing, models=(*others, model))
        self._note_disk_change()
        return model

    def unregister(self, name: str) -> None:
        entry = self._registrations.all().get(name)
        self._registrations.remove(name)
        others = tuple(
            model
            for model in self._listing.models
            if not (model.alias == name and entry is not None and model.folder == entry.path)
        )
        self._listing = replace(self._listing, models=others)
        self._note_disk_change()

    async def providers(self) -> tuple[ExecutionProvider, ...]:
        try:
            reply = await self._run(lambda scratch: wire.ListProviders(str(scratch)), self._timeouts.providers_s)
        except RuntimeJobFailed as error:
            raise LibraryError(f"the runtime could not be asked for its execution providers: {error}.") from error
        listed = reply.providers if isinstance(reply, wire.ProvidersListed) else ()
        return execution_providers.listed(provider.name for provider in listed)

    async def add_provider(self, name: str, progress: Callable[[float], None], *, force: bool = False) -> None:
        def command(scratch: Path) -> wire.Task:
            return wire.AddProvider(name, str(scratch), without_check=force)

        execution_providers.check_addable(name)
        try:
            await self._run(command, _ADD_PROVIDER_S, progress)
        except RuntimeJobFailed as error:
            raise LibraryError(f"{name} could not be added: {str(error).rstrip('.')}.") from error
        await asyncio.to_thread(execution_providers.note_added, name)
        self._note_disk_change()

    async def remove_provider(self, name: str) -> None:
        await asyncio.to_thread(execution_providers.remove, name)
        self._note_disk_change()

    async def close(self) -> None:
        self._closed = True
        for handle in filter(None, (self._notification, self._relisting)):
            handle.cancel()
        self._callbacks.clear()
        for job in tuple(self._jobs):
            job.kill()
        await self._servers.close()
        await self._downloads.close()

    async def _ask_catalogue(self) -> None:
        """Bring a new snapshot into the cache.

        The child writes its snapshot elsewhere. So the one in the cache stays whole whenever the child ends, and an old
        answer of the catalogue is not taken for a new one.
        """
        job = RuntimeJob()
        self._jobs.add(job)
        try:
            fresh = job.scratch / "catalog"
            command = wire.ReadCatalogue(str(fresh), str(job.scratch))
            await result_of(job, command, self._timeouts.catalogue_s)
            if not await asyncio.to_thread(catalogue_snapshot.copy_snapshot, fresh, self._places.cache):
                raise RuntimeJobFailed("it cannot be reached; check the network")
        finally:
            self._jobs.discard(job)
            await job.close()

    async def _run(
        self,
        command_for: Callable[[Path], wire.Task],
        patience_s: float,
        progress: Callable[[float], None] = lambda _: None,
    ) -> wire.Report:
        job = RuntimeJob()
        self._jobs.add(job)
        try:
            return await result_of(job, command_for(job.scratch), patience_s, progress)
        finally:
            self._jobs.discard(job)
            await job.close()

    def _cache_of(self, model: Model) -> Path:
        """The cache to download a model to: the one in which half of it lies already, else our own."""
        if model.folder is None:
            return self._places.cache
        folder = paths.real(model.folder)
        return next((root for root in self._places.roots if root in folder.parents), self._places.cache)

    def _note_disk_change(self) -> None:
        """List the models again, in a thread; after a change meanwhile they are listed once more."""
        self._stale = True
        if not self._closed and (self._relisting is None or self._relisting.done()):
            with contextlib.suppress(RuntimeError):
                self._relisting = asyncio.get_running_loop().create_task(self._relist_while_stale())
        self._note_change()

    async def _relist_while_stale(self) -> None:
        while self._stale:
            self._stale = False
            await self._relist()

    async def _relist(self, problem: str | None = None) -> None:
        """List the models again, in a thread; without a new ``problem`` the last one is kept."""

        def read_disk() -> tuple[Listing, tuple[Cache, ...]]:
            cache.sweep_removed(self._places.roots)
            listing = inventory.list_models(self._places)
            return listing, cache.caches(self._places.roots, listing.models)

        listing, self._caches = await asyncio.to_thread(read_disk)
        self._listing = replace(listing, problem=self._listing.problem if problem is None else problem)
        self._note_change()

    def _note_change(self) -> None:
        """Have the callbacks called, at most four times a second; without an event loop nobody follows changes."""
        if self._notification is not None or not self._callbacks:
            return
        with contextlib.suppress(RuntimeError):
            wait_s = max(0.0, self._notified_s + _NOTIFY_S - time.monotonic())
            self._notification = asyncio.get_running_loop().call_later(wait_s, self._notify)

    def _notify(self) -> None:
        self._notification = None
        self._notified_s = time.monotonic()
        for callback in self._callbacks:
            callback()
