"""The base of screens with a list and with details on its highlighted row: beside it, below it or in its place."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.widget import Widget

from tui.panes.widgets.list_pane import ListPane
from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import SubScreen

Pane = TypeVar("Pane", bound=ListPane[Any])
Detail = TypeVar("Detail", bound=Widget)

_BELOW_ROWS = 34
"""Rows from which the details have room below the list."""
_BRIEF_ROWS = 20
"""Rows from which some lines of details have room below the list, where a screen has such lines."""
_VAST_COLUMNS = 170
"""Columns from which details beside the list get more of the width."""


class ListFrame(SubScreen, Generic[Pane, Detail]):
    """Composes the list and its details, and has the commands that change nothing but the view."""

    BESIDE_COLUMNS: ClassVar[int]
    """Columns from which the details stand beside the list."""

    DEFAULT_CSS = """
    ListFrame {
        #list-panes { height: 1fr; layout: vertical; }
        .list, .detail {
            border: round $border-blurred;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            height: 1fr;
        }
        .list:focus-within, .detail:focus {
            border: round $border;
            border-title-color: $primary;
        }
        .detail { display: none; }
        &.-detail .detail { display: block; }
        &.-detail .list { display: none; }
        &.-below .detail { display: block; }
        &.-beside #list-panes { layout: horizontal; }
        &.-beside .list { width: 1fr; }
        &.-beside .detail { display: block; width: 44; }
        &.-beside.-vast .detail { width: 60; }
    }
    """

    def __init__(self, pane: Pane, detail: Detail, *under: Widget) -> None:
        """``under`` are widgets that stand below the list and the details."""
        super().__init__()
        self.pane, self.detail = pane, detail
        pane.add_class("list")
        detail.add_class("detail")
        self._under = under
        self._enabled: list[bool | None] = []
        """Whether each command made sense when the keys were drawn."""

    def compose(self) -> ComposeResult:
        yield self.top
        with Container(id="list-panes"):
            yield self.pane
            yield self.detail
        yield from self._under
        yield self.footer

    def on_mount(self) -> None:
        self._take_layout(self.app.size)
        self.pane.table.focus()

    def on_resize(self, event: events.Resize) -> None:
        self._take_layout(event.size)

    def on_screen_resume(self) -> None:
        # The terminal may have changed its size while a dialog was open.
        self._take_layout(self.app.size)

    @property
    def details_have_room(self) -> bool:
        """Whether the terminal has room for the details together with the list."""
        return self.has_class("-beside") or self.has_class("-below")

    def focus_filter(self) -> None:
        """Go to the filter line, so that typed letters narrow the list."""
        self.remove_class("-detail")
        self.pane.filter_line.take_focus()

    def toggle_details(self) -> None:
        """If there is no room for both, show the details in place of the list, or the list again."""
        shown = not self.has_class("-detail")
        self.set_class(shown, "-detail")
        self.call_after_refresh((self.detail if shown else self.pane.table).focus)

    def leave(self) -> None:
        """Go back by one step: from the details to the list, from a narrowed list to all rows, or to the workbench."""
        if self.has_class("-detail"):
            self.toggle_details()
        elif self.pane.filter_line.text:
            self.pane.filter_line.clear()
        else:
            super().leave()

    def refuse(self, reason: str) -> None:
        """Notify the user why something cannot be done."""
        self.notify(reason, severity="warning", markup=False)

    def refresh_changed_keys(self) -> None:
        """Draw the keys of the footer again, if one of them has become useful or useless since the last call."""
        enabled = [command.enabled(self) for command in self.COMMAND_TABLE]
        if enabled != self._enabled:
            self._enabled = enabled
            self.refresh_bindings()

    def _take_layout(self, size: Size) -> None:
        beside = size.width >= self.BESIDE_COLUMNS
        self.set_class(beside, "-beside")
        self.set_class(not beside and size.height >= _BELOW_ROWS, "-below")
        self.set_class(size.width >= _VAST_COLUMNS, "-vast")
        self.set_class(not self.details_have_room and size.height >= _BRIEF_ROWS, "-brief")
        if self.details_have_room and self.has_class("-detail"):
            self.toggle_details()
        self.refresh_bindings()


AnyList = ListFrame[Any, Any]

FILTER: Final[Command[AnyList]] = Command(
    "filter", "slash", "Filter", "Narrow the list", AnyList.focus_filter, show=True, key_display="/", moves_focus=True
)
SORT: Final[Command[AnyList]] = Command(
    "sort", "o", "Sort", "Sort by the next column", lambda screen: screen.pane.sort_next(), show=True
)
REVERSE_SORT: Final[Command[AnyList]] = Command(
    "turn", "O", "Turn", "Turn the order of the list", lambda screen: screen.pane.reverse_sort()
)


DETAILS: Final[Command[AnyList]] = Command(
    "details",
    "i",
    "Details",
    "Show the details, or the list",
    AnyList.toggle_details,
    enabled=lambda screen: not screen.details_have_room,
    show=True,
)
"""Shows the details in place of the list, or the list again."""
