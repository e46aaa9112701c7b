"""What the screens of charts share: turning to another model, and how wide two numbers side by side are."""

from __future__ import annotations

from typing import Final

from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import SubScreen

WIDE: Final = 110
"""The least width of the screen, in columns, at which both numbers stand side by side."""


class TurnsModels(SubScreen):
    """A screen that shows one of several models at a time."""

    def show_model(self, step: int) -> None:
        """Show another model: the next, or with a ``step`` of -1 the previous one."""
        raise NotImplementedError


TURN_MODELS: Final[tuple[Command[TurnsModels], ...]] = (
    Command("previous-model", "left", "Previous model", "", lambda screen: screen.show_model(-1)),
    Command(
        "next-model",
        "right",
        "Next model",
        "The next model, or the one before",
        lambda screen: screen.show_model(1),
        show=True,
        key_display="←→",
    ),
)
