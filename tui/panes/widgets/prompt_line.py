"""The line that holds what the models are asked."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label


class PromptInput(Input):
    """Takes letters only while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Run the prompt"),
        Binding("escape", "leave", "Back to the panes"),
    ]

    class Closed(Message):
        """The person is done with the line."""

    def action_leave(self) -> None:
        self.post_message(self.Closed())


class PromptLine(Horizontal):
    """One line of text; enter asks it."""

    class Submitted(Message):
        """Enter was pressed on a prompt."""

    DEFAULT_CSS = """
    PromptLine {
        height: 1;
        padding: 0 1;
        &:focus-within { background: $panel; }
        Label {
            width: auto;
            color: $primary;
            text-style: bold;
        }
        PromptInput {
            width: 1fr;
            background: transparent;
            background-tint: transparent;
        }
    }
    """

    def compose(self) -> ComposeResult:
        yield Label("❯ ")
        yield PromptInput(placeholder="Type a question for the selected models", compact=True, select_on_focus=False)

    @property
    def text(self) -> str:
        return self.query_one(PromptInput).value.strip()

    @text.setter
    def text(self, value: str) -> None:
        self.query_one(PromptInput).value = value

    def take_focus(self) -> None:
        """Let letters go to the line."""
        self.query_one(PromptInput).focus()

    def on_click(self) -> None:
        self.take_focus()

    @on(Input.Submitted)
    def _ask(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted())
