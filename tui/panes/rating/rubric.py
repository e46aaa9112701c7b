"""What the scores from 1 to 5 mean, below the answers that are rated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.widgets import Static

from tui.text.cells import printable

SCORES: Final = range(1, 6)
_BETWEEN: Final = "   "


def rubric_lines(rubric: Sequence[str]) -> list[Content]:
    """Return a line for each score with what it means."""
    return [
        Content.assemble((f"{score} ", "bold"), printable(words)) for score, words in zip(SCORES, rubric, strict=True)
    ]


class Rubric(Static):
    """Shows the scores in one line if they fit, so that the answers have the room, or in a line each."""

    DEFAULT_CSS = """
    Rubric { height: auto; max-height: 7; padding: 0 2; color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__("", id="rubric", markup=False)
        self._lines: list[Content] = []

    def show(self, rubric: Sequence[str]) -> None:
        """Show what the scores mean for the prompt on the screen."""
        self._lines = rubric_lines(rubric)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        in_one = Content(_BETWEEN).join(self._lines)
        fits = in_one.cell_length <= self.content_size.width
        self.update(in_one if fits else Content("\n").join(self._lines))
