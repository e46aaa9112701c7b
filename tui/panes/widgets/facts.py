"""A pane of facts: labels with text beside them, which scrolls if it is too long."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final, NamedTuple

from textual.containers import VerticalScroll
from textual.content import Content

from tui.text.cells import printable

LABEL_CELLS: Final = 14
_LEAST_CELLS: Final = 12
MUTED_STYLE: Final = "$foreground-muted"


class Fact(NamedTuple):
    """One fact about what the pane describes; a fact without words is not shown."""

    label: str
    words: str | None
    style: str = ""


class FactsPane(VerticalScroll):
    """Labelled text that is wrapped to the width of the pane, and again whenever the width changes."""

    DEFAULT_CSS = """
    FactsPane {
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > Static { width: 1fr; height: auto; }
    }
    """

    @property
    def cells(self) -> int:
        """The width of a line of text."""
        return max(LABEL_CELLS + _LEAST_CELLS, self.scrollable_content_region.width)

    def lines(self, facts: Iterable[Fact], cells: int | None = None) -> list[Content]:
        """Return the lines of these facts: one for each, or several if its words do not fit into one.

        They take the width of the pane unless ``cells`` gives another one.
        """
        return [line for fact in facts if fact.words for line in _fact(fact, fact.words, cells or self.cells)]

    def paragraph(self, text: str, style: str = "", indent: int = 0) -> list[Content]:
        """Return a text without a label, in as many lines as it needs."""
        wrapped = _wrapped(text, self.cells - indent)
        return [Content.styled(" " * indent + row, style) for row in wrapped]


def _fact(fact: Fact, words: str, cells: int) -> list[Content]:
    return [
        Content.assemble((f"{fact.label if index == 0 else '':<{LABEL_CELLS}}", MUTED_STYLE), (row, fact.style))
        for index, row in enumerate(_wrapped(words, cells - LABEL_CELLS))
    ]


def _wrapped(text: str, cells: int) -> list[str]:
    return [row for line in printable(text).split("\n") for row in textwrap.wrap(line, cells) or [""]]
