"""Opens the catalogue in the real app for tests, over a scripted library."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from textual.widgets import Static

from tests.support import builders, scripted
from tests.support.scripted import ScriptedRun
from tests.support.scripted_library import GIB, ScriptedLibrary, catalogue_model
from tests.support.workbench import WIDE, Driver, driving
from tui.records import Model
from tui.screens.catalogue.screen import CatalogueScreen
from tui.workspace.workspace import Workspace

TINY = builders.model("tiny")
PHI_CPU, PHI_GPU = catalogue_model("phi", "cpu"), catalogue_model("phi", "gpu")
QWEN = catalogue_model("qwen", "cpu", publisher="Alibaba", license_name="apache-2.0", download_bytes=GIB)
MODELS = (TINY, PHI_CPU, PHI_GPU, QWEN)


@dataclass(frozen=True, slots=True)
class Browsing:
    """The app with its catalogue open."""

    driver: Driver
    library: ScriptedLibrary
    screen: CatalogueScreen

    @property
    def rows(self) -> list[str]:
        """Return the lines of the table as they are drawn."""
        return self.screen.pane.table.texts

    @property
    def names(self) -> list[str]:
        return [" ".join(row.split()[:2]) if row[0] in "▸▾" else row.split()[0] for row in self.rows if row]

    @property
    def on(self) -> str:
        """Return the key of the build that the keys act on."""
        row = self.screen.pane.highlighted
        return row.lead.model.key if row is not None else ""

    @property
    def top(self) -> str:
        return str(self.screen.query_one("#top-status", Static).visual)

    @property
    def detail(self) -> str:
        return str(self.screen.query_one("#catalogue-detail", Static).visual)

    def row_of(self, name: str) -> str:
        return next(row for row in self.rows if name in row)

    async def press(self, *keys: str) -> None:
        await self.driver.press(*keys)

    async def go_to(self, key: str) -> None:
        """Move the cursor to the build, as a person does."""
        await self.press("home")
        for _ in range(len(self.library.listing().models) * 2):
            if self.on == key:
                return
            await self.press("down")
        raise AssertionError(f"{key} is not in the list")


@asynccontextmanager
async def browsing(
    models: Sequence[Model] = MODELS, *, size: tuple[int, int] = WIDE, library: ScriptedLibrary | None = None
) -> AsyncGenerator[Browsing, None]:
    library = library or ScriptedLibrary(models)

    def opener() -> Workspace:
        run = ScriptedRun(scripted.whole_benchmark)
        return replace(scripted.workspace(run, *library.listing().models, chosen=["tiny"]), library=library)

    async with driving(opener, size=size) as driver:
        await driver.press("c")
        await driver.until(lambda: isinstance(driver.app.screen, CatalogueScreen))
        screen = driver.app.screen
        assert isinstance(screen, CatalogueScreen)
        await driver.until(lambda: library.refreshes == 1 and screen.pane.table.size.height > 1)
        yield Browsing(driver, library, screen)
