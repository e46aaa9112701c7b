"""The dialog that registers a model folder of the user's own; its files are checked while its path is typed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.suggester import Suggester
from textual.widgets import Button, Input, Label

from tui import paths
from tui.library.protocol import Library, LibraryError
from tui.panes.catalogue.checks import CheckList
from tui.records import Model
from tui.screens.frame.dialog import FormDialog

_TYPING_PAUSE_S: Final = 0.15
"""The pause in the typing after which the folder is checked."""
_SEPARATORS: Final = f"{os.sep}{os.altsep or ''}"
_HINT: Final = "The folder holds genai_config.json and the weights; the right arrow completes its path."


def complete_path(text: str, separators: str = _SEPARATORS) -> str | None:
    """Complete the last part of a path to the first folder whose name begins with it; ``None`` if there is none.

    Folders whose name begins with it in the same case come first: Windows and macOS take either case. The result ends
    with the separator that was typed last, because a path with two kinds of them is hard to read.
    It reads the disk: call it in a thread.
    """
    begin = max(text.rfind(separator) for separator in separators) + 1
    parent, prefix = text[:begin], text[begin:]
    if not prefix:
        return None
    try:
        folder = paths.expanded(Path(parent or "."))
        begun = [path for path in folder.iterdir() if path.name.casefold().startswith(prefix.casefold())]
        names = [path.name for path in begun if path.is_dir()]
    except (OSError, ValueError):
        return None
    first = min(names, key=lambda name: (not name.startswith(prefix), name), default=None)
    return None if first is None else f"{parent}{first}{parent[-1:] or separators[0]}"


class FolderSuggester(Suggester):
    """Suggests the completed path of a folder, and reads the disk in a thread for it."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(complete_path, value)


class RegisterDialog(FormDialog[Model]):
    """A form with the folder, the name and the capabilities of a model; the result is the registered model."""

    DEFAULT_CSS = """
    RegisterDialog {
        CheckList { max-height: 8; }
    }
    """

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Register a folder"
            box.border_subtitle = "tab moves · enter registers · escape cancels"
            with Horizontal(classes="row"):
                yield Label("Folder", classes="label")
                yield Input(id="folder", suggester=FolderSuggester(), compact=True)
            with Horizontal(classes="row"):
                yield Label("Name", classes="label")
                yield Input(id="name", placeholder="my-model", compact=True)
            with Horizontal(classes="row"):
                yield Label("Can do", classes="label")
                yield Input(id="capabilities", placeholder="tool-calling, vision (may stay empty)", compact=True)
            yield CheckList()
            yield from self.compose_end("register", "Register")

    def on_mount(self) -> None:
        self.query_one("#folder").focus()
        self.query_one(CheckList).show_message(_HINT)

    @on(Input.Changed, "#folder")
    @work(group="inspect", exclusive=True, exit_on_error=False)
    async def _inspect(self) -> None:
        await asyncio.sleep(_TYPING_PAUSE_S)
        folder, checks = self._folder, self.query_one(CheckList)
        if folder is None:
            checks.show_message(_HINT)
            return
        checks.show(await asyncio.to_thread(self._library.inspect, folder))

    @on(Input.Changed)
    def _forget_error(self) -> None:
        self.show_message("")

    @on(Input.Submitted)
    @on(Button.Pressed, "#register")
    def _register(self) -> None:
        folder, name = self._folder, self.query_one("#name", Input).value.strip()
        if folder is None or not name:
            self.show_message("A folder is expected." if folder is None else "A name is expected.")
            self.query_one("#folder" if folder is None else "#name").focus()
            return
        words = self.query_one("#capabilities", Input).value.replace(",", " ").split()
        try:
            self.dismiss(self._library.register(name, folder, words))
        except LibraryError as error:
            self.show_message(str(error))

    @property
    def _folder(self) -> Path | None:
        text = self.query_one("#folder", Input).value.strip()
        return paths.expanded(Path(text)) if text else None
