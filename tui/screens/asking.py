"""One line that is asked for: a note, a name."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from tui.screens.dialog import Dialog


class LineDialog(Dialog[str]):
    """Gives the line that was typed; empty is a line as well."""

    DEFAULT_CSS = """
    LineDialog .row Input { width: 1fr; }
    """

    def __init__(self, title: str, label: str, value: str) -> None:
        super().__init__()
        self._title, self._label, self._value = title, label, value

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = self._title
            box.border_subtitle = "enter keeps it · escape leaves it as it was"
            with Horizontal(classes="row"):
                yield Label(self._label, classes="label")
                yield Input(self._value, max_length=500, compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())
