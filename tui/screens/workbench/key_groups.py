"""The keys of the workbench in the groups in which its help shows them, by what they are for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tui.screens.frame.commands import action_of
from tui.screens.frame.keys import HelpEntry, ScreenKey, help_entries_of

_GROUPS: Final = (
    (
        "Ask",
        ("run", "prompt", "type", "stop", "stop-answer", "continue", "ask-again", "new-conversation"),
    ),
    (
        "Read and vote",
        ("answers", "source", "reasoning", "together", "copy", "save-conversation", "vote", "tie", "names", "ranking"),
    ),
    ("Measure", ("benchmark", "resume", "charts", "compare", "rate", "choose", "export", "history")),
    ("Models and machines", ("catalogue", "unload", "servers", "machines")),
)
"""The heading of each group with the ids of its commands; the other keys are those of the panes and of the app."""
_OF_PANES: Final = "In the pane with the focus"
_OTHERS: Final = "Move around"


def grouped(keys: Iterable[ScreenKey]) -> list[tuple[str, list[HelpEntry]]]:
    """Return the lines of the help in groups with their headings; no key is left out."""
    left = list(keys)
    groups: list[tuple[str, list[HelpEntry]]] = []
    for heading, ids in _GROUPS:
        actions = [action_of(of_command) for of_command in ids]
        own = sorted((key for key in left if key.action in actions), key=lambda key: actions.index(key.action))
        left = [key for key in left if key.action not in actions]
        groups.append((heading, help_entries_of(own)))
    of_panes = [key for key in left if not key.action.startswith("command(")]
    others = [key for key in left if key not in of_panes]
    return [*groups, (_OF_PANES, help_entries_of(of_panes)), (_OTHERS, help_entries_of(others))]
