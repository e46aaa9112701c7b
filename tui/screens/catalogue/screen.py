"""The catalogue: every model there is, what is on the disk, and what is on its way here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType
from textual.timer import Timer

from tui.library.protocol import Library, LibraryError
from tui.panes.catalogue.builds import Build
from tui.panes.catalogue.detail import CatalogueDetail
from tui.panes.catalogue.downloads import DownloadsStrip
from tui.panes.catalogue.pane import CataloguePane
from tui.panes.widgets.line_table import LineTable
from tui.records import Fit, Model
from tui.records.library import Download, Listing
from tui.screens.catalogue.actions import (
    OFFERS,
    STOPPED,
    freshness,
    question_before_cancelling,
    question_before_removing,
    words_on_caches,
)
from tui.screens.frame.keys import HelpEntry
from tui.screens.frame.list_frame import ListFrame
from tui.text import units

_SAY_AGE_EVERY_S: Final = 10.0
_DESCRIBE_AFTER_S: Final = 0.08
_FILTER_HELP: Final = (
    ("Filter", "Several words must all match: parts of names, publishers, licences and capabilities"),
    ("cached", "A state: cached, available, downloading, paused, stalled, partial, broken, loaded"),
    ("gpu", "A device: cpu, gpu or npu"),
    ("<2gb >500mb", "A size; without a unit gigabytes are meant"),
)
_LOOKING: Final = "Nothing is on this machine yet; the public catalogue is being asked."
_EMPTY: Final = "No model is known: r asks the public catalogue again, g adds a folder of your own."


def nothing_loaded() -> Sequence[str]:
    """For a catalogue that stands alone."""
    return ()


class CatalogueScreen(ListFrame[CataloguePane, CatalogueDetail]):
    """Asks the library for what the keys say, and shows what it tells."""

    BESIDE_COLUMNS = 112
    SPARED = ("sort_next", "providers", "register", "quit", "refresh", "filter")
    DEFAULT_CSS = """
    CatalogueScreen {
        &.-below .detail { height: 12; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "download", "Download", tooltip="Download the model, or go on with it", id="catalogue-download"),
        Binding("p", "pause", "Pause", tooltip="Pause the download, or go on with it", id="catalogue-pause"),
        Binding("x", "remove", "Remove", tooltip="Cancel the download, or remove the files", id="catalogue-remove"),
        Binding("v", "verify", "Verify", tooltip="Check the files, and repair them", id="catalogue-verify"),
        Binding("slash", "filter", "Filter", key_display="/", tooltip="Narrow the list", id="catalogue-filter"),
        Binding("space", "details", "Details", tooltip="Show the details, or the list", id="catalogue-details"),
        Binding("g", "register", "Register", tooltip="Add a model folder of your own", id="catalogue-register"),
        Binding("i", "providers", "Providers", tooltip="What this machine runs models with", id="catalogue-providers"),
        Binding("r,f5", "refresh", "Refresh", tooltip="Ask the public catalogue again", id="catalogue-refresh"),
        Binding("t", "start_at", "Start at", tooltip="Download at a time of day", show=False, id="catalogue-start"),
        Binding("u", "unregister", "Forget", tooltip="Forget a registered folder", show=False, id="catalogue-forget"),
        Binding("o", "sort_next", "Sort", tooltip="Sort by the next column", id="catalogue-sort"),
        Binding("O", "sort_turn", "Turn", tooltip="Turn the order of the list", show=False, id="catalogue-turn"),
        Binding("escape,c", "leave", "Back", key_display="esc", tooltip="Back to the workbench", id="catalogue-leave"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="Every key", id="catalogue-help"),
    ]

    def __init__(
        self,
        library: Library,
        *,
        loaded: Callable[[], Sequence[str]] = nothing_loaded,
        fit: Callable[[Model], Fit | None] | None = None,
        memory: Callable[[Model], tuple[str, ...]] | None = None,
    ) -> None:
        """``loaded`` gives the keys of loaded models; ``fit`` and ``memory`` say what loading one would take."""
        self.strip = DownloadsStrip()
        super().__init__(CataloguePane(), CatalogueDetail(), self.strip)
        self._library, self._loaded, self._fit, self._memory = library, loaded, fit, memory
        self._listing = Listing(models=())
        self._builds: dict[str, Build] = {}
        self._refreshing = False
        self._offered: tuple[bool, ...] = ()
        self._describing: Timer | None = None

    def on_mount(self) -> None:
        self.set_interval(_SAY_AGE_EVERY_S, self._say_freshness)
        self._take_list(self._library.listing())
        self.strip.show(self._library.downloads)
        self._ask_anew()

    def on_screen_resume(self) -> None:
        if self._builds:
            self.follow()

    def follow(self) -> None:
        """Bring the screen up to the library: for whoever is told that something has changed."""
        listing = self._library.listing()
        if listing != self._listing:
            self._take_list(listing)
        else:
            self._take_changes()
        self.strip.show(self._library.downloads)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that make no sense for the highlighted build are greyed."""
        if action == "refresh":
            return None if self._refreshing else True
        if action in OFFERS:
            build = self._build
            return True if build is not None and OFFERS[action](build) else None
        return super().check_action(action, parameters)

    def action_refresh(self) -> None:
        """Ask the public catalogue again."""
        self._ask_anew()

    def action_download(self) -> None:
        """Put the build into the queue, or go on with what has begun."""
        build = self._build
        if build is None:
            return
        if build.status in STOPPED:
            self._try(lambda: self._library.resume(build.model.key))
        else:
            self._try(lambda: self._library.download(build.model))

    def action_pause(self) -> None:
        """Pause the download; go on with one that is paused."""
        build = self._build
        if build is not None:
            change = self._library.resume if build.status in STOPPED else self._library.pause
            self._try(lambda: change(build.model.key))

    def action_start_at(self) -> None:
        """Ask for a time of day, and download then."""
        build = self._build
        if build is None:
            return

        def begin(at: str | None) -> None:
            if at is not None:
                self._try(lambda: self._library.download(build.model, at=at))

        # Imported here, as every dialog: the first picture should not wait for it.
        from tui.screens.catalogue.start_time import StartTimeDialog

        self.app.push_screen(StartTimeDialog(build.model.key), begin)

    def action_remove(self) -> None:
        """Cancel the download, or remove the files; asked for first."""
        build = self._build
        if build is None:
            return
        if build.loaded:
            self.refuse(f"{build.model.key} is loaded: u in the workbench unloads it, then it can be removed.")
            return
        key = build.model.key
        if build.download is not None and OFFERS["pause"](build):
            question, go_on = question_before_cancelling(build), partial(self._cancel, key)
        else:
            question, go_on = question_before_removing(build), partial(self._remove, build.model)

        def answer(sure: bool | None) -> None:
            if sure:
                go_on()

        if question is None:
            go_on()
        else:
            self.app.push_screen(question, answer)

    def action_verify(self) -> None:
        """Look at the files, and offer to fetch them anew where they are not in order."""
        build = self._build
        if build is None:
            return
        from tui.screens.catalogue.verify import VerifyDialog

        model, loaded = build.model, build.loaded

        def repair(wanted: bool | None) -> None:
            if wanted:
                self._repair(model)

        repairable = model.catalog is not None and not loaded
        self.app.push_screen(VerifyDialog(self._library, model, repairable=repairable), repair)

    def action_register(self) -> None:
        """Ask for a folder and a name."""
        from tui.screens.catalogue.register import RegisterDialog

        def say(model: Model | None) -> None:
            if model is not None:
                self.follow()
                self.notify(f"{model.key} is in the list now.", markup=False)

        self.app.push_screen(RegisterDialog(self._library), say)

    def action_unregister(self) -> None:
        """Forget a registered folder; its files stay."""
        build = self._build
        if build is not None and self._try(lambda: self._library.unregister(build.model.alias)):
            self.notify(f"{build.model.alias} is forgotten; its files stay in {build.model.folder}.", markup=False)

    def action_providers(self) -> None:
        """Show the execution providers, and add one."""
        from tui.screens.catalogue.providers import ProvidersDialog

        self.app.push_screen(ProvidersDialog(self._library))

    def help_entries(self) -> list[HelpEntry]:
        return [*super().help_entries(), *(HelpEntry(*each) for each in _FILTER_HELP)]

    @property
    def _build(self) -> Build | None:
        """The build that the keys act on."""
        row = self.pane.highlighted
        return None if row is None else row.lead

    def _take_list(self, listing: Listing) -> None:
        self._listing = listing
        downloads = {each.key: each for each in self._library.downloads}
        loaded = frozenset(self._loaded())
        fit = self._fit
        self._builds = {
            model.key: Build(
                model=model,
                download=downloads.get(model.key),
                loaded=model.key in loaded,
                fit=fit(model) if fit is not None else None,
            )
            for model in listing.models
            if not model.traits.is_remote
        }
        self.pane.set_builds(self._builds.values(), _LOOKING if self._refreshing else _EMPTY)
        self._say_freshness()
        self.pane.border_subtitle = words_on_caches(self._library.caches)

    def _take_changes(self) -> None:
        downloads: dict[str, Download] = {each.key: each for each in self._library.downloads}
        loaded = frozenset(self._loaded())
        changed: list[Build] = []
        for key, build in self._builds.items():
            download, is_loaded = downloads.get(key), key in loaded
            if download != build.download or is_loaded != build.loaded:
                changed.append(replace(build, download=download, loaded=is_loaded))
        if changed:
            self._builds.update({build.model.key: build for build in changed})
            self.pane.update_builds(changed)

    def _say_freshness(self) -> None:
        self.top.show_status(freshness(self._listing, datetime.now(UTC), refreshing=self._refreshing))

    @work(group="refresh", exclusive=True, exit_on_error=False)
    async def _ask_anew(self) -> None:
        self._refreshing = True
        self._say_freshness()
        self.refresh_bindings()
        try:
            listing = await self._library.refresh()
        finally:
            self._refreshing = False
            self.refresh_bindings()
            self._say_freshness()
        self._take_list(listing)

    @work(group="cancel", exit_on_error=False)
    async def _cancel(self, key: str) -> None:
        try:
            await self._library.cancel(key)
        except LibraryError as error:
            self.refuse(str(error))
        self.follow()

    @work(group="remove", exit_on_error=False)
    async def _remove(self, model: Model) -> None:
        try:
            freed_bytes = await self._library.remove(model)
        except LibraryError as error:
            self.refuse(str(error))
            return
        self.follow()
        self.notify(f"{model.key} is removed; {units.size(freed_bytes)} are free again.", markup=False)

    @work(group="remove", exit_on_error=False)
    async def _repair(self, model: Model) -> None:
        try:
            await self._library.repair(model)
        except LibraryError as error:
            self.refuse(str(error))
        self.follow()

    def _try(self, ask: Callable[[], object]) -> bool:
        """Ask the library for something; where it refuses, its reason is shown."""
        try:
            ask()
        except LibraryError as error:
            self.refuse(str(error))
            return False
        finally:
            self.follow()
        return True

    @on(LineTable.Highlighted)
    def _describe_soon(self) -> None:
        # A moment later, so that moving through the list is not held up by the layout of every description.
        if self._describing is None:
            self._describing = self.set_timer(_DESCRIBE_AFTER_S, self._describe)

    def _describe(self) -> None:
        self._describing = None
        row = self.pane.highlighted
        memory = self._memory(row.lead.model) if row is not None and self._memory is not None else ()
        self.detail.show(row, memory)
        build = self._build
        offered = tuple(build is not None and makes_sense(build) for makes_sense in OFFERS.values())
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()
