"""The help: what a screen shows, its keys, and the definitions of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Static

from tui.measure.timing.metrics import DEFINITIONS
from tui.panes.widgets.app_type import any_app
from tui.screens import guide
from tui.screens.frame.about import MARKS, About
from tui.screens.frame.dialog import Dialog
from tui.screens.frame.keys import HelpEntry
from tui.system.meanings import meanings

_PRACTICE: Final = (
    "The practice models are small models that ship with Benchtop, so that everything can be tried without a "
    "download. They know a few subjects around local inference, and say so when asked anything else."
)


class HelpScreen(Dialog[None]):
    """Shows the keys and the definitions as a text to scroll through."""

    app = getters.app(any_app)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "leave", "Close", show=False),
        Binding("enter", "show_guide", "Read the guide", show=False),
    ]

    DEFAULT_CSS = """
    HelpScreen {
        .box {
            width: 92;
            height: 100%;
            scrollbar-size-vertical: 1;
        }
        .paragraph {
            margin: 1 0 0 0;
        }
        .heading {
            color: $primary;
            text-style: bold;
            margin: 1 0 0 0;
        }
        .entry {
            height: auto;
        }
        .entry-name {
            width: 17;
            padding-right: 2;
            text-style: bold;
        }
        .-key .entry-name {
            width: 12;
        }
        .entry-text {
            width: 1fr;
            color: $text-muted;
        }
        Button {
            margin: 1 0 0 0;
            padding: 0;
            color: $foreground;
        }
    }
    """

    def __init__(
        self, keys: Sequence[tuple[str, Sequence[HelpEntry]]], about: About, *, of_workbench: bool = False
    ) -> None:
        """``keys`` come in groups, each with its heading. The help of the workbench has every number, and introduces
        the practice models."""
        super().__init__()
        self._keys, self._about, self._of_workbench = keys, about, of_workbench

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box") as box:
            box.border_title = f"Help · {self._about.title}"
            box.border_subtitle = "enter opens the guide · arrows scroll · escape closes"
            yield Static(self._about.words, classes="paragraph", markup=False)
            yield Button("enter: read the guide", compact=True)
            yield from self._section("On this screen", self._about.parts)
            for heading, entries in self._keys:
                yield from self._section(heading, entries, "entry -key")
            yield from self._section("Numbers", self._numbers())
            if self._of_workbench:
                yield Static("Practice models", classes="heading")
                yield Static(_PRACTICE, markup=False)

    @on(Button.Pressed)
    def action_show_guide(self) -> None:
        """Open the pages of the guide."""
        self.app.push_screen(guide.GuideScreen(self._about.topic))

    def on_mount(self) -> None:
        self.query_one(".box").focus()

    def _numbers(self) -> list[HelpEntry]:
        """Define the numbers of the screen, of the workbench all."""
        wanted = {*self._about.numbers, *MARKS} if self._about.numbers else set[str]()
        entries = [HelpEntry(name, text) for name, text in (*DEFINITIONS, *meanings())]
        return [entry for entry in entries if self._of_workbench or entry.name in wanted]

    def _section(self, title: str, entries: Sequence[HelpEntry], classes: str = "entry") -> ComposeResult:
        if entries:
            yield Static(title, classes="heading")
            yield from self._table(entries, classes)

    def _table(self, entries: Sequence[HelpEntry], classes: str) -> ComposeResult:
        for entry in entries:
            with Horizontal(classes=classes):
                yield Static(entry.name, classes="entry-name", markup=False)
                yield Static(entry.text, classes="entry-text", markup=False)
