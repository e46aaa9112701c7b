"""The line in which a person types words to look for in the answers."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class SearchLine(Input):
    """The input of the search, which is shown while it has the focus; enter looks for the words, escape leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", tooltip="Stop looking for words", show=False)
    ]
    DEFAULT_CSS = """
    SearchLine {
        display: none;
        height: 1;
        margin: 0 2;
        background: $panel;
        background-tint: transparent;
        &.-open { display: block; }
    }
    """

    class Left(Message):
        """The person does not look for words any more."""

    def __init__(self) -> None:
        super().__init__(placeholder="words to look for in the answers", compact=True)

    def open(self) -> None:
        """Show the line, ready for other words."""
        self.add_class("-open")
        self.screen.set_focus(self)
        self.action_select_all()

    def action_leave(self) -> None:
        """Hide the line, and forget the words."""
        self.value = ""
        self.remove_class("-open")
        self.post_message(self.Left())
