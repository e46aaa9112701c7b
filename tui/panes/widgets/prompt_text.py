"""The prompt above the answers to it, which scrolls if it is long, with its system prompt below it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.text.cells import printable


class PromptText(VerticalScroll):
    """Takes a sixth of the screen at most; the mouse, or tab and the arrow keys, scroll to the rest."""

    DEFAULT_CSS = """
    PromptText {
        height: auto;
        max-height: 16%;
        min-height: 1;
        padding: 0 1 0 2;
        scrollbar-size-vertical: 1;
        & > Static { height: auto; }
    }
    """

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._words = Content("")

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)

    def show(self, prompt: str, system: str | None) -> None:
        """Show a prompt from its beginning, and the system prompt that it was asked with."""
        below = "" if system is None else f"\nSystem prompt: {printable(system)}"
        words = Content.assemble((printable(prompt), "bold"), (below, "$foreground-muted"))
        if not words.is_same(self._words):
            self._words = words
            self.query_one(Static).update(words)
            self.scroll_home(animate=False)
