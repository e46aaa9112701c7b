"""The interface of the library of models, as screens and commands use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tui.library.runnable_models import Configured
from tui.records import Endpoint, Model
from tui.records.library import Cache, Check, Download, ExecutionProvider, Listing, LocalServer


class LibraryError(Exception):
    """The library refuses or has failed; the message is one sentence for a person."""


class Library(Protocol):
    """The models on this machine and in the public catalogue, and everything that brings one here or removes it.

    No method waits for the network on the event loop; everything slow is a coroutine that can be cancelled.
    """

    def listing(self) -> Listing:
        """The list as it is known now: what is on the disk, registered, configured, and in the last snapshot."""
        ...

    def add_endpoints(self, endpoints: Sequence[Endpoint]) -> None:
        """List the models of these servers too, from now on. On the event loop."""
        ...

    async def local_servers(self) -> tuple[LocalServer, ...]:
        """Find the servers of models on this machine whose models are not listed yet."""
        ...

    def reconfigure(self, configured: Mapping[str, Configured]) -> None:
        """List the models again with this configuration. On the event loop."""
        ...

    async def refresh(self) -> Listing:
        """Ask the public catalogue again, in a child process of its own, and list the models.

        Without a network the list is the old one, with the ``problem``; nothing is raised.
        """
        ...

    @property
    def caches(self) -> tuple[Cache, ...]:
        """The folders in which models are looked for, with the disk space that they take."""
        ...

    @property
    def downloads(self) -> tuple[Download, ...]:
        """Every download of this session and those that an earlier session left, in the order of the queue."""
        ...

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have the callback called on the event loop after a change of a download or the list.

        It is called at most four times a second.
        """
        ...

    def start(self) -> None:
        """Go on with the downloads that an earlier session left under way. Called once, on the event loop."""
        ...

    def download(self, model: Model, *, at: str | None = None) -> Download:
        """Put a model into the queue; ``at`` is a local time of day, ``HH:MM``, before which it does not begin.

        Raises:
            LibraryError: the model is not in the catalogue, it is here already, or the disk has no room for it.
        """
        ...

    def pause(self, key: str) -> None:
        """End the transfer within 0.3 s and keep what has arrived."""
        ...

    def resume(self, key: str) -> None:
        """Go on with a download that is paused, has failed, or was left by an earlier session."""
        ...

    async def cancel(self, key: str) -> None:
        """End the transfer within 0.3 s and remove what has arrived."""
        ...

    async def remove(self, model: Model) -> int:
        """Remove a model from its cache, and give the bytes that this frees.

        Raises:
            LibraryError: the model is loaded, being downloaded, registered by folder, or cannot be removed.
        """
        ...

    async def repair(self, model: Model) -> Download:
        """Remove the files of a model and download it again.

        Raises:
            LibraryError: as ``remove`` and ``download`` do.
        """
        ...

    async def verify(self, model: Model) -> tuple[Check, ...]:
        """Check the files of a model one by one; a failed check has advice."""
        ...

    def inspect(self, folder: Path) -> tuple[Check, ...]:
        """Check that a folder holds what a model needs: settings, weights, chat template and tokenizer."""
        ...

    def register(self, name: str, folder: Path, capabilities: Sequence[str] = ()) -> Model:
        """Add a model folder of the user's own under a name.

        Raises:
            LibraryError: the name is taken or cannot be a name, or the folder is no model.
        """
        ...

    def unregister(self, name: str) -> None:
        """Remove the name of a registered model; its files stay.

        Raises:
            LibraryError: no model is registered under this name.
        """
        ...

    async def providers(self) -> tuple[ExecutionProvider, ...]:
        """The execution providers of this machine and those that can be added."""
        ...

    async def add_provider(self, name: str, progress: Callable[[float], None], *, force: bool = False) -> None:
        """Add an execution provider to this machine for good; ``progress`` is called with a share from 0 to 1.

        Nothing is downloaded if libraries of the system are missing that it needs, unless ``force`` is given.

        Raises:
            LibraryError: the runtime has refused or failed.
        """
        ...

    async def remove_provider(self, name: str) -> None:
        """Remove an execution provider that was added, with its files.

        Raises:
            LibraryError: it was not added, or its files cannot be removed.
        """
        ...

    async def close(self) -> None:
        """End every child; downloads that were in progress go on next time."""
        ...
