"""The column in which one answer of a stored run is read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from textual.app import ComposeResult
from textual.content import Content

from tui.panes.widgets.answer_frame import AnswerFrame
from tui.records.quality import GivenAnswer
from tui.text.cells import printable
from tui.text.word_diff import DiffPart, diff_rows

CUT: Final = "cut at the limit"


class ReadingColumn(AnswerFrame):
    """The text of an answer, laid out or as it was written, with marks on what differs or was found."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self._answer: GivenAnswer | None = None

    def compose(self) -> ComposeResult:
        yield self.text

    def show_answer(self, answer: GivenAnswer, *, as_source: bool, with_reasoning: bool) -> None:
        """Show an answer from its beginning, or the reason why there is none in full."""
        if answer != self._answer:
            self._answer = answer
            self.text.clear()
            self.text.append(answer.reasoning, reasoning=True)
            self.text.append(answer.text)
            if answer.error:
                self.text.note(answer.error)
            if answer.cut:
                self.text.note(f"… {CUT}")
            self.text.finish()
        self.text.show_rows(None)
        self.text.lay_out(as_source=as_source, with_reasoning=with_reasoning)
        self.text.show_row(0)

    def show_diff(self, parts: Sequence[DiffPart]) -> None:
        """Show the answer with marks on the words that another answer lacks."""
        self.text.show_rows(partial(diff_rows, parts))
        self.text.show_row(0)

    def show_title(self, title: str, below: str, *, current: bool) -> None:
        """Show whose answer it is in the frame, and below it what is to be known about it."""
        self.border_title = Content(printable(title).replace("\n", " "))
        self.border_subtitle = Content(printable(below))
        self.set_class(current, "-current")
