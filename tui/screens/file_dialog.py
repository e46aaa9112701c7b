"""Writing a file somewhere: a path, a question before anything is overwritten, and the reason where it cannot be."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import on, work
from textual.widgets import Button, Input, Static

from tui import paths
from tui.screens.dialog import Dialog


class FileDialog(Dialog[str]):
    """Its result is the path that was written. A dialog of this kind says what goes there."""

    DEFAULT_CSS = """
    FileDialog .row Input { width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._overwrite: Path | None = None

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
        self._say(f"Written to {Path.cwd()} unless the path says otherwise.", calm=True)

    @on(Input.Changed)
    def _forget_question(self) -> None:
        self._overwrite = None

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def ask_to_write(self) -> None:
        """Write, unless nothing was typed or there is a file already that nobody has agreed to lose."""
        text = self.query_one(Input).value.strip()
        if not text:
            self._say("A file name is expected.")
            return
        path = self.path_of(text)
        if paths.exists(path) and self._overwrite != path:
            self._overwrite = path
            self._say(f"{path.name} exists: enter again overwrites it.")
            return
        self._write_to(path)

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _write_to(self, path: Path) -> None:
        from tui.store.export import ExportError

        try:
            await asyncio.to_thread(self.write, path)
        except ExportError as error:
            self._say(str(error))
            return
        self.dismiss(str(path.absolute()))

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.action_leave()

    def _say(self, sentence: str, *, calm: bool = False) -> None:
        line = self.query_one(".error", Static)
        line.set_class(calm, "-calm")
        line.update(sentence)
