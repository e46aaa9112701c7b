"""The text area of the prompt: several lines, in which enter sends and another key begins a new line."""

from __future__ import annotations

from typing import ClassVar

from textual import events, getters
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from tui.panes.prompt import PLACEHOLDER
from tui.panes.prompt.earlier import EarlierPrompts
from tui.panes.widgets.app_type import any_app


class PromptArea(TextArea):
    """A text area that sends on enter, and shows earlier prompts on the arrow keys at its first and last row."""

    app = getters.app(any_app)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+j,shift+enter,alt+enter",
            "begin_line",
            "New line",
            tooltip="Begin a new line of the prompt",
            show=False,
        ),
    ]

    class Submitted(Message):
        """Enter was pressed to send the prompt."""

        def __init__(self, text: str) -> None:
            """``text`` is what stood in the area when the key was pressed: more may have been typed since."""
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(
            compact=True,
            highlight_cursor_line=False,
            placeholder=PLACEHOLDER,
        )
        self.earlier = EarlierPrompts()
        self._left_at: Selection | None = None
        """What was selected, or where the cursor stood, when the focus went elsewhere."""

    async def on_key(self, event: events.Key) -> None:
        """Send on enter, which would begin a new line otherwise, and do at once what every other key is bound to.

        Textual would act on a bound key only after the key has gone up to the app. By then the letters that were typed
        right after it may already stand in the text, at the place that the key was to leave.
        """
        if event.key == "enter":
            self.post_message(self.Submitted(self.text.strip()))
            self.select_all()
        elif event.is_printable:
            self.earlier.leave()
            return
        elif not await self._act_on(event.key):
            return
        event.prevent_default()
        event.stop()

    async def _act_on(self, key: str) -> bool:
        """Do what a key of the area itself is bound to, and return whether there is such a thing."""
        for binding in self._bindings.key_to_bindings.get(key, ()):
            if not binding.priority and await self.app.run_action(binding.action, self):
                return True
        return False

    def on_blur(self) -> None:
        """Show the beginning of the text, with nothing selected, as long as the focus is elsewhere."""
        self._left_at = self.selection
        self.move_cursor((0, 0))

    def on_focus(self) -> None:
        """Go on where typing was left, as after a look at another window of the desktop or at another screen."""
        if self._left_at is not None:
            self.selection = self._left_at

    def select_all(self) -> None:
        """Select the whole text, also if the focus is on its way and would go on where typing was left."""
        self._left_at = None
        super().select_all()

    def action_begin_line(self) -> None:
        """Begin a new line; a selected text stays, with the line after it."""
        self.insert("\n", self.selection.end)
        self.move_cursor(self.cursor_location)

    def action_cursor_up(self, select: bool = False) -> None:
        """Move the cursor up; on the first row bring back the prompt before."""
        if select or self._row > 0 or not self._bring_back(-1):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Move the cursor down; on the last row bring back the prompt after."""
        if select or self._row < self.wrapped_document.height - 1 or not self._bring_back(1):
            super().action_cursor_down(select)

    @property
    def _row(self) -> int:
        """The number of the row that the cursor is on, counted with the rows that wrapping makes."""
        return self.wrapped_document.location_to_offset(self.cursor_location).y

    def _bring_back(self, step: int) -> bool:
        prompt = self.earlier.move(step, self.text)
        if prompt is None:
            return False
        self.text = prompt
        self.move_cursor(self.document.end if step < 0 else (0, 0))
        return True
