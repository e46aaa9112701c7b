"""The library of models, opened for a single command."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tui.engines.process.scratch import sweep_scratch
from tui.library.foundry_library import FoundryLibrary
from tui.library.inventory import ModelPlaces


@asynccontextmanager
async def open_library(places: ModelPlaces) -> AsyncGenerator[FoundryLibrary, None]:
    """Open the library of the models in these places; no child process outlives the block, however it ends.

    Temporary folders that killed children have left behind are cleared first.
    """
    sweep_scratch()
    library = FoundryLibrary(places)
    try:
        yield library
    finally:
        await library.close()
