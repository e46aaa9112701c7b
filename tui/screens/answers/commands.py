"""The commands of the screen for reading answers, in the order in which the footer and the help name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.screens.frame.commands import Command
from tui.screens.frame.sub_screen import HELP, leave_command

if TYPE_CHECKING:
    from tui.screens.answers.screen import AnswersScreen


def has_answer(screen: AnswersScreen) -> bool | None:
    """Whether there is an answer to do something with."""
    return True if screen.session.answer is not None else None


def can_vote(screen: AnswersScreen) -> bool | None:
    """Whether there are answers to vote on, and a history to store the vote in."""
    return has_answer(screen) if screen.file is not None else False


def has_words(screen: AnswersScreen) -> bool:
    """Whether words are looked for; until then the key of the next match leaves its room to others."""
    return bool(screen.session.words)


COMMANDS: Final[tuple[Command[AnswersScreen], ...]] = (
    Command(
        "search",
        "slash",
        "Search",
        "Look for words in every answer of the run",
        lambda screen: screen.search(),
        has_answer,
        show=True,
        key_display="/",
    ),
    Command(
        "next-match",
        "enter",
        "Next match",
        "Go to the next answer with the words",
        lambda screen: screen.go_to_match(1),
        has_words,
        show=True,
    ),
    Command(
        "diff",
        "d",
        "Diff",
        "Mark in which words two answers differ; again takes the next pair",
        lambda screen: screen.compare(),
        has_answer,
        show=True,
    ),
    Command("vote", "G", "Vote", "Vote for this answer as the best", lambda screen: screen.vote(), can_vote, show=True),
    Command(
        "tie", "Y", "Tie", "Vote that the answers are equally good", lambda screen: screen.vote(tie=True), can_vote
    ),
    Command(
        "names",
        "H",
        "Hide names",
        "Hide the names of the models until the vote, or show them",
        lambda screen: screen.toggle_names(),
        has_answer,
    ),
    Command("ranking", "K", "Ranking", "Rank the models by votes", lambda screen: screen.open_ranking(), can_vote),
    Command(
        "source",
        "M",
        "Source",
        "Show the answers as they were written, or as laid-out Markdown",
        lambda screen: screen.toggle_source(),
        has_answer,
        show=True,
    ),
    Command(
        "reasoning",
        "F",
        "Reasoning",
        "Fold or unfold the reasoning before the answers",
        lambda screen: screen.toggle_reasoning(),
        has_answer,
        show=True,
    ),
    Command(
        "together",
        "L",
        "Scroll together",
        "Scroll all columns together, or each alone",
        lambda screen: screen.toggle_together(),
        has_answer,
        show=True,
    ),
    Command(
        "copy", "C", "Copy", "Copy the answer as it was written", lambda screen: screen.copy(), has_answer, show=True
    ),
    Command(
        "variant",
        "S",
        "Other answer",
        "Show another answer that the same model gave",
        lambda screen: screen.show_next_variant(),
        has_answer,
    ),
    Command(
        "export",
        "e",
        "Export",
        "Write all answers of the run as Markdown",
        lambda screen: screen.ask_for_export(),
        has_answer,
        show=True,
    ),
    Command(
        "next-prompt",
        "full_stop",
        "Next prompt",
        "Go to the next prompt of the run, or to the one before",
        lambda screen: screen.turn_page(1),
        has_answer,
        show=True,
        key_display=".,",
    ),
    Command("previous-prompt", "comma", "Prompt before", "", lambda screen: screen.turn_page(-1), has_answer),
    Command(
        "left",
        "left,shift+tab",
        "Left",
        "Go to the answer on the left, or on the right",
        lambda screen: screen.move(-1),
        key_display="←→",
    ),
    Command("right", "right,tab", "Right", "", lambda screen: screen.move(1)),
    leave_command("Back to where the answers were opened"),
    HELP,
)
