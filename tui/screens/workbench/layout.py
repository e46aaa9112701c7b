"""The layout of the panes: all side by side if there is room for it, and otherwise one at a time."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from textual import events, getters, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Footer

from tui.panes.memory.pane import MemoryPane
from tui.panes.models.pane import ModelsPane
from tui.panes.prompt.line import PromptLine
from tui.panes.results.pane import ResultsPane
from tui.panes.streams.pane import StreamsPane
from tui.panes.widgets import styles
from tui.panes.widgets.app_type import any_app
from tui.panes.widgets.short_footer import ShortFooter
from tui.panes.widgets.top_line import PaneTab, TopLine
from tui.screens.frame.commands import CommandOwner, action_of
from tui.screens.frame.failure import ReportsFailure

PANES: Final = {"models": "Models", "streams": "Streams", "memory": "Memory", "results": "Results"}
"""Identifier and title of each pane, in the order of the tabs and of the keys 1 to 4."""
_SPARED: Final = ("copy", "export", "prompt")
"""The commands that the footer leaves to the help if there is no room for all; the first of them goes first."""
PAINTED_LIMIT_S: Final = 0.5
WIDE, TALL = 110, 28
"""Columns and rows from which all panes fit."""
_SIZE_CLASSES: Final = (("-wide", WIDE, 0), ("-vast", 180, 0), ("-tall", 0, TALL), ("-roomy", 0, 36), ("-high", 0, 50))
"""Classes of the screen, and the least columns and rows for each."""


class PaneScreen(CommandOwner, ReportsFailure[None]):
    """Composes the panes and moves between them; at 80x24 they are tabs."""

    app = getters.app(any_app)

    def __init__(self) -> None:
        super().__init__()
        self.top = TopLine(PANES)
        self.models = ModelsPane()
        self.streams = StreamsPane()
        self.memory = MemoryPane()
        self.results = ResultsPane()
        self.prompt_line = PromptLine()
        self._footer = ShortFooter([action_of(name) for name in _SPARED])
        for pane_id, pane in zip(PANES, (self.models, self.streams, self.memory, self.results), strict=True):
            pane.id = pane_id
            pane.add_class("pane")
        self.models.add_class("-open")

    def compose(self) -> ComposeResult:
        yield self.top
        with Container(id="panes"):
            yield self.models
            yield self.streams
            yield self.memory
            yield self.results
        yield self.prompt_line
        yield self._footer
        yield self.prompt_line.keys

    def on_mount(self) -> None:
        self._footer.set_room_for_all(self.has_room)

    def on_resize(self, event: events.Resize) -> None:
        self.fit(event.size)

    async def painted(self) -> None:
        """Wait until every change is painted, if this screen is the one on top."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAINTED_LIMIT_S):
                # In the first refresh the footer makes its keys anew, which takes two more.
                for _ in range(3):
                    done = asyncio.Event()
                    self.call_after_refresh(done.set)
                    await done.wait()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        if not self.stack_updates:
            # The screen got its styles a moment ago, when it was composed.
            event.refresh_styles = False
        # The terminal may have changed its size while a dialog was open.
        self.fit(self.app.size)

    def fit(self, size: Size) -> None:
        """Take the layout that the size has room for; Textual's own breakpoints come a frame late."""
        wanted = {name for name, columns, rows in _SIZE_CLASSES if size.width >= columns and size.height >= rows}
        if wanted == {name for name, _, _ in _SIZE_CLASSES if self.has_class(name)}:
            return
        self.update_classes({name: name in wanted for name, _, _ in _SIZE_CLASSES}, update=self.is_attached)
        if self.is_attached:
            self._footer.set_room_for_all(self.has_room)
            self.refresh_bindings()

    @property
    def open_pane_id(self) -> str:
        """The identifier of the pane that is shown if only one is."""
        return next(pane for pane in PANES if self.query_one(f"#{pane}").has_class("-open"))

    @property
    def all_shown(self) -> bool:
        """Whether all panes stand side by side now."""
        return self.has_room and not self.has_class("-alone")

    def open_pane(self, pane_id: str) -> None:
        """Go to this pane; if the panes are tabs, its tab opens."""
        self._open(pane_id)
        self._focus_open_pane()

    def move_to_pane(self, step: int) -> None:
        """Move the focus by one if the panes stand side by side; if they are tabs, open the next or previous one."""
        if self.all_shown:
            self.focus_next() if step > 0 else self.focus_previous()
            return
        pane_ids = list(PANES)
        index = pane_ids.index(self.open_pane_id)
        if not self.prompt_line.is_typed_in:
            index += step
        self.open_pane(pane_ids[index % len(pane_ids)])

    def maximise(self) -> None:
        """Show the focused pane alone, or all panes again."""
        self.toggle_class("-alone")

    def show_all(self) -> None:
        """Show all panes again, side by side if there is room."""
        self.remove_class("-alone")

    @property
    def has_room(self) -> bool:
        """Whether all panes fit side by side."""
        return self.has_class("-wide") and self.has_class("-tall")

    def renew_footer(self) -> None:
        """Show the keys that make sense now, and free the memory of those that the footer showed before.

        Every key of the footer follows the footer's size, and Textual forgets removed followers only when that size is
        set: without this each run would leave some hundred KiB behind.
        """
        self._footer.mutate_reactive(Footer.compact)
        styles.release_removed()
        self.refresh_bindings()

    def _open(self, pane_id: str) -> None:
        for pane in PANES:
            self.query_one(f"#{pane}").set_class(pane == pane_id, "-open")
        self.top.open_tab(pane_id)

    def _focus_open_pane(self) -> None:
        pane = self.query_one(f"#{self.open_pane_id}", Widget)
        inner = next((widget for widget in pane.walk_children(Widget) if widget.focusable), None)
        if inner is None:
            # An empty pane gets the focus itself, so that it can be shown alone.
            pane.can_focus = True
        # Unlike ``focus`` this is done at once: keys that are typed right after go to the pane.
        self.set_focus(inner or pane)

    @on(events.DescendantFocus)
    def _follow_focus(self, event: events.DescendantFocus) -> None:
        pane = next((node.id for node in event.widget.ancestors_with_self if node.id in PANES), None)
        if pane is not None and pane != self.open_pane_id:
            self._open(pane)

    @on(PaneTab.Opened)
    def _open_clicked(self, event: PaneTab.Opened) -> None:
        self.open_pane(event.pane_id)

    @on(PromptLine.Closed)
    def _leave_prompt(self) -> None:
        self._focus_open_pane()
