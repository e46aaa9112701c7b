"""Writing a file somewhere: a path, a question before anything is overwritten, and the reason where it cannot be."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from tui import paths
from tui.screens.frame.dialog import FormDialog


class FileDialog(FormDialog[str]):
    """Its result is the path that was written. A dialog of this kind says what goes there."""

    def __init__(self, what: str, name: str) -> None:
        """``what`` is written, and ``name`` is what its file is called unless something else is typed."""
        super().__init__()
        self._what, self._name_of_file = what, name
        self._overwrite: Path | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = f"Export the {self._what}"
            box.border_subtitle = "enter writes · escape leaves"
            with Horizontal(classes="row"):
                yield Label("File", classes="label")
                yield Input(self._name_of_file, compact=True, select_on_focus=False)
            yield from self.choices()
            yield from self.ending("write", "Write")

    def choices(self) -> ComposeResult:
        """What is asked besides the path."""
        yield from ()

    def path_of(self, text: str) -> Path:
        """The path that is meant by what was typed."""
        raise NotImplementedError

    def write(self, path: Path) -> None:
        """Write it whole or not at all. In a thread.

        Raises:
            ExportError: with one sentence for the user.
        """
        raise NotImplementedError

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.say(f"Written to {Path.cwd()} unless the path says otherwise.", calm=True)

    @on(Input.Changed)
    def _forget_question(self) -> None:
        self._overwrite = None

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def ask_to_write(self) -> None:
        """Write, unless nothing was typed or there is a file already that nobody has agreed to lose."""
        text = self.query_one(Input).value.strip()
        if not text:
            self.say("A file name is expected.")
            return
        path = self.path_of(text)
        if paths.exists(path) and self._overwrite != path:
            self._overwrite = path
            self.say(f"{path.name} exists: enter again overwrites it.")
            return
        self._write_to(path)

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _write_to(self, path: Path) -> None:
        from tui.reports.export import ExportError

        try:
            await asyncio.to_thread(self.write, path)
        except ExportError as error:
            self.say(str(error))
            return
        self.notify(str(path.absolute()), title=f"{self._what.capitalize()} written", markup=False)
        self.dismiss(str(path.absolute()))
