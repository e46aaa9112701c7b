"""The commands of the workbench on a conversation and on the answers in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tui.screens.frame.commands import Command

if TYPE_CHECKING:
    from tui.screens.workbench.questions import QuestionController
    from tui.screens.workbench.screen import Workbench


def _doing(action: Callable[[QuestionController], object]) -> Callable[[Workbench], None]:
    return lambda workbench: workbench.when_ready(lambda runs: action(runs.questions))


def has_turns(workbench: Workbench) -> bool:
    """Whether there is a conversation, and nothing runs."""
    runs = workbench.runs
    return runs is not None and runs.session.running is None and runs.questions.conversation.next_turn > 1


def has_cut_answer(workbench: Workbench) -> bool:
    """Whether an answer was cut at its limit, and can go on now."""
    runs = workbench.runs
    if runs is None or runs.session.running is not None:
        return False
    conversation = runs.questions.conversation
    return any(conversation.is_cut(key) for key in conversation.turns)


def is_answering(workbench: Workbench) -> bool:
    """Whether a question is being answered."""
    return workbench.runs is not None and workbench.runs.questions.is_answering


def _while_running(workbench: Workbench) -> str:
    """Say that something runs; empty if nothing does."""
    runs = workbench.runs
    return "Something is running: s stops it." if runs is not None and runs.session.running is not None else ""


COMMANDS: Final[tuple[Command[Workbench], ...]] = (
    Command(
        "continue",
        "greater_than_sign",
        "Continue",
        "Let answers go on that were cut at the limit: the one with the focus, or all",
        _doing(lambda questions: questions.go_on()),
        enabled=has_cut_answer,
        why_not=lambda workbench: _while_running(workbench) or "No answer was cut at its limit.",
        show=True,
        key_display=">",
    ),
    Command(
        "ask-again",
        "ctrl+r",
        "Ask again",
        "Ask the model of the focused column its last question again",
        _doing(lambda questions: questions.retry()),
        enabled=lambda workbench: not is_answering(workbench),
        why_not=_while_running,
    ),
    Command(
        "stop-answer",
        "X",
        "Stop this answer",
        "Stop the answer of the focused column, while the others go on",
        _doing(lambda questions: questions.stop_one()),
        enabled=is_answering,
        why_not=lambda _: "No question is being answered.",
    ),
    Command(
        "new-conversation",
        "ctrl+n",
        "New conversation",
        "Begin a new conversation; until then each question that enter sends is its next turn",
        _doing(lambda questions: questions.begin_anew()),
        enabled=has_turns,
        why_not=lambda workbench: _while_running(workbench) or "There is no conversation yet: p types a question.",
    ),
    Command(
        "save-conversation",
        "E",
        "Save conversation",
        "Write the conversation as Markdown",
        _doing(lambda questions: questions.save()),
        enabled=has_turns,
        why_not=lambda workbench: _while_running(workbench) or "There is no conversation yet: p types a question.",
        moves_focus=True,
    ),
)
