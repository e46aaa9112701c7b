"""Progress bars: every pane draws how much of something is done or in use as heavy lines within a row of text."""

from __future__ import annotations

from typing import Final, NamedTuple

from textual.content import Content

_FULL: Final = "━"
_HALF: Final = "╸"


class Bar(NamedTuple):
    """A bar in two parts, which differ in colour and together have the width that was asked for."""

    done: str
    rest: str

    def content(self) -> Content:
        """The bar in the colours of progress."""
        return Content.assemble((self.done, "$primary"), (self.rest, "$border-blurred"))


def progress_bar(share: float, cells: int, *, halves: bool = False, rest: str = _FULL) -> Bar:
    """A bar of so many cells for a share from 0 to 1, rounded to whole cells; ``halves`` rounds down to half cells.

    Half a cell shows that a long download moves at all. ``rest`` is the sign of what is not done, which a bar needs
    where nothing but its signs tells the two parts apart.
    """
    if halves:
        count = int(min(share, 1.0) * cells * 2)
        done = _FULL * (count // 2) + _HALF * (count % 2)
    else:
        done = _FULL * min(cells, round(share * cells))
    return Bar(done, rest * (cells - len(done)))
