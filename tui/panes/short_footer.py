"""A footer that names the keys which matter most where there is no room for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.widgets import Footer

_ROOM_FOR_ALL: Final = 134
"""Columns from which every key has room."""


class ShortFooter(Footer):
    """Leaves some actions to the help where the terminal is narrow; their keys work all the same."""

    def __init__(self, left_out: Sequence[str]) -> None:
        super().__init__()
        self._left_out = left_out

    def fit(self, columns: int) -> None:
        """Take the form that there is room for."""
        self.fit_room(columns >= _ROOM_FOR_ALL)

    def fit_room(self, for_all: bool) -> None:
        """Take the form for a terminal with room for every key, or without."""
        self.compact = not for_all
        self.show_command_palette = for_all

    def compose(self) -> ComposeResult:
        for key in super().compose():
            if not self.compact or getattr(key, "action", "") not in self._left_out:
                yield key
