"""The action of a key that was pressed before the models were found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.screens.workbench.runs import RunController

Action = Callable[["RunController"], object]
"""Something that can be done once the models have been found."""


class PendingAction:
    """Keeps the action of a key that is pressed while models are still looked for; of several keys the last counts."""

    def __init__(self) -> None:
        self._action: Action | None = None

    def keep(self, action: Action) -> None:
        """Keep this action in place of an earlier one."""
        self._action = action

    def take(self) -> Action | None:
        """Return the action, and keep none any more."""
        action, self._action = self._action, None
        return action
