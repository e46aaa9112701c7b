"""What a catalogue of models offers to a screen or a command, whoever stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tui.library.runnable_models import Configured
from tui.records import Endpoint, Model
from tui.records.library import Cache, Check, Download, ExecutionProvider, Listing


class LibraryError(Exception):
    """What was asked cannot be done; the message is one sentence for a person."""


class Library(Protocol):
    """Models on this machine and in the public catalogue, and everything that brings one here or takes it away.

    Nothing here waits for the network on the event loop; everything slow is a coroutine that can be cancelled.
    """

    def listing(self) -> Listing:
        """The list as it is known now, at once: what is on disk, registered, configured, and in the last snapshot."""
        ...

    def add_endpoints(self, endpoints: Sequence[Endpoint]) -> None:
        """List the models of these servers too, from now on. On the event loop."""
        ...

    def reconfigure(self, configured: Mapping[str, Configured]) -> None:
        """Look at the models again, of which the configuration now says this. On the event loop."""
        ...

    async def refresh(self) -> Listing:
        """Ask the public catalogue anew, in a child process of its own. Never raises for a network that is not there:
        then the list is the old one, with the ``problem``.
        """
        ...

    @property
    def caches(self) -> tuple[Cache, ...]:
        """The folders that are looked into for models, with what they cost."""
        ...

    @property
    def downloads(self) -> tuple[Download, ...]:
        """Every download of this session and those that an earlier one left, in the order of the queue."""
        ...

    def on_change(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called on the event loop, at most four times a second, when a download or the list changed."""
        ...

    def start(self) -> None:
        """Go on with the downloads that an earlier session left under way. Called once, on the event loop."""
        ...

    def download(self, model: Model, *, at: str | None = None) -> Download:
        """Put a model into the queue; ``at`` is a local time of day, ``HH:MM``, before which it does not begin.

        Raises:
            LibraryError: it is not in the catalogue, it is here already, or the disk has no room for it.
        """
        ...

    def pause(self, key: str) -> None:
        """End the transfer within 0.3 s, keep what arrived."""
        ...

    def resume(self, key: str) -> None:
        """Go on with a download that is paused, has failed or was left by an earlier session."""
        ...

    async def cancel(self, key: str) -> None:
        """End the transfer within 0.3 s and remove what arrived."""
        ...

    async def remove(self, model: Model) -> int:
        """Remove a model from its cache. Gives the bytes freed.

        Raises:
            LibraryError: it is loaded, being downloaded, registered by folder, or cannot be removed.
        """
        ...

    async def repair(self, model: Model) -> Download:
        """Remove what is there of a model and download it anew.

        Raises:
            LibraryError: as ``remove`` and ``download`` do.
        """
        ...

    async def verify(self, model: Model) -> tuple[Check, ...]:
        """Look at a model's folder, file by file; a failed check says what to do."""
        ...

    def inspect(self, folder: Path) -> tuple[Check, ...]:
        """What a folder must hold to be registered as a model: settings, weights, chat template, tokenizer."""
        ...

    def register(self, name: str, folder: Path, capabilities: Sequence[str] = ()) -> Model:
        """Add a model folder of the user's own under a name.

        Raises:
            LibraryError: the name is taken or no name, or the folder is no model; the sentence says what is missing.
        """
        ...

    def unregister(self, name: str) -> None:
        """Forget a registered model; its files stay.

        Raises:
            LibraryError: no model is registered under this name.
        """
        ...

    async def providers(self) -> tuple[ExecutionProvider, ...]:
        """The execution providers of this machine and those that can be added."""
        ...

    async def add_provider(self, name: str, progress: Callable[[float], None]) -> None:
        """Download and register an execution provider; ``progress`` is told a share from 0 to 1.

        Raises:
            LibraryError: with the runtime's reason.
        """
        ...

    async def close(self) -> None:
        """End every child; downloads that were under way go on next time."""
        ...
