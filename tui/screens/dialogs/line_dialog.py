"""A dialog that asks for one line of text."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from tui.screens.frame.dialog import FormDialog


class LineDialog(FormDialog[str]):
    """Asks for a line; its result is the text, which is empty if what was there before is to be removed."""

    def __init__(self, title: str, label: str, text: str, hint: str) -> None:
        super().__init__()
        self._title, self._label, self._text, self._hint = title, label, text, hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = self._title
            box.border_subtitle = "enter keeps · escape cancels"
            with Horizontal(classes="row"):
                yield Label(self._label, classes="label")
                yield Input(self._text, compact=True, select_on_focus=False)
            yield from self.compose_end("keep", "Keep", self._hint)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#keep")
    def _keep(self) -> None:
        self.dismiss(self.query_one(Input).value.strip())
