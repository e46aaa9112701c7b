"""The library of models of Foundry Local: what is on the disk, and errands to the runtime for the rest."""

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
from tui.library.model_folders import CPU_PROVIDER
from tui.library.protocol import LibraryError
from tui.library.registrations import Registered, Registrations
from tui.library.runnable_models import Configured
from tui.library.runtime_job import RuntimeJob, RuntimeJobFailed, result_of
from tui.library.server_models import EndpointModels
from tui.records import Endpoint, Model, ModelState
from tui.records.library import Cache, Check, Download, ExecutionProvider, Listing

_TELL_S: Final = 0.25
_ADD_PROVIDER_S: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryTimeouts:
    """How long the library waits for others."""

    catalogue_s: float = 10.0
    """The runtime itself blocks for 4 s without a network, and for 30 s before a server that is silent."""
    providers_s: float = 30.0
    downloads: TransferLimits = field(default_factory=TransferLimits)


class FoundryLibrary:
    """See ``tui.library.protocol.Library``. Made in any thread; everything but ``listing`` needs the event loop."""

    def __init__(
        self,
        places: ModelPlaces,
        patience: LibraryTimeouts | None = None,
        loaded: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._places = places
        self._patience = patience or LibraryTimeouts()
        self._loaded = loaded
        self._registrations = Registrations(places.registrations)
        self._tells: list[Callable[[], None]] = []
        self._told_s = 0.0
        self._telling: asyncio.TimerHandle | None = None
        self._relisting: asyncio.Task[None] | None = None
        self._stale = False
        self._closed = False
        self._jobs: set[RuntimeJob] = set()
        self._downloads = Downloads(
            Notes(paths.downloads_dir()), self._patience.downloads, self._changed, self._disk_changed
        )
        self._servers = EndpointModels(places.endpoints, paths.endpoints_file(), self._changed)
        self._listing = inventory.list_models(places)
        self._caches = cache.caches(places.roots, self._listing.models)

    def listing(self) -> Listing:
        return replace(self._listing, models=(*self._listing.models, *self._servers.models))

    def add_endpoints(self, endpoints: Sequence[Endpoint]) -> None:
        self._servers.add(endpoints)
        self._servers.watch()

    def reconfigure(self, configured: Mapping[str, Configured]) -> None:
        self._places = replace(self._places, configured=configured)
        self._disk_changed()

    async def refresh(self) -> Listing:
        problem = ""
        try:
            await self._ask_catalogue()
        except (RuntimeJobFailed, OSError) as error:
            problem = f"the catalogue could not be asked: {str(error).rstrip('.')}"
        await asyncio.gather(self._relist(problem), self._servers.refresh())
        return self.listing()

    @property
    def caches(self) -> tuple[Cache, ...]:
        return self._caches

    @property
    def downloads(self) -> tuple[Download, ...]:
        return self._downloads.records

    def on_change(self, tell: Callable[[], None]) -> None:
        self._tells.append(tell)

    def start(self) -> None:
        self._downloads.adopt()
        self._downloads.start()
        self._servers.watch()
        self._changed()

    def download(self, model: Model, *, at: str | None = None) -> Download:
        if model.state is ModelState.READY:
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
        freed = await asyncio.to_thread(cache.remove, model, self._places.roots)
        await self._relist()
        return freed

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
            raise LibraryError(f"{folder} is no model that can be run: {'; '.join(check.words for check in missing)}.")
        self._registrations.add(name, folder, capabilities)
        entry = Registered(name, folder.resolve(), tuple(capabilities))
        model, _ = runnable_models.model_in_folder(entry, entry.path)
        model = replace(model, registered=True)
        others = (other for other in self._listing.models if other is not taken)
        self._listing = replace(self._listing, models=(*others, model))
        self._disk_changed()
        return model

    def unregister(self, name: str) -> None:
        entry = self._registrations.all().get(name)
        self._registrations.remove(name)
        kept = tuple(
            model
            for model in self._listing.models
            if not (model.alias == name and entry is not None and model.folder == entry.path)
        )
        self._listing = replace(self._listing, models=kept)
        self._disk_changed()

    async def providers(self) -> tuple[ExecutionProvider, ...]:
        try:
            reply = await self._run(lambda scratch: wire.ListProviders(str(scratch)), self._patience.providers_s)
        except RuntimeJobFailed as error:
            raise LibraryError(f"the runtime could not be asked for its execution providers: {error}.") from error
        found = reply.providers if isinstance(reply, wire.ProvidersListed) else ()
        others = (ExecutionProvider(name=each.name, registered=each.registered) for each in found)
        cpu = ExecutionProvider(name=CPU_PROVIDER, registered=True)
        return (cpu, *(each for each in others if each.name != CPU_PROVIDER))

    async def add_provider(self, name: str, progress: Callable[[float], None]) -> None:
        try:
            await self._run(lambda scratch: wire.AddProvider(name, str(scratch)), _ADD_PROVIDER_S, progress)
        except RuntimeJobFailed as error:
            raise LibraryError(f"{name} could not be added: {str(error).rstrip('.')}.") from error

    async def close(self) -> None:
        self._closed = True
        for handle in filter(None, (self._telling, self._relisting)):
            handle.cancel()
        self._tells.clear()
        for job in tuple(self._jobs):
            job.kill()
        await self._servers.close()
        await self._downloads.close()

    async def _ask_catalogue(self) -> None:
        """Bring a new snapshot into the cache. The child writes its own elsewhere, so that what is here stays whole
        whenever it ends, and an old answer is not taken for a new one.
        """
        job = RuntimeJob()
        self._jobs.add(job)
        try:
            fresh = job.scratch / "catalog"
            command = wire.ReadCatalogue(str(fresh), str(job.scratch))
            await result_of(job, command, self._patience.catalogue_s)
            if not await asyncio.to_thread(catalogue_snapshot.copy_snapshot, fresh, self._places.cache):
                raise RuntimeJobFailed("it cannot be reached, or has refused; check the network")
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
        """Half a model is finished where it is."""
        if model.folder is None:
            return self._places.cache
        folder = model.folder.resolve()
        return next((root for root in self._places.roots if root in folder.parents), self._places.cache)

    def _disk_changed(self) -> None:
        """List anew, in a thread; a change meanwhile has it done once more."""
        self._stale = True
        if not self._closed and (self._relisting is None or self._relisting.done()):
            with contextlib.suppress(RuntimeError):
                self._relisting = asyncio.get_running_loop().create_task(self._relist_while_stale())
        self._changed()

    async def _relist_while_stale(self) -> None:
        while self._stale:
            self._stale = False
            await self._relist()

    async def _relist(self, problem: str | None = None) -> None:
        """Look at the disk in a thread; without a new ``problem`` the last one stands."""

        def look() -> tuple[Listing, tuple[Cache, ...]]:
            found = inventory.list_models(self._places)
            return found, cache.caches(self._places.roots, found.models)

        found, self._caches = await asyncio.to_thread(look)
        self._listing = replace(found, problem=self._listing.problem if problem is None else problem)
        self._changed()

    def _changed(self) -> None:
        """Tell those who asked, at most four times a second; without an event loop there is nobody to tell."""
        if self._telling is not None or not self._tells:
            return
        with contextlib.suppress(RuntimeError):
            wait_s = max(0.0, self._told_s + _TELL_S - time.monotonic())
            self._telling = asyncio.get_running_loop().call_later(wait_s, self._tell)

    def _tell(self) -> None:
        self._telling = None
        self._told_s = time.monotonic()
        for tell in self._tells:
            tell()
