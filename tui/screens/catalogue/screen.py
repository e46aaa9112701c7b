"""The catalogue: every model there is, which of them are on the disk, and which are being downloaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from textual import on, work
from textual.timer import Timer

from tui.library.protocol import Library, LibraryError
from tui.panes.catalogue.builds import Build
from tui.panes.catalogue.detail import CatalogueDetail
from tui.panes.catalogue.downloads import DownloadsStrip
from tui.panes.catalogue.pane import CataloguePane
from tui.panes.widgets.line_table import LineTable
from tui.records import FitForecast, Model
from tui.records.library import Listing
from tui.screens import frame
from tui.screens.catalogue.build_list import BuildList
from tui.screens.catalogue.commands import COMMANDS
from tui.screens.catalogue.wording import freshness, words_on_caches
from tui.screens.frame.about import About
from tui.screens.frame.keys import HelpEntry
from tui.screens.frame.list_frame import ListFrame

_SHOW_AGE_EVERY_S: Final = 10.0
_DESCRIBE_AFTER_S: Final = 0.08
_FILTER_HELP: Final = (
    HelpEntry("Filter", "Several words must all match: parts of names, publishers, licences and capabilities"),
    HelpEntry("cached", "A state: cached, available, downloading, paused, stalled, partial, broken, loaded"),
    HelpEntry("gpu", "A device: cpu, gpu or npu"),
    HelpEntry("<2gb >500mb", "A size; without a unit gigabytes are meant"),
)
_LOOKING: Final = "Nothing is on this machine yet; the public catalogue is being asked."
_EMPTY: Final = (
    "No model is known yet.\n\n"
    "F5 asks the public catalogue, which needs a network. A adds a folder with a model of your own."
)


def nothing_loaded() -> Sequence[str]:
    """The loaded models of a catalogue without a workbench."""
    return ()


_ABOUT: Final = About(
    title="Catalogue",
    words=(
        "The models that Foundry Local offers, and those on this disk. D downloads the highlighted one; from then on "
        "the workbench lists it. A model often has several builds, one for each device: → lists them, ← folds them."
    ),
    parts=(
        HelpEntry(
            "State",
            "available (can be downloaded), downloading, waiting, paused, partial (some of it was downloaded), cached "
            "(whole on this disk), loaded (in memory), broken (files are missing or changed: V checks them), missing "
            "(models.json names it, but neither this machine nor the catalogue has it), not here (not on this machine; "
            "whether it can be downloaded is known once the catalogue was read, which needs a network)",
        ),
        HelpEntry("Size", "How much is downloaded; it takes as much of the disk"),
        HelpEntry(
            "Memory",
            "Whether it fits into the memory that is free now. “fits at 8k”: with a context of 8,192 tokens, not with "
            "its whole one. The details show the sum",
        ),
        HelpEntry("Device", "What the builds run on: processor (cpu), graphics card (gpu) or neural unit (npu)"),
        HelpEntry("list from", "When the list was fetched; F5 fetches it again"),
    ),
    topic="models",
)


class CatalogueScreen(ListFrame[CataloguePane, CatalogueDetail]):
    """Lists the builds of the library, follows their downloads, and asks the library for what the commands need."""

    COMMAND_TABLE = COMMANDS
    ABOUT = _ABOUT
    BESIDE_COLUMNS = 112
    SPARED = ("sort", "providers", "register", "refresh", "filter")
    DEFAULT_CSS = """
    CatalogueScreen {
        &.-below .detail { height: 12; }
    }
    """

    def __init__(
        self,
        library: Library,
        *,
        loaded: Callable[[], Sequence[str]] = nothing_loaded,
        fit: Callable[[Model], FitForecast | None] | None = None,
        memory: Callable[[Model], tuple[str, ...]] | None = None,
    ) -> None:
        """``loaded`` gives the keys of the loaded models; ``fit`` and ``memory`` predict what loading a model takes."""
        self.strip = DownloadsStrip()
        super().__init__(CataloguePane(), CatalogueDetail(), self.strip)
        self.library = library
        self._memory = memory
        self._build_list = BuildList(library, loaded, fit)
        self._is_refreshing = False
        self._describing: Timer | None = None

    def on_mount(self) -> None:
        self.set_interval(_SHOW_AGE_EVERY_S, self._show_freshness)
        self._show_listing(self.library.listing())
        self.strip.show(self.library.downloads)
        self.refresh_listing()

    def on_screen_resume(self) -> None:
        if self._build_list.builds:
            self.follow()

    def help_entries(self) -> list[HelpEntry]:
        return [*super().help_entries(), *_FILTER_HELP]

    def show_help(self) -> None:
        """Show the help, without the column Device while the list has none."""
        parts = [part for part in _ABOUT.parts if part.name != "Device" or part.name in self.pane.table.header]
        about = replace(_ABOUT, parts=tuple(parts))
        self.app.push_screen(frame.HelpScreen([("Keys", self.help_entries())], about))

    @property
    def build(self) -> Build | None:
        """The build that the commands act on."""
        row = self.pane.highlighted
        return None if row is None else row.lead

    @property
    def is_refreshing(self) -> bool:
        """Whether the public catalogue is being asked."""
        return self._is_refreshing

    def follow(self) -> None:
        """Bring the screen up to date after a change of the library."""
        listing = self.library.listing()
        if listing != self._build_list.listing:
            self._show_listing(listing)
        elif changed := self._build_list.update():
            self.pane.update_builds(changed)
        self.strip.show(self.library.downloads)

    def ask_library(self, change: Callable[[], object]) -> bool:
        """Ask the library for a change, and return whether it was made; if the library refuses, show its reason."""
        try:
            change()
        except LibraryError as error:
            self.refuse(str(error))
            return False
        finally:
            self.follow()
        return True

    @work(group="refresh", exclusive=True, exit_on_error=False)
    async def refresh_listing(self) -> None:
        """Ask the public catalogue again."""
        self._set_refreshing(True)
        try:
            listing = await self.library.refresh()
        finally:
            self._set_refreshing(False)
        self._show_listing(listing)

    def _set_refreshing(self, is_refreshing: bool) -> None:
        self._is_refreshing = is_refreshing
        self._show_freshness()
        self.refresh_bindings()

    def _show_listing(self, listing: Listing) -> None:
        self._build_list.set_listing(listing)
        self.pane.set_builds(self._build_list.builds, _LOOKING if self._is_refreshing else _EMPTY)
        self._show_freshness()
        self.pane.border_subtitle = words_on_caches(self.library.caches)

    def _show_freshness(self) -> None:
        self.top.show_status(freshness(self._build_list.listing, datetime.now(UTC), refreshing=self._is_refreshing))

    @on(LineTable.Highlighted)
    def _describe_soon(self) -> None:
        # The details follow a moment later, so that their layout does not slow the way through the list.
        if self._describing is None:
            self._describing = self.set_timer(_DESCRIBE_AFTER_S, self._describe)

    def _describe(self) -> None:
        self._describing = None
        row = self.pane.highlighted
        memory = self._memory(row.lead.model) if row is not None and self._memory is not None else ()
        self.detail.show(row, memory)
        self.refresh_changed_keys()
