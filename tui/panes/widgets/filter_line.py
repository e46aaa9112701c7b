"""The line in which a person types what a list is filtered by."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label


class FilterInput(Input):
    """The input of the filter: letters go into it, while the keys that move the cursor still move it in the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "To the list"),
        Binding("escape", "clear", "Show all"),
        Binding("up", "move('move', -1)", "Row up", show=False),
        Binding("down", "move('move', 1)", "Row down", show=False),
        Binding("pageup", "move('page', -1)", "Page up", show=False),
        Binding("pagedown", "move('page', 1)", "Page down", show=False),
    ]

    class Closed(Message):
        """The person has finished typing, and the focus goes back to the list."""

    class CursorMoved(Message):
        """A key was pressed that moves the cursor of the list."""

        def __init__(self, by: str, steps: int) -> None:
            super().__init__()
            self.by, self.steps = by, steps

    def action_clear(self) -> None:
        """Remove the filter, and go back to the list."""
        self.value = ""
        self.post_message(self.Closed())

    def action_move(self, by: str, steps: int) -> None:
        self.post_message(self.CursorMoved(by, steps))


class FilterLine(Horizontal):
    """The input with its label; the words in it must all match."""

    DEFAULT_CSS = """
    FilterLine {
        height: 1;
        &:focus-within { background: $panel; }
        Label {
            width: auto;
            color: $primary;
            text-style: bold;
        }
        FilterInput {
            width: 1fr;
            background: transparent;
            background-tint: transparent;
        }
    }
    """

    class Changed(Message):
        """The text of the filter has changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._input = FilterInput(placeholder=hint, compact=True, select_on_focus=False)

    def compose(self) -> ComposeResult:
        yield Label("/ ")
        yield self._input

    @property
    def text(self) -> str:
        return self._input.value.strip()

    def clear(self) -> None:
        """Remove the filter."""
        self._input.value = ""

    def take_focus(self) -> None:
        """Move the focus to the input."""
        # Not focus(), which takes effect later: letters typed at once would be commands.
        self.screen.set_focus(self._input)

    def on_click(self) -> None:
        self.take_focus()

    @on(Input.Changed)
    def _change(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _leave(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(FilterInput.Closed())
