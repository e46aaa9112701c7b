"""The dialog in which a person chooses a score from 1 to 5, which makes rating possible with the mouse alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.panes.rating.rubric import SCORES, rubric_lines
from tui.panes.widgets.choice import PlainList
from tui.screens.frame.dialog import Dialog


class ScoreDialog(Dialog[int]):
    """Lists the scores with what each of them means for the prompt; a digit, enter or a click chooses one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(str(score), f"choose({score})", f"Score {score}", show=False) for score in SCORES
    ]

    def __init__(self, title: str, rubric: Sequence[str]) -> None:
        super().__init__()
        self._title, self._rubric = title, rubric

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "1-5 or enter rates · escape cancels"
            yield PlainList(*map(Option, rubric_lines(self._rubric)))

    def on_mount(self) -> None:
        self.query_one(PlainList).focus()

    def action_choose(self, score: int) -> None:
        """Close with this score."""
        self.dismiss(score)

    @on(OptionList.OptionSelected)
    def _choose_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(SCORES[event.option_index])
