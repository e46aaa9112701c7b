"""The frame around one answer: it can be clicked, and shows whether it is the current one."""

from __future__ import annotations

from textual import events
from textual.containers import Vertical
from textual.message import Message

from tui.panes.widgets.tail import TailText


class AnswerFrame(Vertical):
    """The text of an answer in a frame; a subclass says what stands around it."""

    DEFAULT_CSS = """
    AnswerFrame {
        width: 1fr;
        height: 1fr;
        border: round $border-blurred;
        border-title-color: $foreground;
        border-title-style: bold;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        &.-current { border: round $border; border-title-color: $primary; }
        TailText { height: 1fr; background: $background; }
    }
    """

    class Clicked(Message):
        """The answer was clicked, which makes it the current one."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, index: int) -> None:
        super().__init__()
        self._index = index
        self.text = TailText(follows=False)

    def on_click(self, _event: events.Click) -> None:
        self.post_message(self.Clicked(self._index))
