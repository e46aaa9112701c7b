"""Which rows of a list are on the screen, where its cursor is, and where the thumb of its scrollbar stands."""

from __future__ import annotations

from typing import Final

_NO_ROWS: Final = range(0)


def thumb_rows(height: int, rows: int, top: int) -> range:
    """The screen rows that the thumb covers when a list of so many rows is scrolled to ``top``; none if all fit."""
    if rows <= height or height < 1:
        return _NO_ROWS
    length = max(1, height * height // rows)
    start = (height - length) * top // (rows - height)
    return range(start, start + length)


class RowWindow:
    """The part of a list that is seen: ``height`` of its ``count`` rows, of which row ``top`` is the first.

    The row of the ``cursor`` is always in the list, but is out of sight after the wheel has scrolled.
    """

    def __init__(self) -> None:
        self.height = 1
        self.count = 0
        self.top = 0
        self.cursor = 0

    @property
    def visible(self) -> range:
        """The indexes of the rows that are seen; the last of them may be beyond the end of the list."""
        return range(self.top, self.top + self.height)

    @property
    def thumb(self) -> range:
        """The screen rows of the scrollbar's thumb."""
        return thumb_rows(self.height, self.count, self.top)

    def show_list(self, count: int, cursor: int) -> None:
        """Take a list of so many rows with the cursor in one of them, which stays at its height on the screen."""
        below_top = self.cursor - self.top
        self.count = count
        self.place_cursor(cursor)
        self.scroll_to(self.cursor - below_top)
        self.scroll_to_cursor()

    def place_cursor(self, index: int) -> None:
        """Put the cursor on a row, or on the nearest that there is."""
        self.cursor = max(0, min(index, self.count - 1))

    def scroll_to(self, top: int) -> bool:
        """Make a row the first that is seen, as far as the list reaches, and return whether that moved anything."""
        before, self.top = self.top, max(0, min(top, self.count - self.height))
        return self.top != before

    def scroll_to_cursor(self) -> bool:
        """Scroll just as far as the cursor needs to be seen, and return whether that moved anything."""
        before, self.top = self.top, max(min(self.top, self.cursor), self.cursor - self.height + 1)
        return self.top != before

    def scroll_to_see(self, last: int) -> None:
        """Scroll down to row ``last``, but not so far that the cursor's row would leave the screen."""
        last = min(last, self.cursor + self.height - 1)
        self.top = max(self.top, min(self.cursor, last - self.height + 1))
