"""The bases of dialogs: a framed box in the middle that escape leaves, with or without lines to fill in."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Button, Static

from tui.screens.frame.failure import ReportsFailure, Result


class Dialog(ModalScreen[Result | None], ReportsFailure[Result | None]):
    """Shows a box in the middle of the screen; its result is ``None`` if it was left without a decision."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", tooltip="Close this and change nothing"),
        Binding("q", "leave", "Cancel", show=False),
    ]

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 70%;

        .box {
            width: 80;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            overflow-y: auto;
            scrollbar-size-vertical: 1;
            padding: 0 2;
            border: round $border;
            border-title-color: $primary;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            background: $surface;
        }
        .label {
            color: $text-muted;
            width: auto;
            min-width: 12;
        }
        .error {
            color: $error;
            height: auto;
            min-height: 1;
            &.-hint { color: $text-muted; }
        }
        .row {
            height: 1;
            margin-top: 1;
        }
        .buttons {
            height: 1;
            align-horizontal: right;
            margin-top: 1;
        }
        Button {
            margin-left: 2;
            min-width: 12;
            background: $panel;
            color: $text-muted;
        }
        Button:focus {
            background: $primary;
            color: $background;
        }
        Input {
            background: $panel;
            background-tint: transparent;
        }
    }
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        rows = self.regions.dimmed_rows(self, crop)
        return super().render_lines(crop) if rows is None else rows

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close with a result, once: a second enter that is already on its way would close the screen below."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def action_leave(self) -> None:
        """Close without a decision."""
        self.dismiss(None)

    def show_message(self, words: str, *, hint: bool = False) -> None:
        """Show a message below the lines: what is wrong or, in a quiet colour, a ``hint``."""
        line = self.query_one(".error", Static)
        line.set_class(hint, "-hint")
        line.update(words)


class FormDialog(Dialog[Result]):
    """A dialog with lines to fill in, and two buttons: one accepts them, the other leaves."""

    DEFAULT_CSS = """
    FormDialog {
        .row Input { width: 1fr; }
        .error { margin-top: 1; }
    }
    """

    def compose_end(self, name: str, words: str, hint: str = "") -> ComposeResult:
        """Compose what stands below the lines: a message, which is the ``hint`` at first, and the buttons."""
        yield Static(hint, classes="error -hint" if hint else "error", markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Cancel", id="leave", compact=True)
            yield Button(words, id=name, variant="primary", compact=True)

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.action_leave()
