"""The first line of a screen: its name, the tabs of the narrow layout, and what is running."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.panes.widgets.bars import progress_bar
from tui.text import units
from tui.text.cells import cells_of

_LEAST_CELLS_FOR_NAME: Final = 72
_BETWEEN: Final = " · "
_BAR_CELLS = 16
_LEAST_CELLS_FOR_BAR = 60


class PaneTab(Static):
    """The tab of one pane, which opens it on a click."""

    class Opened(Message):
        def __init__(self, pane_id: str) -> None:
            super().__init__()
            self.pane_id = pane_id

    def __init__(self, pane_id: str, title: str, number: int) -> None:
        super().__init__(Content.assemble((f"{number} ", "dim"), title), id=f"tab-{pane_id}")
        self.set_class(number == 1, "-open")
        self._pane_id = pane_id

    def on_click(self) -> None:
        self.post_message(self.Opened(self._pane_id))


class TopLine(Horizontal):
    """The name, the tabs, and a few words or a progress bar for what is running."""

    DEFAULT_CSS = """
    TopLine {
        height: 1;
        padding: 0 1;
        #top-name {
            width: auto;
            color: $primary;
            text-style: bold;
            padding-right: 2;
        }
        PaneTab {
            width: auto;
            padding: 0 1;
            color: $text-muted;
        }
        PaneTab:hover {
            background: $block-hover-background;
        }
        PaneTab.-open {
            color: $foreground;
            background: $block-cursor-background;
            text-style: bold;
        }
        #top-status {
            width: 1fr;
            text-align: right;
            color: $text-muted;
            text-wrap: nowrap;
        }
    }
    """

    def __init__(self, tabs: dict[str, str]) -> None:
        super().__init__()
        self._tabs = tabs
        self._status = Static("", id="top-status")
        self._words = Content("")

    def compose(self) -> ComposeResult:
        yield Static("Benchtop", id="top-name")
        for number, (pane_id, title) in enumerate(self._tabs.items(), start=1):
            yield PaneTab(pane_id, title, number)
        yield self._status

    def open_tab(self, pane_id: str) -> None:
        """Mark the tab of the pane that is open."""
        for tab in self.query(PaneTab):
            tab.set_class(tab.id == f"tab-{pane_id}", "-open")

    def show_status(self, text: str) -> None:
        """Show what is running in words."""
        self._update_status(Content(text))

    def show_progress(self, what: str, done: int, total: int, left_s: float | None, *, open_end: bool = False) -> None:
        """Show how far a run is and how long it may still take, in as many words as there is room for."""
        counted = f"{units.count(done)} of {units.count(total)}{'+' if open_end else ''}"
        left = "" if left_s is None else f"{units.clock(left_s)} left"
        about = "at least" if open_end else "about"
        if self._status.size.width < _LEAST_CELLS_FOR_BAR:
            wordings = [f"{counted} · {about} {left}", f"{counted} · ~{left}"] if left else []
            fitting = (words for words in wordings if cells_of(words) <= self._status.size.width)
            self._update_status(Content(next(fitting, counted)))
            return
        bar = progress_bar(done / total if total else 0.0, _BAR_CELLS).content()
        self._update_status(Content.assemble(f"{what} ", bar, f" {counted}", f" · {about} {left}" if left else ""))

    def _update_status(self, words: Content) -> None:
        """Update the text without a layout, which would disturb a measurement: its room is always the same.

        A text that stands there already is not painted again, since a run tells its state every second.
        """
        if not words.is_same(self._words):
            self._words = words
            self._paint_status()

    def on_resize(self, event: events.Resize) -> None:
        """Leave out the name of the app where the tabs need the room."""
        self.query_one("#top-name").display = event.size.width >= _LEAST_CELLS_FOR_NAME
        self.call_after_refresh(self._paint_status)

    def _paint_status(self) -> None:
        """Show all parts of the words or, without room, the first ones, but never a part of a word."""
        room, parts = self._status.size.width, self._words.plain.split(_BETWEEN)
        fewer = (Content(_BETWEEN.join(parts[:count])) for count in range(len(parts) - 1, 0, -1))
        wordings = (self._words, *fewer, Content(parts[0].split(", ")[0]), Content(""))
        words = next(words for words in wordings if words.cell_length <= room or not room)
        self._status.update(words, layout=False)
