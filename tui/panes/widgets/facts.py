"""Labels with words beside them, as text to scroll through."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final, NamedTuple

from textual.containers import VerticalScroll
from textual.content import Content

from tui.text.cells import printable

LABEL_CELLS: Final = 14
_LEAST_CELLS: Final = 12
QUIET: Final = "$foreground-muted"


class Fact(NamedTuple):
    """What is known of a thing; without words it is left out."""

    label: str
    words: str | None
    style: str = ""


class FactsPane(VerticalScroll):
    """Text that scrolls where it does not fit, wrapped anew when the width changes."""

    DEFAULT_CSS = """
    FactsPane {
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > Static { width: 1fr; height: auto; }
    }
    """

    @property
    def cells(self) -> int:
        """Width of a line."""
        return max(LABEL_CELLS + _LEAST_CELLS, self.scrollable_content_region.width)

    def lines(self, facts: Iterable[Fact]) -> list[Content]:
        """A line for each fact, or several where its words need them."""
        return [line for fact in facts if fact.words for line in self._fact(fact, fact.words)]

    def paragraph(self, text: str, style: str = "", indent: int = 0) -> list[Content]:
        """A text in lines of its own."""
        wrapped = _wrapped(text, self.cells - indent)
        return [Content.styled(" " * indent + row, style) for row in wrapped]

    def _fact(self, fact: Fact, words: str) -> list[Content]:
        return [
            Content.assemble((f"{fact.label if place == 0 else '':<{LABEL_CELLS}}", QUIET), (row, fact.style))
            for place, row in enumerate(_wrapped(words, self.cells - LABEL_CELLS))
        ]


def _wrapped(text: str, cells: int) -> list[str]:
    return [row for line in printable(text).split("\n") for row in textwrap.wrap(line, cells) or [""]]
