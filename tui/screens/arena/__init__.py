"""Voting for answers, and the screen with the ranking by votes. The screen is imported when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.arena.screen import ArenaScreen as ArenaScreen
    from tui.screens.arena.voting import vote_on as vote_on
else:
    __getattr__ = lazy_names(__name__, {"screen": ["ArenaScreen"], "voting": ["vote_on"]})
