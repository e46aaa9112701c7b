"""The base of dialogs that read a file: a path, and the reason if the file cannot be used."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from tui import paths
from tui.screens.frame.dialog import FormDialog
from tui.screens.frame.failure import Result


class Unusable(Exception):
    """A file cannot be used; the message is one sentence for a person."""


class ReadDialog(FormDialog[Result]):
    """Asks for the path of a file and reads it; a class below decides what is read."""

    TITLED: ClassVar[str]
    EXAMPLE: ClassVar[str]

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = self.TITLED
            box.border_subtitle = "enter reads · escape leaves"
            yield from self.compose_about()
            with Horizontal(classes="row"):
                yield Label("File", classes="label")
                yield Input(placeholder=self.EXAMPLE, compact=True)
            yield from self.compose_end("read", "Read", f"Read from {Path.cwd()} unless the path says otherwise.")
            yield from self.compose_choices()

    def compose_about(self) -> ComposeResult:
        """Compose what stands above the path."""
        yield from ()

    def compose_choices(self) -> ComposeResult:
        """Compose what stands below the buttons."""
        yield from ()

    def read(self, file: Path) -> Result:
        """Read the file and return the result of the dialog. Called in a thread.

        Raises:
            Unusable: the file cannot be used.
        """
        raise NotImplementedError

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#read")
    def _start_reading(self) -> None:
        text = self.query_one(Input).value.strip()
        if text:
            self._read(paths.expanded(Path(text)))
        else:
            self.show_message("A file name is expected.")

    @work(group="file", exclusive=True, exit_on_error=False)
    async def _read(self, file: Path) -> None:
        try:
            result = await asyncio.to_thread(self.read, file)
        except Unusable as error:
            self.show_message(str(error))
            return
        self.dismiss(result)
