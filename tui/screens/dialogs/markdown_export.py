"""Where a comparison or a choice goes as Markdown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tui import paths
from tui.screens.dialogs.file_dialog import FileDialog


class MarkdownExport(FileDialog):
    """Writes a text that is made when it is written."""

    def __init__(self, what: str, text_of: Callable[[], str]) -> None:
        super().__init__(what, f"{what}-{datetime.now():%Y-%m-%d-%H%M}.md")
        self._text_of = text_of

    def path_of(self, text: str) -> Path:
        return paths.expanded(Path(text if text.lower().endswith(".md") else f"{text}.md"))

    def write(self, path: Path) -> None:
        from tui.reports import export

        export.check_writable(path)
        export.write(path, self._text_of())
