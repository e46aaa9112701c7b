"""The catalogue's layout: details beside the list, below it, or in its place, and the downloads below all."""

from __future__ import annotations

from typing import Final

from textual import events, getters
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.screen import Screen

from tui.panes.catalog_detail import CatalogDetail
from tui.panes.catalog_pane import CatalogPane
from tui.panes.downloads import DownloadsStrip
from tui.panes.short_footer import ShortFooter
from tui.panes.top_line import TopLine
from tui.panes.typed import any_app

_SIZE_CLASSES: Final = (("-beside", 112, 0), ("-below", 0, 34), ("-vast", 170, 0))
"""Classes of the screen, and the least columns and rows for each."""


class CatalogFrame(Screen[None]):
    """Composes the panes, and does what the keys ask that only change the view."""

    app = getters.app(any_app)

    DEFAULT_CSS = """
    CatalogFrame {
        #catalog-panes { height: 1fr; layout: vertical; }
        CatalogPane, CatalogDetail {
            border: round $border-blurred;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            height: 1fr;
        }
        CatalogPane:focus-within, CatalogDetail:focus {
            border: round $border;
            border-title-color: $primary;
        }
        CatalogDetail { display: none; }
        &.-detail CatalogDetail { display: block; }
        &.-detail CatalogPane { display: none; }
        &.-below CatalogDetail { display: block; height: 12; }
        &.-beside #catalog-panes { layout: horizontal; }
        &.-beside CatalogPane { width: 1fr; }
        &.-beside CatalogDetail { display: block; width: 44; height: 1fr; }
        &.-vast CatalogDetail { width: 60; }
        Footer { padding: 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.top = TopLine({})
        self.pane = CatalogPane()
        self.detail = CatalogDetail()
        self.strip = DownloadsStrip()
        self._footer = ShortFooter(("register", "providers", "refresh", "sort_next", "quit"))

    def compose(self) -> ComposeResult:
        yield self.top
        with Container(id="catalog-panes"):
            yield self.pane
            yield self.detail
        yield self.strip
        yield self._footer

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
        """Whether the details are seen together with the list."""
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
        """Where only one has room: the details in place of the list, or the list again."""
        shown = not self.has_class("-detail")
        self.set_class(shown, "-detail")
        self.call_after_refresh((self.detail if shown else self.pane.table).focus)

    def action_leave(self) -> None:
        """Back by one step: from the details to the list, to the whole list, to the workbench."""
        if self.has_class("-detail"):
            self.action_details()
        elif self.pane.filtered:
            self.pane.filter_line.clear()
        else:
            self.app.pop_screen()

    def _take_layout(self, size: Size) -> None:
        for name, columns, rows in _SIZE_CLASSES:
            self.set_class(size.width >= columns and size.height >= rows, name)
        if self.details_have_room and self.has_class("-detail"):
            self.action_details()
        self._footer.fit(size.width)
        self.refresh_bindings()
