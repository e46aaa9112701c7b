"""The library of models for commands: opened for one of them, and closed with all its children."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tui.engines.foundry.engine import sweep_scratch
from tui.library.foundry_library import FoundryLibrary
from tui.library.inventory import ModelPlaces


@asynccontextmanager
async def open_library(places: ModelPlaces) -> AsyncGenerator[FoundryLibrary, None]:
    """A library that leaves no process behind, however the block ends."""
    sweep_scratch()
    library = FoundryLibrary(places)
    try:
        yield library
    finally:
        await library.close()
