"""The keys of the prompt, which stand in the place of the footer while a question is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import getters
from textual.content import Content
from textual.widgets import Static

from tui.panes.widgets.app_type import any_app

_Keys = Sequence[tuple[str, str]]
_KEYS: Final = (
    ("enter", "send"),
    ("ctrl+j", "new line"),
    ("↑", "earlier"),
    ("tab", "settings"),
    ("ctrl+o", "file"),
    ("esc", "back"),
)
_KEYS_WHILE_RUNNING: Final = (("esc", "leaves the prompt, then"), ("s", "stops what runs"))
_KEYS_OF_A_TURN: Final = (
    ("enter", "send"),
    ("ctrl+j", "new line"),
    ("↑", "earlier"),
    ("ctrl+n", "new conversation"),
    ("esc", "back"),
)
"""The keys of a first question and of a later one; each row fits into a terminal of 80 columns."""
_GAP: Final = 2
_PADDING: Final = 2


class PromptKeys(Static):
    """One row over the footer, whose keys would only be letters of the prompt; it takes no room, so nothing moves."""

    app = getters.app(any_app)

    DEFAULT_CSS = """
    PromptKeys {
        dock: bottom;
        layer: above;
        height: 1;
        padding: 0 1;
        background: $footer-background;
        color: $text-muted;
        display: none;
    }
    """

    def __init__(self) -> None:
        super().__init__(classes="prompt--keys")
        self._keys: _Keys = _KEYS

    def show_turn(self, turn: int) -> None:
        """Show the keys of a first question, or of a later one of a conversation."""
        self._show(_KEYS if turn == 1 else _KEYS_OF_A_TURN)

    def show_running(self) -> None:
        """Tell how to stop what runs, since every letter goes into the prompt; ``show_turn`` ends this."""
        self._show(_KEYS_WHILE_RUNNING)

    def on_resize(self) -> None:
        self._show(self._keys)

    def _show(self, keys: _Keys) -> None:
        """Show these keys, without a layout, which would take time from models that answer."""
        self._keys = keys
        self.update(_in_words(keys, self.app.size.width - _PADDING), layout=False)


def _in_words(keys: _Keys, columns: int) -> Content:
    """Return keys with what they do, in the colours of the footer; without room for all the last key is kept."""
    pairs = [Content.assemble((key, "bold $footer-key-foreground"), f" {words}") for key, words in keys]
    while len(pairs) > 1 and sum(pair.cell_length + _GAP for pair in pairs) - _GAP > columns:
        pairs.pop(-2)
    return Content(" " * _GAP).join(pairs)
