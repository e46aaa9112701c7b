"""The line in which a person types a question for the models."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label


class PromptInput(Input):
    """An input that leaves letters to the key bindings of the screen until it is focused."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Run the prompt"),
        Binding("escape", "leave", "Back to the panes"),
    ]

    class Closed(Message):
        """The person has pressed escape to go back to the panes."""

    def action_leave(self) -> None:
        self.post_message(self.Closed())


class PromptLine(Horizontal):
    """The input with its label; enter sends the question."""

    class Submitted(Message):
        """Enter was pressed to send the question."""

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
        """Move the focus to the input."""
        # Not focus(), which takes effect later: letters typed at once would be commands.
        self.screen.set_focus(self.query_one(PromptInput))

    def on_click(self) -> None:
        self.take_focus()

    @on(Input.Submitted)
    def _ask(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted())
