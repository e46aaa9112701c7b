"""A list of options for panes and dialogs of any size."""

from __future__ import annotations

from textual.widgets import OptionList


class PagedList(OptionList):
    """Is not paged while it has no room: the list below has no line to go to then, and would end the app."""

    def action_page_up(self) -> None:
        if self.scrollable_content_region.area:
            super().action_page_up()

    def action_page_down(self) -> None:
        if self.scrollable_content_region.area:
            super().action_page_down()
