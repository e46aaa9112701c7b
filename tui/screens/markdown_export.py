"""Where a comparison or a choice goes as Markdown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from tui.screens.dialog import Dialog


def write_text(text_of: Callable[[], str], path: Path) -> None:
    """Write it whole or not at all. For a thread.

    Raises:
        ExportError: with one sentence for the user.
    """
    from tui.store import export

    export.check_writable(path)
    export.write(path, text_of())


class MarkdownExport(Dialog[str]):
    """Its result is the path that was written."""

    DEFAULT_CSS = """
    MarkdownExport .row Input { width: 1fr; }
    """

    def __init__(self, what: str, text_of: Callable[[], str]) -> None:
        super().__init__()
        self._what, self._text_of = what, text_of
        self._overwrite: Path | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = f"Export the {self._what}"
            box.border_subtitle = "enter writes · escape leaves"
            with Horizontal(classes="row"):
                yield Label("File", classes="label")
                yield Input(f"{self._what}-{datetime.now():%Y-%m-%d-%H%M}.md", compact=True, select_on_focus=False)
            yield Static("", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Leave", id="leave", compact=True)
                yield Button("Write", id="write", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._say(f"Written to {Path.cwd()} unless the path says otherwise.", calm=True)

    @on(Input.Changed)
    def _forget_question(self) -> None:
        self._overwrite = None

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def _write(self) -> None:
        text = self.query_one(Input).value.strip()
        if not text:
            self._say("A file name is expected.")
            return
        path = Path(text if text.lower().endswith(".md") else f"{text}.md").expanduser()
        if path.exists() and self._overwrite != path:
            self._overwrite = path
            self._say(f"{path.name} exists: enter again overwrites it.")
            return
        self._write_to(path)

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _write_to(self, path: Path) -> None:
        from tui.store.export import ExportError

        try:
            await asyncio.to_thread(write_text, self._text_of, path)
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
