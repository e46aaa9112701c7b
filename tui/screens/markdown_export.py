"""Where a comparison or a choice goes as Markdown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from tui import paths
from tui.screens.file_dialog import FileDialog


class MarkdownExport(FileDialog):
    """Writes a text that is made when it is written."""

    def __init__(self, what: str, text_of: Callable[[], str]) -> None:
        super().__init__()
        self._what, self._text_of = what, text_of

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

    def path_of(self, text: str) -> Path:
        return paths.expanded(Path(text if text.lower().endswith(".md") else f"{text}.md"))

    def write(self, path: Path) -> None:
        from tui.store import export

        export.check_writable(path)
        export.write(path, self._text_of())
