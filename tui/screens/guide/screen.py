"""The guide: its pages in a list, and beside it the page that is highlighted there."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Markdown, OptionList
from textual.widgets.option_list import Option

from tui import guide
from tui.screens.frame.dialog import Dialog


class GuideScreen(Dialog[None]):
    """Shows the pages that ``benchtop guide`` shows."""

    DEFAULT_CSS = """
    GuideScreen {
        .box {
            width: 110;
            height: 100%;
            padding: 0 1;
        }
        OptionList {
            width: 14;
            height: 100%;
            border: none;
            padding: 0;
            background: $surface;
            &:focus { border: none; }
        }
        .page {
            width: 1fr;
            height: 100%;
            padding: 0 1;
            scrollbar-size-vertical: 1;
        }
        Markdown {
            padding: 0;
            background: $surface;
        }
    }
    """

    def __init__(self, topic: str = "") -> None:
        """``topic`` is the page to begin with; the first one without it."""
        super().__init__()
        self._topic = topic

    def on_mount(self) -> None:
        if self._topic in guide.TOPICS:
            self.query_one(OptionList).highlighted = list(guide.TOPICS).index(self._topic)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="box") as box:
            box.border_title = "Guide"
            box.border_subtitle = "↑↓ another page · tab, then ↑↓ scrolls the page · escape closes"
            yield OptionList(*(Option(topic, topic) for topic in guide.TOPICS))
            with VerticalScroll(classes="page"):
                yield Markdown(open_links=False)

    @on(OptionList.OptionHighlighted)
    async def _show_page(self, event: OptionList.OptionHighlighted) -> None:
        if event.option.id is not None:
            await self.query_one(Markdown).update(guide.page(event.option.id).text)
            self.query_one(".page", VerticalScroll).scroll_home(animate=False)

    @on(OptionList.OptionSelected)
    def _go_to_page(self) -> None:
        self.query_one(".page").focus()
