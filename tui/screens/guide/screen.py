"""The guide: its pages in a list, and beside it the page that is highlighted there."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Markdown, OptionList
from textual.widgets.option_list import Option

from tui import guide
from tui.panes.widgets.choice import PlainList
from tui.screens.frame.dialog import Dialog

_IN_LIST: Final = "↑↓ another page · pgdn scrolls it · → into the page · esc closes"
_IN_PAGE: Final = "↑↓ pgdn scroll · ← back to the list · esc closes"


class GuideScreen(Dialog[None]):
    """Shows the pages that ``benchtop guide`` shows; a click on the name of a page opens it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "read", "Into the page", show=False),
        Binding("left", "go_to_list", "Back to the list", show=False),
        Binding("pagedown", "scroll_page(1)", "Scroll down", show=False, priority=True),
        Binding("pageup", "scroll_page(-1)", "Scroll up", show=False, priority=True),
    ]

    DEFAULT_CSS = """
    GuideScreen {
        .box {
            width: 100%;
            max-width: 130;
            height: 100%;
            padding: 0 1;
            overflow: hidden;
        }
        PlainList {
            width: 15;
            height: 100%;
            padding: 0 1 0 0;
            border-right: solid $border-blurred;
            &:focus { border-right: solid $border-blurred; }
        }
        .page {
            width: 1fr;
            height: 100%;
            padding: 0 1 0 2;
            scrollbar-size-vertical: 1;
        }
        Markdown {
            padding: 0;
            background: $surface;
        }
        MarkdownH1 {
            content-align: left middle;
            margin: 0 0 1 0;
        }
        /* A line between all rows would make the tables twice as long. */
        MarkdownTableContent {
            grid-gutter: 0 1;
            keyline: none;
        }
    }
    """

    def __init__(self, topic: str = "") -> None:
        """``topic`` is the page to begin with; the first one without it."""
        super().__init__()
        self._topic = topic

    def compose(self) -> ComposeResult:
        with Horizontal(classes="box") as box:
            box.border_title = "Guide"
            box.border_subtitle = _IN_LIST
            yield PlainList(*(Option(topic, topic) for topic in guide.TOPICS))
            with VerticalScroll(classes="page"):
                yield Markdown(open_links=False)

    def on_mount(self) -> None:
        if self._topic in guide.TOPICS:
            self._open(self._topic)

    def action_read(self) -> None:
        """Give the arrow keys to the page."""
        self._page.focus()
        self.query_one(".box").border_subtitle = _IN_PAGE

    def action_go_to_list(self) -> None:
        """Give the arrow keys to the list of pages."""
        self.query_one(PlainList).focus()
        self.query_one(".box").border_subtitle = _IN_LIST

    def action_scroll_page(self, pages: int) -> None:
        """Scroll the page by its height, whatever has the focus."""
        self._page.scroll_relative(y=pages * max(1, self._page.size.height - 2), animate=False)

    @property
    def _page(self) -> VerticalScroll:
        return self.query_one(".page", VerticalScroll)

    def _open(self, topic: str) -> None:
        self.query_one(PlainList).highlighted = guide.TOPICS.index(topic)

    @on(OptionList.OptionHighlighted)
    async def _show_page(self, event: OptionList.OptionHighlighted) -> None:
        topic = event.option.id
        if topic is not None:
            await self.query_one(Markdown).update(guide.linked_text(topic))
            self._page.scroll_home(animate=False)
            place = f"{event.option_index + 1} of {len(guide.TOPICS)}"
            self.query_one(".box").border_title = Content(f"Guide · {guide.page(topic).title} ({place})")

    @on(OptionList.OptionSelected)
    def _go_to_page(self) -> None:
        self.action_read()

    @on(Markdown.LinkClicked)
    def _follow_link(self, event: Markdown.LinkClicked) -> None:
        """Open the page that a link names; an address outside of the guide is shown, and not opened."""
        topic = event.href.removesuffix(".md")
        if topic in guide.TOPICS:
            self._open(topic)
        else:
            self.notify(event.href, markup=False)
