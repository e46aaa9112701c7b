"""Libraries with short timeouts for tests, models for a catalogue to offer, and waiting for the state of a download."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.support.conditions import until
from tests.support.stand_in import Offer
from tui import paths
from tui.library.downloads.transfer import TransferLimits
from tui.library.foundry_library import FoundryLibrary, LibraryTimeouts
from tui.library.inventory import ModelPlaces
from tui.library.protocol import Library
from tui.library.runnable_models import Configured
from tui.practice import practice_folder
from tui.records import Model
from tui.records.library import Download, DownloadState

MIB: Final = 1024 * 1024
CALM: Final = TransferLimits(stall_s=60.0, backoff_s=0.05, attempts=3, reserve_bytes=0)
TINY: Final = Offer(
    alias="tiny-chat",
    name="tiny-chat-generic-cpu",
    version=3,
    folder=practice_folder("practice-small"),
    license="apache-2.0",
    capabilities=("tool-calling",),
)
LARGE: Final = Offer(
    alias="large-chat",
    name="large-chat-generic-cpu",
    folder=practice_folder("practice-small"),
    filler_bytes=12 * MIB,
)


def places(
    *folders: Path, cache: Path | None = None, configured: Mapping[str, Configured] | None = None
) -> ModelPlaces:
    """Return the folders and files in which a library of this test looks for models."""
    return ModelPlaces(
        cache=cache or paths.model_cache_dir(),
        folders=folders,
        registrations=paths.registrations_file(),
        configured=configured or {},
    )


@asynccontextmanager
async def opened(
    where: ModelPlaces | None = None,
    limits: TransferLimits = CALM,
    catalogue_s: float = 10.0,
    loaded: Callable[[], Collection[str]] = tuple,
) -> AsyncGenerator[FoundryLibrary, None]:
    """Open a library, and close it at the end of the block."""
    library = FoundryLibrary(where or places(), LibraryTimeouts(catalogue_s=catalogue_s, downloads=limits), loaded)
    try:
        yield library
    finally:
        await library.close()


def take_for_stall(limits: TransferLimits, stall_s: float) -> None:
    """Change how long a silence is a stall, also for a download that runs.

    A test that waits for a stall makes it short once no byte comes any more, so that no slow start of a child is one.
    """
    object.__setattr__(limits, "stall_s", stall_s)


def named(library: Library, name: str) -> Model:
    """Return the model with this alias, or with this key if several models share the alias."""
    return next(model for model in library.listing().models if name in (model.alias, model.key))


def download_of(library: FoundryLibrary, key: str) -> Download:
    return next(download for download in library.downloads if download.key == key)


async def until_state(library: FoundryLibrary, key: str, *states: DownloadState, timeout_s: float = 60.0) -> Download:
    """Wait until the download is in one of these states, and fail at once if it ends in another."""
    ends = (DownloadState.DONE, DownloadState.FAILED, *states)
    await until(lambda: download_of(library, key).state in ends, timeout_s)
    download = download_of(library, key)
    assert download.state in states, download
    return download
