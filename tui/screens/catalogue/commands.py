"""The commands of the catalogue, in the order in which the footer and the help name them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.library.protocol import LibraryError
from tui.panes.catalogue.builds import IN_TRANSFER, Build, BuildStatus
from tui.records import Model, ModelState
from tui.screens.catalogue.providers import ProvidersDialog
from tui.screens.catalogue.register import RegisterDialog
from tui.screens.catalogue.start_time import StartTimeDialog
from tui.screens.catalogue.verify import VerifyDialog
from tui.screens.catalogue.wording import question_before_cancelling, question_before_removing, words_on_forgetting
from tui.screens.frame.commands import Command
from tui.screens.frame.list_frame import DETAILS, FILTER, REVERSE_SORT, SORT
from tui.screens.frame.sub_screen import HELP, leave_command
from tui.text import units

if TYPE_CHECKING:
    from tui.screens.catalogue.screen import CatalogueScreen

_STOPPED: Final = (BuildStatus.PAUSED, BuildStatus.FAILED)
"""The states of a download that goes on only when a person resumes it."""


def _is_cached(build: Build) -> bool:
    on_disk = build.model.is_complete or build.model.state in (ModelState.BROKEN, ModelState.PARTIAL)
    return not build.model.practice and on_disk


OFFERS: Final[dict[str, Callable[[Build], bool]]] = {
    "download": lambda build: build.status in (BuildStatus.AVAILABLE, BuildStatus.PARTIAL, *_STOPPED),
    "start-at": lambda build: build.status in (BuildStatus.AVAILABLE, BuildStatus.PARTIAL),
    "pause": lambda build: build.status in IN_TRANSFER,
    "remove": lambda build: build.status in IN_TRANSFER or _is_cached(build) or build.model.registered,
    "verify": lambda build: build.model.folder is not None and build.status not in IN_TRANSFER,
    "unregister": lambda build: build.model.registered,
}
"""The conditions of the commands that act on one build, by the identifier of the command."""


def why_not(command_id: str, build: Build | None) -> str:
    """Say why a command makes no sense for a build."""
    if build is None:
        return "No model is listed."
    key = build.model.key
    if build.model.practice:
        return f"{key} is a practice model, which ships with Benchtop."
    if command_id == "pause":
        return f"{key} is not being downloaded."
    if command_id == "unregister":
        return f"{key} is not a registered folder."
    if command_id in ("remove", "verify") and build.model.folder is None:
        return f"{key} is not on this machine."
    if command_id in ("download", "start-at") and build.status in (BuildStatus.CACHED, BuildStatus.LOADED):
        return f"{key} is on this machine already."
    if command_id in ("download", "start-at") and build.status is BuildStatus.MISSING:
        return f"{key} is not in the catalogue as it is known here: F5 asks it again."
    if command_id in ("download", "start-at") and build.status is BuildStatus.NOT_HERE:
        return f"{key} cannot be downloaded before the public catalogue was read: check the network, then press F5."
    return f"{key} is {build.state_text}."


def download(screen: CatalogueScreen, build: Build) -> None:
    """Put the build into the queue of downloads, or resume its download."""
    if build.status in _STOPPED:
        screen.ask_library(lambda: screen.library.resume(build.model.key))
    else:
        screen.ask_library(lambda: screen.library.download(build.model))


def pause(screen: CatalogueScreen, build: Build) -> None:
    """Pause the download of the build."""
    screen.ask_library(lambda: screen.library.pause(build.model.key))


def start_at(screen: CatalogueScreen, build: Build) -> None:
    """Ask for a time of day, and download the build then."""

    def begin(at: str | None) -> None:
        if at is not None:
            screen.ask_library(lambda: screen.library.download(build.model, at=at))

    screen.app.push_screen(StartTimeDialog(build.model.key), begin)


def remove(screen: CatalogueScreen, build: Build) -> None:
    """Cancel the download of the build, or remove its files; a person is asked first if something is lost."""
    if build.model.registered:
        unregister(screen, build)
        return
    if build.loaded:
        screen.refuse(f"{build.model.key} is loaded: U in the workbench unloads it, then it can be removed.")
        return
    if build.download is not None and OFFERS["pause"](build):
        question, change = question_before_cancelling(build), partial(_cancel, screen, build.model.key)
    else:
        question, change = question_before_removing(build), partial(_remove, screen, build.model)

    def change_if(sure: bool | None) -> None:
        if sure:
            _start(screen, change())

    if question is None:
        change_if(True)
    else:
        screen.app.push_screen(question, change_if)


def verify(screen: CatalogueScreen, build: Build) -> None:
    """Check the files of the build, and offer to download them again if they are broken."""
    model = build.model

    def repair_if(sure: bool | None) -> None:
        if sure:
            _start(screen, _repair(screen, model))

    repairable = model.catalog is not None and not build.loaded
    screen.app.push_screen(VerifyDialog(screen.library, model, repairable=repairable), repair_if)


def register(screen: CatalogueScreen) -> None:
    """Ask for a folder and a name, and register the folder as a model."""

    def show(model: Model | None) -> None:
        if model is not None:
            screen.follow()
            screen.notify(f"{model.key} is in the list now.", markup=False)

    screen.app.push_screen(RegisterDialog(screen.library), show)


def unregister(screen: CatalogueScreen, build: Build) -> None:
    """Forget a registered folder; its files stay."""
    model = build.model
    if screen.ask_library(lambda: screen.library.unregister(model.alias)):
        screen.notify(words_on_forgetting(model), markup=False)


def show_providers(screen: CatalogueScreen) -> None:
    """Show the execution providers, of which more can be added."""
    screen.app.push_screen(ProvidersDialog(screen.library))


def _start(screen: CatalogueScreen, change: Coroutine[None, None, None]) -> None:
    screen.run_worker(change, group="change", exit_on_error=False)


async def _cancel(screen: CatalogueScreen, key: str) -> None:
    try:
        await screen.library.cancel(key)
    except LibraryError as error:
        screen.refuse(str(error))
    screen.follow()


async def _remove(screen: CatalogueScreen, model: Model) -> None:
    try:
        freed_bytes = await screen.library.remove(model)
    except LibraryError as error:
        screen.refuse(str(error))
        return
    screen.follow()
    screen.notify(f"{model.key} is removed; {units.size(freed_bytes)} are free again.", markup=False)


async def _repair(screen: CatalogueScreen, model: Model) -> None:
    try:
        await screen.library.repair(model)
    except LibraryError as error:
        screen.refuse(str(error))
    screen.follow()


def _for_build(
    command_id: str,
    key: str,
    name: str,
    tooltip: str,
    run: Callable[[CatalogueScreen, Build], None],
    *,
    show: bool = True,
) -> Command[CatalogueScreen]:
    """A command for the highlighted build; its key is greyed if it makes no sense for this build."""

    def run_on_build(screen: CatalogueScreen) -> None:
        if screen.build is not None:
            run(screen, screen.build)

    def enabled(screen: CatalogueScreen) -> bool | None:
        return True if screen.build is not None and OFFERS[command_id](screen.build) else None

    return Command(
        command_id,
        key,
        name,
        tooltip,
        run_on_build,
        enabled,
        show=show,
        why_not=lambda screen: why_not(command_id, screen.build),
    )


COMMANDS: Final[tuple[Command[CatalogueScreen], ...]] = (
    _for_build("download", "D", "Download", "Download the model, or go on with it", download),
    _for_build("pause", "s", "Pause", "Pause the download; D goes on with it", pause),
    _for_build("remove", "x", "Remove", "Cancel the download, remove the files, or forget a registered folder", remove),
    _for_build("verify", "V", "Verify", "Check the files, and repair them", verify),
    FILTER,
    DETAILS,
    Command("register", "A", "Register", "Add a model folder of your own", register, show=True),
    Command("providers", "P", "Providers", "What this machine runs models with", show_providers, show=True),
    Command(
        "refresh",
        "f5",
        "Refresh",
        "Ask the public catalogue again",
        lambda screen: screen.refresh_listing(),
        lambda screen: None if screen.is_refreshing else True,
        show=True,
        why_not=lambda _: "The catalogue is being asked already.",
    ),
    _for_build("start-at", "", "Start at", "Download at a time of day", start_at, show=False),
    _for_build("unregister", "", "Forget", "Forget a registered folder", unregister, show=False),
    SORT,
    REVERSE_SORT,
    leave_command(),
    HELP,
)
