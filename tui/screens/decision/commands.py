"""The commands of the screen that helps to choose a model, in the order in which footer and help name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import HELP, leave_command

if TYPE_CHECKING:
    from tui.screens.decision.screen import ChooseScreen


def has_candidates(screen: ChooseScreen) -> bool | None:
    """Whether there are models to choose from; otherwise the keys that change the choice are greyed."""
    return screen.has_candidates or None


def _nothing_measured(_screen: ChooseScreen) -> str:
    return "There is nothing to choose from yet: b in the workbench measures models."


COMMANDS: Final[tuple[Command[ChooseScreen], ...]] = (
    Command(
        "preset",
        "f",
        "Purpose",
        "The weights for the next kind of use",
        lambda screen: screen.take_next_preset(),
        has_candidates,
        show=True,
        why_not=_nothing_measured,
    ),
    Command(
        "weight-above",
        "up",
        "Weight",
        "Which weight to change",
        lambda screen: screen.select_weight(-1),
        has_candidates,
        show=True,
        why_not=_nothing_measured,
        key_display="↑↓",
    ),
    Command("weight-below", "down", "Weight below", "", lambda screen: screen.select_weight(1), has_candidates),
    Command(
        "turn-down",
        "left",
        "Change",
        "Change it by 5",
        lambda screen: screen.change_weight(-1),
        has_candidates,
        show=True,
        why_not=_nothing_measured,
        key_display="←→",
    ),
    Command("turn-up", "right", "Change up", "", lambda screen: screen.change_weight(1), has_candidates),
    Command("page-up", "pageup", "Page up", "Scroll", lambda screen: screen.scroll_pages(-1), key_display="pgup, pgdn"),
    Command("page-down", "pagedown", "Page down", "", lambda screen: screen.scroll_pages(1)),
    Command(
        "limits",
        "l",
        "Limits",
        "Leave out what is too large, too slow or of another licence",
        lambda screen: screen.ask_for_limits(),
        has_candidates,
        show=True,
        why_not=_nothing_measured,
        moves_focus=True,
    ),
    Command(
        "all-runs",
        "A",
        "All runs",
        "Choose among the models of all runs, or of the run in the results",
        lambda screen: screen.toggle_all_runs(),
        lambda screen: screen.can_take_all_runs,
        show=True,
        why_not=lambda _: "All runs of the history are in it already.",
    ),
    Command(
        "export",
        "e",
        "Export",
        "Write the choice as Markdown",
        lambda screen: screen.ask_for_export(),
        has_candidates,
        show=True,
        why_not=_nothing_measured,
        moves_focus=True,
    ),
    leave_command(),
    HELP,
)
