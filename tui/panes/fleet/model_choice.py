"""The list of models of which one is asked on all machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.panes.widgets.choice import PlainList, fitting_subtitle
from tui.records import Model
from tui.text.cells import printable

_ASKED: Final = ("the highlighted one is asked", "highlighted is asked")


class ModelChoice(Vertical):
    """The models that this machine lists; the highlighted one is asked, whether or not this machine has it."""

    DEFAULT_CSS = """
    ModelChoice {
        OptionList { height: 1fr; scrollbar-gutter: stable; }
    }
    """

    def __init__(self, models: Sequence[Model], chosen: Model | None) -> None:
        super().__init__()
        self._models = {model.key: model for model in models}
        self._first = chosen.key if chosen is not None else None
        self.border_title = "Model"

    def compose(self) -> ComposeResult:
        yield PlainList(*(Option(printable(key), id=key) for key in self._models))

    def on_mount(self) -> None:
        listing = self.query_one(OptionList)
        if self._first in self._models:
            listing.highlighted = listing.get_option_index(str(self._first))
        elif self._models:
            listing.action_first()

    def on_resize(self) -> None:
        self.border_subtitle = fitting_subtitle(self, *_ASKED)

    @property
    def chosen(self) -> Model | None:
        """The model that is asked; ``None`` if none is listed."""
        option = self.query_one(OptionList).highlighted_option
        return self._models.get(option.id or "") if option is not None else None
