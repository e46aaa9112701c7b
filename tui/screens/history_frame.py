"""The history's layout: the run beside the list, below it, or in its place."""

from __future__ import annotations

from typing import Final

from textual import events, getters, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.screen import Screen
from textual.worker import Worker

from tui.panes.run_detail import RunDetail
from tui.panes.runs import RunsPane
from tui.panes.short_footer import ShortFooter
from tui.panes.top_line import TopLine
from tui.panes.typed import any_app
from tui.screens.failure import sentence_of_failure

_SIZE_CLASSES: Final = (("-beside", 130, 0), ("-below", 0, 34), ("-vast", 170, 0))
"""Classes of the screen, and the least columns and rows for each."""


class HistoryFrame(Screen[None]):
    """Composes the panes, and does what the keys ask that only change the view."""

    app = getters.app(any_app)

    DEFAULT_CSS = """
    HistoryFrame {
        #history-panes { height: 1fr; layout: vertical; }
        RunsPane, RunDetail {
            border: round $border-blurred;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            height: 1fr;
        }
        RunsPane:focus-within, RunDetail:focus {
            border: round $border;
            border-title-color: $primary;
        }
        RunDetail { display: none; }
        &.-detail RunDetail { display: block; }
        &.-detail RunsPane { display: none; }
        &.-below RunDetail { display: block; height: 17; }
        &.-beside #history-panes { layout: horizontal; }
        &.-beside RunsPane { width: 1fr; }
        &.-beside RunDetail { display: block; width: 44; height: 1fr; }
        &.-vast RunDetail { width: 60; }
        Footer { padding: 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.top = TopLine({})
        self.pane = RunsPane()
        self.detail = RunDetail()
        self._footer = ShortFooter(("note", "sort_next", "quit", "tags", "judge"))

    def compose(self) -> ComposeResult:
        yield self.top
        with Container(id="history-panes"):
            yield self.pane
            yield self.detail
        yield self._footer

    def on_mount(self) -> None:
        self._take_layout(self.app.size)
        self.pane.table.focus()

    def on_resize(self, event: events.Resize) -> None:
        self._take_layout(event.size)

    def on_screen_resume(self) -> None:
        # The terminal may have changed its size while a dialog was open.
        self._take_layout(self.app.size)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "details":
            return not self.details_have_room
        return super().check_action(action, parameters)

    @property
    def details_have_room(self) -> bool:
        """Whether the run is seen together with the list."""
        return self.has_class("-beside") or self.has_class("-below")

    def action_filter(self) -> None:
        """Let letters go to the filter."""
        if self.has_class("-detail"):
            self.action_details()
        self.pane.filter_line.take_focus()

    def action_sort_next(self) -> None:
        """Sort by the next column."""
        self.pane.sort_next()

    def action_sort_turn(self) -> None:
        """Turn the order."""
        self.pane.sort_turn()

    def action_details(self) -> None:
        """Where only one has room: the run in place of the list, or the list again."""
        shown = not self.has_class("-detail")
        self.set_class(shown, "-detail")
        self.call_after_refresh((self.detail if shown else self.pane.table).focus)

    def action_leave(self) -> None:
        """Back by one step: from the run to the list, to the whole list, to the workbench."""
        if self.has_class("-detail"):
            self.action_details()
        elif self.pane.filter_line.text:
            self.pane.filter_line.clear()
        else:
            self.app.pop_screen()

    def refuse(self, reason: str) -> None:
        """Say why something cannot be done."""
        self.notify(reason, severity="warning", markup=False)

    def _take_layout(self, size: Size) -> None:
        for name, columns, rows in _SIZE_CLASSES:
            self.set_class(size.width >= columns and size.height >= rows, name)
        if self.details_have_room and self.has_class("-detail"):
            self.action_details()
        self._footer.fit(size.width)
        self.refresh_bindings()

    @on(Worker.StateChanged)
    def _tell_of_failure(self, event: Worker.StateChanged) -> None:
        sentence = sentence_of_failure(event)
        if sentence is not None:
            self.notify(sentence, severity="error", markup=False)
