"""The base of dialogs that write a file: a path, a question before one is overwritten, and the reason of a failure."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from tui import paths, reports
from tui.screens.frame.dialog import FormDialog


class FileDialog(FormDialog[str]):
    """Asks for a path and writes there; a class below decides what. The result is the path that was written."""

    def __init__(self, what: str, name: str) -> None:
        """``what`` names what is written; ``name`` is the name of the file unless another one is typed."""
        super().__init__()
        self._what, self._name_of_file = what, name
        self._overwrite: Path | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = f"Export the {self._what}"
            box.border_subtitle = "enter writes · escape cancels"
            with Horizontal(classes="row"):
                yield Label("File", classes="label")
                yield Input(self._name_of_file, compact=True, select_on_focus=False)
            yield from self.compose_choices()
            yield from self.compose_end("write", "Write")

    def compose_choices(self) -> ComposeResult:
        """Compose what is asked besides the path."""
        yield from ()

    def path_of(self, text: str) -> Path:
        """Return the path that the typed text means."""
        raise NotImplementedError

    def write(self, path: Path) -> None:
        """Write the file whole or not at all. Called in a thread.

        Raises:
            ExportError: the file cannot be written; the message is one sentence for a person.
        """
        raise NotImplementedError

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.show_message(f"Written to {Path.cwd()} unless the path says otherwise.", hint=True)

    @on(Input.Changed)
    def _forget_question(self) -> None:
        self._overwrite = None

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def ask_to_write(self) -> None:
        """Write the file, unless nothing was typed or a file would be overwritten that was not asked about."""
        text = self.query_one(Input).value.strip()
        if not text:
            self.show_message("A file name is expected.")
            return
        path = self.path_of(text)
        if paths.exists(path) and self._overwrite != path:
            self._overwrite = path
            self.show_message(f"{path.name} exists: enter again overwrites it.")
            return
        self.start_writing(path)

    def start_writing(self, path: Path) -> None:
        """Write to a path that may be written."""
        self._write_to(path)

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _write_to(self, path: Path) -> None:
        try:
            await asyncio.to_thread(self.write, path)
        except reports.export.ExportError as error:
            self.show_message(str(error))
            return
        self.notify(str(path.absolute()), title=f"{self._what.capitalize()} written", markup=False)
        self.dismiss(str(path.absolute()))
