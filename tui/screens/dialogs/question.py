"""Questions with a few answers, of which each has a button and a letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Label

from tui.screens.frame.dialog import Dialog, Result

_OTHER_ROWS: Final = 4
"""Rows of the dialog that the text of the question does not get: its frame and its buttons."""


class QuestionDialog(Dialog[Result]):
    """Shows the question, which scrolls if it has no room, and the answers, of which one has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", "Answer before", show=False),
        Binding("right", "app.focus_next", "Next answer", show=False),
        Binding("up", "scroll(-1)", "Up", show=False),
        Binding("down", "scroll(1)", "Down", show=False),
    ]

    DEFAULT_CSS = """
    QuestionDialog {
        .question {
            height: auto;
            scrollbar-size-vertical: 1;
        }
        .question Label {
            width: 1fr;
            margin-top: 1;
        }
    }
    """

    def __init__(self, title: str, keys: str, texts: Sequence[str], answers: Mapping[str, str], first: str) -> None:
        """``answers`` are the words on the buttons by their id; the button whose id is ``first`` has the focus."""
        super().__init__()
        self._title, self._keys, self._texts, self._answers, self._first = title, keys, texts, answers, first

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = self._title
            box.border_subtitle = self._keys
            with VerticalScroll(classes="question", can_focus=False):
                for text in self._texts:
                    yield Label(text, markup=False)
            with Horizontal(classes="buttons"):
                for name, words in self._answers.items():
                    yield Button(words, id=name, compact=True)

    def on_resize(self, event: events.Resize) -> None:
        # The limit is a number of rows, since the box would not count a share of the screen in its own height.
        self.query_one(".question").styles.max_height = max(1, event.size.height - _OTHER_ROWS)

    def on_mount(self) -> None:
        self.query_one(f"#{self._first}").focus()

    def action_scroll(self, rows: int) -> None:
        """Scroll the question by so many rows."""
        self.query_one(".question").scroll_relative(y=rows, animate=False)


class ConfirmDialog(QuestionDialog[bool]):
    """Asks for yes or no before something is given up; the safe answer, no, has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n", "answer(False)", "No"),
    ]

    def __init__(self, title: str, question: str, *, yes: str, no: str) -> None:
        super().__init__(title, "y yes · n no · escape cancels", [question], {"no": no, "yes": yes}, "no")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
