"""What every dialog shares: a framed box in the middle that escape leaves."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual import on
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.worker import Worker

from tui.screens.failure import sentence_of_failure

Result = TypeVar("Result")


class Dialog(ModalScreen[Result | None]):
    """A box in the middle; its result is ``None`` when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", tooltip="Close this and change nothing"),
    ]

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 70%;

        .box {
            width: 78;
            max-width: 100%;
            height: auto;
            max-height: 100%;
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
            &.-calm { color: $text-muted; }
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

    @on(Worker.StateChanged)
    def _tell_of_failure(self, event: Worker.StateChanged) -> None:
        sentence = sentence_of_failure(event)
        if sentence is not None:
            self.notify(sentence, severity="error", markup=False)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close with a result, once: a second enter may have been on its way, and would close the screen below."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def action_leave(self) -> None:
        """Close, with nothing decided."""
        self.dismiss(None)
