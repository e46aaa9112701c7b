"""The commands of the screen for rating answers, in the order in which the footer and the help name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.screens.dialogs.line_dialog import LineDialog
from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import HELP, leave_command

if TYPE_CHECKING:
    from tui.screens.rating.screen import RateScreen


def _rate_command(score: int) -> Command[RateScreen]:
    """The command that gives a score by its digit; the help and the footer name all of them in the command above."""
    return Command(f"rate-{score}", str(score), f"Rate {score}", "", lambda screen: screen.rate(score))


_NAME_HINT: Final = "Ratings are kept under it: everybody has an opinion of their own."


def ask_for_rater(screen: RateScreen) -> None:
    """Ask for the name of the person who rates."""
    if screen.session is None:
        return

    async def change(name: str | None) -> None:
        if name:
            await screen.change_rater(name)

    screen.app.push_screen(LineDialog("Who rates", "Name", screen.session.rater, _NAME_HINT), change)


COMMANDS: Final[tuple[Command[RateScreen], ...]] = (
    # A click in the footer presses the key of the command, so that key must not be a score.
    Command(
        "rate",
        "enter",
        "Rate",
        "Rate the answer from 1 to 5, or choose the score from a list with enter",
        lambda screen: screen.ask_for_score(),
        show=True,
        key_display="1-5",
    ),
    *(_rate_command(score) for score in range(1, 6)),
    Command(
        "skip",
        "space,tab",
        "Skip",
        "Go on to the next unrated",
        lambda screen: screen.skip(),
        show=True,
        key_display="space",
    ),
    Command("undo", "u", "Undo", "Take the last rating back", lambda screen: screen.undo(), show=True),
    Command(
        "note",
        "w",
        "Note",
        "Write a note on the answer",
        lambda screen: screen.ask_for_note(),
        show=True,
        moves_focus=True,
    ),
    Command(
        "blind",
        "H",
        "Names",
        "Show or hide the names of the models",
        lambda screen: screen.toggle_blind(),
        show=True,
    ),
    Command("rater", "", "Who", "Rate under another name", ask_for_rater),
    Command(
        "judge",
        "j",
        "Judge",
        "Let a model judge the answers of this run",
        lambda screen: screen.judge(),
        lambda screen: screen.can_judge,
        show=True,
    ),
    Command(
        "source",
        "M",
        "Source",
        "Show the answers as they were written, or as laid-out Markdown",
        lambda screen: screen.toggle_source(),
    ),
    Command(
        "older-run",
        "left_square_bracket",
        "Older run",
        "The run before",
        lambda screen: screen.open_run(1),
        show=True,
        key_display="[",
    ),
    Command(
        "newer-run",
        "right_square_bracket",
        "Newer",
        "The run after",
        lambda screen: screen.open_run(-1),
        show=True,
        key_display="]",
    ),
    Command(
        "left",
        "left,shift+tab",
        "Left",
        "The answer on the left, or on the right",
        lambda screen: screen.move(-1),
        key_display="←→",
    ),
    Command("right", "right", "Right", "", lambda screen: screen.move(1)),
    leave_command(),
    HELP,
)
