"""The results of checks on a model's files, each with what to do about a problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.widgets import Static

from tui.records.library import Check
from tui.text.cells import printable

_GOOD, _BAD = "✓", "✗"
_LEAST_CELLS: Final = 14


class CheckList(Static):
    """One line for each check, in the order in which they were made."""

    DEFAULT_CSS = """
    CheckList {
        height: auto;
        margin-top: 1;
    }
    """

    def show(self, checks: Sequence[Check]) -> None:
        """Show the results of these checks."""
        cells = max((len(check.subject) for check in checks), default=0) + 2
        self.update(Content("\n").join([_line(check, max(_LEAST_CELLS, cells)) for check in checks]))

    def show_message(self, message: str) -> None:
        """Show a sentence in place of results."""
        self.update(Content.styled(message, "$foreground-muted"))


def _line(check: Check, cells: int) -> Content:
    mark = (f"{_GOOD} ", "$success") if check.ok else (f"{_BAD} ", "$error")
    words = printable(check.words)
    return Content.assemble(
        mark, f"{printable(check.subject):<{cells}}", (words, "$foreground-muted") if check.ok else words
    )
