"""The lists in which a person chooses: any number of names, or exactly one of a few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, RadioButton, RadioSet
from textual.widgets.option_list import Option

SELECTED: Final = "●"
NOT_SELECTED: Final = "○"
_FRAME_CELLS: Final = 6
"""The corners of a frame and the spaces beside its subtitle."""


class Submitted(Message):
    """The person has pressed enter to confirm the choice."""


class ChoiceButton(RadioButton):
    """A radio button whose sign tells whether it is chosen, and not its colour alone."""

    @property
    def _button(self) -> Content:
        sign = SELECTED if self.value else NOT_SELECTED
        return Content.assemble((f" {sign} ", self.get_visual_style("toggle--button")))


class SingleChoice(RadioSet):
    """Radio buttons of which space or a click chooses one; unlike with Textual's own, enter is left to the dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "Go on", show=False)]

    DEFAULT_CSS = """
    SingleChoice {
        width: 1fr;
        offset-x: -1;
        border: none;
        padding: 0;
        background: transparent;
        &:focus { border: none; }
        & > RadioButton > .toggle--button {
            color: $border-blurred;
            background: transparent;
        }
        & > RadioButton.-on > .toggle--button {
            color: $primary;
            background: transparent;
        }
    }
    """

    def action_submit(self) -> None:
        self.post_message(Submitted())


class PlainList(OptionList):
    """An option list without a border, which fits into panes and dialogs of any size."""

    DEFAULT_CSS = """
    PlainList {
        height: auto;
        border: none;
        padding: 0;
        background: transparent;
        background-tint: transparent;
        scrollbar-size-vertical: 1;
        &:focus {
            border: none;
            background-tint: transparent;
        }
    }
    """

    # Textual's own action finds no line to go to if the list has no room, and the error would end the app.
    def action_page_up(self) -> None:
        if self.scrollable_content_region.area:
            super().action_page_up()

    def action_page_down(self) -> None:
        if self.scrollable_content_region.area:
            super().action_page_down()


class ChoiceList(PlainList):
    """A list of names of which space or a click selects any number; enter is left to the dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select", "Select", show=False),
        Binding("enter", "submit", "Go on", show=False),
    ]

    class Changed(Message):
        """The person has selected a name, or deselected it."""

    def __init__(self, names: Sequence[str], chosen: Iterable[str]) -> None:
        self._chosen = set(chosen) & set(names)
        super().__init__(*(Option(self._row(name), id=name) for name in names), compact=True)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The selected names, in the order of the list."""
        return tuple(option.id for option in self.options if option.id in self._chosen)

    def action_submit(self) -> None:
        self.post_message(Submitted())

    @on(OptionList.OptionSelected)
    def _toggle(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        name = event.option_id
        if name is not None:
            self._chosen ^= {name}
            self.replace_option_prompt(name, self._row(name))
            self.post_message(self.Changed())

    def _row(self, name: str) -> Content:
        if name in self._chosen:
            return Content.assemble((f"{SELECTED} ", "$primary"), name)
        return Content.assemble((f"{NOT_SELECTED} {name}", "$foreground-muted"))


def fitting_subtitle(pane: Widget, words: str, short: str) -> str:
    """Return the words for the frame of a pane, or the short ones where they would be cut."""
    return words if len(words) + _FRAME_CELLS <= pane.outer_size.width else short
